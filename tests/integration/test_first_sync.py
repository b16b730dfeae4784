# SPDX-License-Identifier: Apache-2.0
"""A gateway without RTC, which is switched on in 1970. SPEC section 5."""
import signal

import gateway as gw
from clocked_site import (CIRCUITS, SECOND, certificates, clock, expect_a_sound_plane, expect_in_order_of_time,
                          expect_stamped, flags, has_fresh, held, make_site, now_ms, samples)


def test_readings_from_before_the_first_sync_are_held_and_come_with_their_right_times(make_site, clock):
    clock.boot_without_rtc()
    site = make_site("hold")
    began = now_ms()
    site.start()
    site.await_readings(8)
    first = {circuit: site.newest_reading(circuit) for circuit in CIRCUITS}
    site.await_readings(4)
    gw.await_true(lambda: "status" in site.kinds_of_topics(), "the broker's connection")
    assert site.kinds_of_topics() <= {"status", "info", "health"}

    clock.set_offset(0)
    site.await_readings(4)
    assert site.kinds_of_topics() <= {"status", "info", "health"}  # set, but nobody vouches for it
    synced = now_ms()
    clock.synchronised(True)
    records = site.await_plane(has_fresh, "samples that were not held")
    expect_a_sound_plane(records)
    expect_in_order_of_time(records)
    for circuit in CIRCUITS:
        expect_stamped(held(records), circuit, first[circuit])
    of_hold = held(records)
    assert len(of_hold) >= 16 and all(began <= record["ts"] <= now_ms() for record in samples(records))
    assert max(record["ts"] for record in of_hold) >= synced - 2 * SECOND
    assert all(record["clock"] == "synced" and "clock_unsynced" not in flags(record) for record in samples(records))
    assert all(record["clk_err_ms"] <= SECOND for record in of_hold)
    # What was not held begins where the hold ended.
    kinds = ["held" in flags(record) for record in samples(records)]
    assert kinds == sorted(kinds, reverse=True)


def test_what_is_held_survives_a_crash_in_the_same_boot(make_site, clock):
    clock.boot_without_rtc()
    site = make_site("hold")
    began = now_ms()
    site.start()
    site.await_readings(8)
    reading = {circuit: site.newest_reading(circuit) for circuit in CIRCUITS}
    site.await_readings(4)  # meanwhile the above are committed
    site.daemon.end(signal.SIGKILL)
    killed = now_ms()
    site.start()
    site.await_readings(8)
    assert not site.plane()

    clock.set_offset(0)
    clock.synchronised(True)
    records = site.await_plane(has_fresh, "samples that were not held")
    expect_a_sound_plane(records)
    expect_in_order_of_time(records)
    assert all(began <= record["ts"] <= now_ms() for record in samples(records))
    assert all(record["clock"] == "synced" for record in samples(records))
    for circuit in CIRCUITS:
        expect_stamped(held(records), circuit, reading[circuit])
        assert sum(record["ts"] < killed for record in samples(held(records), circuit)) >= 8
        # The last request counted may have been answered after the sync.
        assert sum(record["ts"] > killed for record in samples(held(records), circuit)) >= 7


def test_what_a_boot_without_time_held_comes_unsynced_with_its_bound(make_site, clock):
    clock.boot_without_rtc()
    site = make_site("hold")
    began = now_ms()
    site.start("boot-1")
    site.await_readings(8)
    assert site.daemon.end() == 0
    ended = now_ms()
    clock.boot_without_rtc()
    site.start("boot-2")
    site.await_readings(4)
    assert not site.plane()

    clock.set_offset(0)
    clock.synchronised(True)
    records = site.await_plane(has_fresh, "samples that were not held")
    expect_a_sound_plane(records)
    unsynced = [record for record in samples(records) if record["clock"] == "unsynced"]
    assert unsynced == samples(records)[:len(unsynced)]
    for circuit in CIRCUITS:
        assert len(samples(unsynced, circuit)) >= 8
    for record in unsynced:
        assert {"held", "clock_unsynced"} <= set(flags(record))
        assert record["ts"] - record["clk_err_ms"] <= ended and record["ts"] + record["clk_err_ms"] >= began
    later = samples(records)[len(unsynced):]
    assert all(record["clock"] == "synced" and record["ts"] >= ended for record in later)
    assert any("held" in flags(record) for record in later)


def test_a_broker_is_trusted_as_of_the_newest_time_known_to_be_past(make_site, clock):
    clock.boot_without_rtc()
    site = make_site("mark")
    site.start()
    records = site.await_plane(has_fresh, "samples")
    expect_a_sound_plane(records)
    for record in samples(records):
        assert record["clock"] == "unsynced" and "clock_unsynced" in flags(record)
        assert 0 <= record["ts"] <= clock.now_ms()
