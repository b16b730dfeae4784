# SPDX-License-Identifier: Apache-2.0
"""Brokers that are there and do not do their part: each is told apart in the journal, and no record is lost."""
import collections
import json
import struct

import pytest

import bad_broker as bad
import gateway as gw

METERS = dict(
    row_1="{bus: floor-2, unit: 1, map: schneider-iem3155, interval: 500ms, points: [power_kw, energy_import_kwh]}",
    ahu="{bus: floor-2, unit: 2, map: abb-b23, interval: 500ms, points: [power_kw, energy_import_kwh]}",
)
AHU = "submeter/v1/hq/gw-test/c/ahu/sample"


def is_record(topic):
    return topic.endswith(("/sample", "/event", "/batch"))


def on(matches, answer):
    """A fault: `answer` where topic and payload match."""
    return lambda topic, payload: answer if matches(topic, payload) else bad.ACK


ANY_RECORD = lambda topic, payload: is_record(topic)

# name, fault, more of the mqtt section, a greeting or none, the words that its line in the journal must have
FAULTS = [
    ("answers pings and acknowledges nothing", on(ANY_RECORD, bad.IGNORE), "", True, ["no acknowledgement for 30 s"]),
    ("acknowledges all but one circuit", on(lambda topic, _: topic == AHU, bad.IGNORE), "", True,
     ["no acknowledgement for 30 s"]),
    ("stops reading", on(ANY_RECORD, bad.FREEZE), "", True, ["records are kept"]),
    ("hangs up at once", None, "", False, ["connection lost", "next try in"]),
    ("hangs up at each record", on(ANY_RECORD, bad.HANG_UP), "", True,
     ["the broker closes the connection whenever record 1 (topic submeter/v1/hq/gw-test/",
      "it is kept and tried again; look at the broker's log, ACL and message size limit"]),
    ("refuses a topic", on(lambda topic, _: topic == AHU, 0x87), ", version: 5", True,
     ["the broker refuses record", AHU, "not authorised (code 135)", "check what it allows"]),
    ("refuses contents", on(ANY_RECORD, 0x99), ", version: 5", True, ["the broker refuses record 1 ", "(code 153)"]),
    ("hangs up at a large batch", on(lambda topic, payload: len(payload) > 1000, bad.HANG_UP),
     ", batch: {records: 20, delay: 1s}", True, ["connection lost when the batch of records", "in a batch"]),
    ("refuses a large batch", on(lambda topic, payload: topic.endswith("/batch") and len(payload) > 1000, 0x95),
     ", version: 5, batch: {records: 20, delay: 1s}", True, ["the broker refuses the batch", "at most 10 records in a batch"]),
    ("hangs up at info", on(lambda topic, _: topic.endswith("/info"), bad.HANG_UP), "", True,
     ["info is left out from now on"]),
]


@pytest.fixture
def start(gateway):
    brokers = []

    def started(more="", **how):
        broker = bad.BadBroker(**how)
        brokers.append(broker)
        gateway.write(gw.site(f"mqtt: {{url: 'mqtt://127.0.0.1:{broker.port}'{more}}}", **METERS))
        gateway.simulate()
        return broker, gateway.collect()
    yield started
    gateway.end_all()
    for broker in brokers:
        broker.close()


def records(broker):
    """What was acknowledged, by seq: the set of contents, as bytes where they came one by one."""
    contents = collections.defaultdict(set)
    for topic, payload in list(broker.acknowledged):
        if topic.endswith("/batch"):
            for record in json.loads(payload):
                contents[record["seq"]].add(json.dumps(record))
        elif is_record(topic):
            contents[json.loads(payload)["seq"]].add(payload)
    return contents


def await_everything(broker, gateway):
    last = gateway.status()["store"]["next_seq"] - 1
    gw.await_true(lambda: set(records(broker)) >= set(range(1, last + 1)), f"all records up to {last}", limit=240)
    assert all(len(contents) == 1 for contents in records(broker).values())


@pytest.mark.parametrize("fault, more, greets, said", [pytest.param(*fault[1:], id=fault[0]) for fault in FAULTS])
def test_a_broker_that(fault, more, greets, said, gateway, start):
    broker, daemon = start(more, fault=fault, greets=greets)
    line = daemon.await_line(said[0], limit=240)
    for words in said:
        assert words in line
    assert len(broker.connects) < 40  # no busy loop
    assert gateway.status()["store"]["uncommitted"] < 100  # reading and storing go on
    broker.mend()
    await_everything(broker, gateway)
    assert daemon.end() == 0


def test_the_limits_of_an_mqtt_5_broker_are_kept(gateway, start):
    receive_maximum, packet_size = 3, 700
    most = []
    broker, daemon = start(", version: 5, batch: {records: 50, delay: 2s}", properties=struct.pack(
        ">BHBI", 0x21, receive_maximum, 0x27, packet_size), fault=lambda *_: most.append(1) or bad.ACK)
    await_everything(broker, gateway)
    gw.await_true(lambda: len(records(broker)) >= 20, "records in batches")
    await_everything(broker, gateway)
    assert max(size for topic, size in broker.packets) <= packet_size
    assert any(topic.endswith("/batch") for topic, _ in broker.packets)
    assert daemon.end() == 0
