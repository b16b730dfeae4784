# SPDX-License-Identifier: Apache-2.0
"""A clock that is set while the gateway works. SPEC section 5."""
import pytest

from clocked_site import (CIRCUITS, HOUR, SECOND, certificates, clock, expect_a_sound_plane, flags, has_fresh,
                          make_site, now_ms, samples)


@pytest.mark.parametrize("step", [HOUR, -HOUR, -10 * SECOND], ids=["an_hour_on", "an_hour_back", "ten_seconds_back"])
def test_a_step_of_the_clock_is_an_event_and_no_key_is_given_twice(make_site, clock, step):
    clock.synchronised(True)
    site = make_site("hold")
    site.start()
    site.await_plane(lambda records: has_fresh(records, count=12), "samples before the step")
    stepped = now_ms()
    clock.set_offset(step)
    is_step = lambda record: record["kind"] == "event" and record["event"] == "clock_step"
    site.await_plane(lambda records: any(map(is_step, records)), "the step's event")

    event = next(record for record in site.plane() if is_step(record))
    assert stepped <= event["from_ts"] <= now_ms() and abs(event["to_ts"] - event["from_ts"] - step) <= 50
    newest = {circuit: max(r["ts"] for r in samples(site.plane(), circuit) if r["seq"] < event["seq"])
              for circuit in CIRCUITS}
    behind = lambda records, circuit: [r for r in samples(records, circuit) if r["seq"] > event["seq"]]
    # Ten seconds are lived through again to their end, an hour is not.
    goal = {circuit: event["to_ts"] if step == -HOUR else max(newest[circuit], event["to_ts"]) for circuit in CIRCUITS}
    reached = lambda records, circuit: any(r["ts"] > goal[circuit] + 2 * SECOND for r in behind(records, circuit))
    records = site.await_plane(lambda seen: all(reached(seen, circuit) for circuit in CIRCUITS), "samples after it")
    expect_a_sound_plane(records)
    assert [record for record in records if is_step(record)] == [event]
    for circuit in CIRCUITS:
        after = behind(records, circuit)
        relived = [record for record in after if record["ts"] <= newest[circuit]]
        assert all("clock_stepped" in flags(record) for record in relived)
        assert bool(relived) == (step < 0)
        assert all(event["to_ts"] - SECOND <= record["ts"] <= now_ms() + step for record in after)
        # Behind it nothing is flagged: neither the step nor a time that was taken moves a sample by a second.
        beyond = [record for record in after if record["ts"] > max(newest[circuit], event["to_ts"]) + SECOND]
        assert [record for record in beyond if "clock_stepped" in flags(record)] == []
