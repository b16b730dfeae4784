# SPDX-License-Identifier: Apache-2.0
"""The daemon beside a real chronyd, one that is stopped or hangs, and somebody who lies in its place."""
import pytest

import chrony
import gateway as gw


@pytest.fixture
def chronyd(tmp_path):
    """Starts a chronyd with the given lines of configuration."""
    running = []

    def start(*lines):
        running.append(chrony.Chronyd(tmp_path, *lines))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def server():
    """Starts a UdpServer of chrony.py."""
    running = []

    def start(kind, *words, **options):
        running.append(kind(*words, **options))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def collect(gateway, port, source="chrony", max_error="1s"):
    """The daemon, with no meter to read, that asks chronyd at `port`."""
    gateway.write("\n".join(["gateway: {site: hq, id: gw-test}", "buses: {}", "meters: {}",
                             f"clock: {{source: {source}, chrony_port: {port}, max_error: {max_error}}}",
                             "store: {dir: ./store, min_free: 16MiB}", "data_log: off", ""]))
    return gateway.collect()


def await_clock(gateway, condition, what):
    """The status of the clock once it fulfils `condition`."""
    seen = {}

    def fulfilled():
        seen.update(clock=gateway.status()["clock"])
        return condition(seen["clock"])

    try:
        gw.await_true(fulfilled, what)
    except AssertionError as error:
        raise AssertionError(f"{error}; it is {seen['clock']}") from None
    return seen["clock"]


def await_state(gateway, state):
    return await_clock(gateway, lambda clock: clock["state"] == state, f"the clock being {state}")


def test_chronyd_with_a_local_reference_makes_the_clock_synced(gateway, chronyd):
    daemon = chronyd("local stratum 3")
    collect(gateway, daemon.port)
    clock = await_state(gateway, "synced")
    said = daemon.tracking()
    assert said["leap"] == "Normal"
    assert clock["source"] == "chrony"
    assert clock["stratum"] == said["stratum"] == 3
    assert clock["offset_ms"] == said["correction"] == 0
    assert clock["err_ms"] <= 1  # nothing, and how far the clock can have drifted since
    assert clock["chrony"]["answers"] >= 1
    assert clock["chrony"]["ignored"] == {}


@pytest.mark.parametrize("ahead", [-0.2, 0.2])
def test_status_agrees_with_chronyc(gateway, chronyd, server, ahead):
    source = server(chrony.TimeServer, ahead=ahead, stratum=4, root_delay=0.03, root_dispersion=0.01)
    daemon = chronyd(source.line())
    # Its first measurements leave it in doubt about the frequency, which changes the dispersion by the second.
    gw.await_true(lambda: daemon.tracking()["stratum"] == 5 and daemon.tracking()["root_dispersion"] < 0.015,
                  "chronyd's trust in its source")
    collect(gateway, daemon.port)
    clock = await_state(gateway, "synced")
    said = daemon.tracking()
    assert clock["stratum"] == said["stratum"]
    # The source is 200 ms ahead: chronyc says "slow", and the clock is that much behind.
    assert said["correction"] == pytest.approx(ahead, abs=0.005)
    assert clock["offset_ms"] == pytest.approx(-1000 * said["correction"], abs=1)
    bound = 1000 * (abs(said["correction"]) + said["root_dispersion"] + said["root_delay"] / 2)
    assert clock["err_ms"] == pytest.approx(bound, abs=3)  # rounded up; chronyd measures each second


def test_stopped_chronyd_is_held_over_until_the_bound_passes_the_limit(gateway, chronyd):
    daemon = chronyd("local stratum 3")
    collect(gateway, daemon.port, max_error="1ms")
    await_state(gateway, "synced")
    daemon.stop()
    clock = await_state(gateway, "holdover")
    assert f"no process answers at 127.0.0.1:{daemon.port} (Connection refused)" in clock["detail"]
    assert clock["err_ms"] <= 1
    assert clock["chrony"]["unreachable"] >= 1
    clock = await_state(gateway, "unsynced")
    assert clock["err_ms"] > 1
    daemon.start()
    await_state(gateway, "synced")


def test_chronyd_that_never_had_a_source_leaves_the_clock_unsynced(gateway, chronyd):
    daemon = chronyd()
    collect(gateway, daemon.port)
    clock = await_clock(gateway, lambda clock: clock["chrony"]["answers"] >= 2, "the second answer")
    assert daemon.tracking()["leap"] == "Not synchronised"
    assert clock["state"] == "unsynced"
    assert "last_sync_age_ms" not in clock
    assert "no source" in clock["detail"]


def test_frozen_chronyd_holds_up_nothing(gateway, chronyd):
    daemon = chronyd("local stratum 3")
    process = collect(gateway, daemon.port)
    await_state(gateway, "synced")
    daemon.freeze()
    clock = await_state(gateway, "holdover")
    assert clock["chrony"]["timeouts"] == 3
    assert "did not answer 3 requests" in clock["detail"]
    daemon.thaw()
    # What it answers now to requests that are over is not taken for the answer to the next.
    clock = await_state(gateway, "synced")
    assert clock["chrony"]["ignored"] == {"sequence": 3}
    daemon.freeze()
    assert process.end() == 0


def test_lies_are_counted_by_kind_and_the_true_answer_is_taken(gateway, server):
    liar = server(chrony.LyingChronyd, *chrony.LyingChronyd.LIES)
    collect(gateway, liar.port)
    kinds = list(liar.LIES.values())

    def all_counted(clock):
        told = clock["chrony"]
        return told["answers"] > 0 and told["ignored"] == {kind: told["answers"] * kinds.count(kind) for kind in kinds}

    clock = await_clock(gateway, all_counted, "a count of each lie")
    assert clock["state"] == "synced"
    assert clock["stratum"] == 3
    assert clock["offset_ms"] == 0
    assert all(len(request) == 104 for request in liar.requests)


def test_flood_of_lies_harms_nothing(gateway, server):
    liar = server(chrony.LyingChronyd)
    process = collect(gateway, liar.port)
    await_state(gateway, "synced")
    liar.lies, liar.copies, liar.truth = ("sequence", "stratum"), 1000, False
    clock = await_state(gateway, "holdover")
    assert clock["chrony"]["ignored"].keys() <= {"sequence", "value"}
    assert clock["chrony"]["ignored"]["sequence"] > 100
    assert clock["chrony"]["requests"] == len(liar.requests)
    liar.lies, liar.truth = (), True
    await_state(gateway, "synced")
    assert process.end() == 0


def test_chronyd_is_used_from_when_it_answers(gateway, chronyd):
    daemon = chronyd("local stratum 3")
    daemon.stop()
    collect(gateway, daemon.port, source="auto")
    clock = await_clock(gateway, lambda clock: clock["source"] == "kernel", "the kernel's word")
    assert f"no process answers at 127.0.0.1:{daemon.port}" in clock["detail"]
    daemon.start()
    clock = await_clock(gateway, lambda clock: clock["source"] == "chrony", "chronyd's word")
    assert clock["state"] == "synced"
