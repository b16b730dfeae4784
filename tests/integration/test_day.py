# SPDX-License-Identifier: Apache-2.0
"""A day without a broker, made by the backlog program, is delivered by the built daemon; who subscribes and who validates
it is not ours."""
import collections
import json
import subprocess

import gateway as gw
from conftest import BOTH_BROKERS

CIRCUITS, INTERVAL, DAY = 20, 60_000, 86_400_000
START = 1_795_132_800_000  # 2026-11-20T00:00:00Z
SCHEMA = gw.SOURCE / "config" / "schema" / "record-1.json"
VALIDATOR = gw.SOURCE / "tests" / "support" / "validate_records.py"
SLOW = 600  # seconds


def fill(folder):
    """What the program says it wrote."""
    program = gw.BUILD / "tests" / "integration" / "backlog"
    done = subprocess.run([program, "--dir", folder, "--circuits", str(CIRCUITS), "--interval", f"{INTERVAL}ms",
                           "--span", f"{DAY}ms", "--start", str(START), "--commit", "60s"],
                          capture_output=True, text=True, timeout=SLOW, check=True)
    return json.loads(done.stdout)


def of_record_plane(messages):
    return [(topic, payload) for topic, payload in list(messages) if gw.is_record(topic)]


def topic_of(record):
    place = f"c/{record['circuit']}/" if "circuit" in record else ""
    return f"submeter/v1/{record['site']}/{record['gw']}/{place}{record['kind']}"


@BOTH_BROKERS
def test_is_delivered_whole_in_order_and_every_record_is_valid(gateway, subscriber, mqtt_section):
    store = gateway.folder / "store"
    store.mkdir()
    filled = fill(store)
    assert filled["samples"] == CIRCUITS * DAY // INTERVAL and filled["first_seq"] == 1
    last = filled["next_seq"] - 1
    gateway.write("\n".join(["gateway: {site: hq, id: gw-test}", "buses: {}", "meters: {}",
                             mqtt_section.rstrip("}") + ", replay_rate: 0}",
                             "store: {dir: ./store, min_free: 16MiB}", "data_log: off", ""]))
    daemon = gateway.collect()
    gw.await_true(lambda: gateway.status()["store"]["acknowledged_seq"] >= last, "the end of the day", SLOW)
    assert daemon.end() == 0
    subscriber.await_messages(
        lambda: len(subscriber.messages) >= last and len({p for _, p in of_record_plane(subscriber.messages)}) >= last,
        "the day", SLOW)

    messages = of_record_plane(subscriber.messages)
    lines = [payload for _, payload in messages]
    checked = subprocess.run(["/usr/bin/python3", VALIDATOR, SCHEMA], input=b"\n".join(lines) + b"\n",
                             capture_output=True, timeout=SLOW)
    assert checked.returncode == 0, checked.stdout.decode()[:2000]
    records = [json.loads(line) for line in lines]
    assert [topic for topic, _ in messages] == [topic_of(record) for record in records]
    # Nobody was killed, nothing was cut off: each comes once, in the order of the stream.
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert {record["stream"] for record in records} == {filled["stream"]}
    times = collections.defaultdict(list)
    for record in records:
        if record["kind"] == "sample":
            times[record["circuit"]].append(record["ts"])
    assert len(times) == CIRCUITS
    for of_circuit in times.values():
        assert of_circuit == sorted(set(of_circuit)) and len(of_circuit) == DAY // INTERVAL
        assert [(ts - START) // INTERVAL for ts in of_circuit] == list(range(DAY // INTERVAL))
    # As of a real day: some meters were silent at times.
    assert {"good", "questionable", "bad"} == {record["q"] for record in records if record["kind"] == "sample"}
