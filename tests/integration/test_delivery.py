# SPDX-License-Identifier: Apache-2.0
"""From simulated wires to a subscriber that is not ours, and back from every kind of outage."""
import collections
import json
import os
import signal

import gateway as gw
from conftest import BOTH_BROKERS

ROOT = "submeter/v1/hq/gw-test"
METERS = dict(
    main="{bus: rs485-1, unit: 1, map: eastron-sdm630, interval: 1s, points: [power_kw, energy_import_kwh, pf]}",
    tenant="{bus: rs485-1, unit: 2, map: eastron-sdm120, interval: 2s, points: [power_kw, energy_import_kwh]}",
    lobby="{bus: rs485-1, unit: 3, map: eastron-sdm120, interval: 1s, points: [power_kw]}",
    row_1="{bus: floor-2, unit: 1, map: schneider-iem3155, interval: 500ms, points: [power_kw, energy_import_kwh]}",
    ahu="{bus: floor-2, unit: 2, map: abb-b23, interval: 500ms, points: [power_kw, energy_import_kwh]}",
)
LIVE = {"main", "tenant", "row-1", "ahu"}


def circuits_with_good_records(records):
    return {record["circuit"] for record in records if record["q"] == "good"}


def contents_by_key(records):
    """SPEC 7: (circuit, kind, ts) is the natural key; what different contents came under each."""
    contents = collections.defaultdict(set)
    for record in records:
        contents[record["circuit"], record["kind"], record["ts"]].add(json.dumps(record, sort_keys=True))
    return contents


@BOTH_BROKERS
def test_every_live_circuit_is_delivered_and_the_dead_one_is_explained(gateway, subscriber, mqtt_section):
    gateway.write(gw.site(mqtt_section, **METERS))
    gateway.simulate("--fault", "lobby=dead")
    daemon = gateway.collect()
    records = subscriber.await_records(
        lambda seen: circuits_with_good_records(seen) >= LIVE and any(r["q"] == "bad" for r in seen),
        "a good record of every live circuit and a bad one of the dead")
    assert circuits_with_good_records(records) == LIVE
    bad = [record for record in records if record["circuit"] == "lobby"]
    assert bad[0]["qf"].split()[0] == "comm_timeout" and "no response" in bad[0]["err"]
    assert "power_kw" not in bad[0]
    # The live plane only has what is read while the broker is there.
    gw.await_true(lambda: any(topic.endswith("/c/main/last") for topic, _ in subscriber.messages), "a live record")
    assert daemon.end() == 0
    subscriber.await_records(lambda seen: gw.has_no_hole(gw.sequence_numbers(seen + subscriber.records("event"))),
                             "a sequence without a hole")
    topics = {topic for topic, _ in subscriber.messages}
    assert {f"{ROOT}/status", f"{ROOT}/info", f"{ROOT}/c/main/sample", f"{ROOT}/c/main/last"} <= topics
    assert [payload for topic, payload in subscriber.messages if topic == f"{ROOT}/status"][-1] == b"offline"


def payloads(subscriber, topic):
    return [payload for seen, payload in list(subscriber.messages) if seen == topic]


@BOTH_BROKERS
def test_who_subscribes_later_finds_what_is_retained_and_learns_that_a_killed_daemon_is_gone(
        gateway, subscribe, mqtt_section):
    gateway.write(gw.site(mqtt_section, row_1=METERS["row_1"]))
    gateway.simulate()
    daemon = gateway.collect()
    gw.await_true(lambda: gateway.status()["broker"]["delivered"] > 0, "a delivered record")
    # Exact topics: RabbitMQ gives what is retained to no wildcard.
    topics = [f"{ROOT}/status", f"{ROOT}/info", f"{ROOT}/c/row-1/last"]
    later = subscribe(topics)
    later.await_messages(lambda: all(payloads(later, topic) for topic in topics), "what is retained")
    assert payloads(later, topics[0]) == [b"online"]
    info = json.loads(payloads(later, topics[1])[0])
    assert (info["site"], info["gw"]) == ("hq", "gw-test") and "row-1" in json.dumps(info)
    assert json.loads(payloads(later, topics[2])[0])["circuit"] == "row-1"

    daemon.end(signal.SIGKILL)
    later.await_messages(lambda: payloads(later, topics[0])[-1] == b"offline", "the last will")
    last = subscribe(topics[:1])
    last.await_messages(lambda: payloads(last, topics[0]), "the retained last will")
    assert payloads(last, topics[0]) == [b"offline"]


@BOTH_BROKERS
def test_health_and_events_arrive_on_their_topics(gateway, subscriber, mqtt_section):
    gateway.write(gw.site(mqtt_section, row_1=METERS["row_1"]))
    gateway.simulate()
    daemon = gateway.collect()
    gateway.write(gateway.config.read_text().replace("interval: 500ms", "interval: 600ms"))
    os.kill(daemon.pid, signal.SIGHUP)
    subscriber.await_records(lambda seen: any(r["event"] == "config_changed" for r in seen), "the event", "event")
    subscriber.await_messages(lambda: payloads(subscriber, f"{ROOT}/health"), "health, each minute", 120)
    health = json.loads(payloads(subscriber, f"{ROOT}/health")[0])
    assert health["kind"] == "health" and health["gw"] == "gw-test"
    assert {topic for topic, _ in subscriber.messages if topic.endswith("/event")} == {f"{ROOT}/event"}


def test_a_proxy_in_the_environment_is_not_the_brokers_business(gateway, subscriber, mqtt_section, monkeypatch):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    gateway.write(gw.site(mqtt_section, row_1=METERS["row_1"]))
    gateway.simulate()
    gateway.collect()
    subscriber.await_records(lambda seen: circuits_with_good_records(seen) == {"row-1"}, "a good record")


@BOTH_BROKERS
def test_broker_away_and_daemon_killed_meanwhile_lose_and_double_nothing(gateway, broker, subscriber, mqtt_section):
    gateway.write(gw.site(mqtt_section, **METERS))
    gateway.simulate("--fault", "lobby=dead")
    daemon = gateway.collect()
    subscriber.await_records(lambda seen: len(seen) >= 20, "the first records")

    broker.stop()
    backlog = gateway.status()["store"]["undelivered"] + 200
    gw.await_true(lambda: gateway.status()["store"]["undelivered"] >= backlog, "a backlog while the broker is away")
    daemon.end(signal.SIGKILL)
    gateway.collect()
    backlog = gateway.status()["store"]["undelivered"] + 200
    gw.await_true(lambda: gateway.status()["store"]["undelivered"] >= backlog, "a backlog of the second daemon")
    last = gateway.status()["store"]["next_seq"]
    broker.start()
    subscriber.await_records(lambda seen: any(record["seq"] >= last for record in seen), "the whole backlog", limit=240)

    records = subscriber.records() + subscriber.records("event")
    numbers = gw.sequence_numbers(records)
    assert numbers[0] == 1 and gw.has_no_hole([n for n in numbers if n <= last])
    assert len({record["stream"] for record in records}) == 1
    assert all(len(contents) == 1 for contents in contents_by_key(subscriber.records()).values())


def test_without_a_broker_it_polls_keeps_and_says_so(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate()
    daemon = gateway.collect()
    gw.await_true(lambda: gateway.status()["store"]["undelivered"] >= 10, "records on disk")
    assert any("no broker is configured" in line for line in daemon.lines)
    assert "broker  none configured" in gateway.tool("status").stdout
    assert daemon.end() == 0
    first = json.loads((gateway.folder / "data.log").read_text().splitlines()[0])
    assert first["seq"] == 1


def test_a_restart_continues_the_sequence(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate()
    for _ in range(3):
        daemon = gateway.collect()
        wanted = gateway.status()["store"]["next_seq"] + 5
        gw.await_true(lambda: gateway.status()["store"]["next_seq"] >= wanted, "five more records")
        assert daemon.end() == 0
    lines = [json.loads(line) for line in (gateway.folder / "data.log").read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))


def test_reload_changes_what_changed_and_keeps_a_wrong_configuration_out(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate()
    daemon = gateway.collect()
    requests = lambda: {bus["id"]: bus["requests"] for bus in gateway.status()["buses"]}
    gw.await_true(lambda: min(requests().values()) >= 3, "requests on both buses")

    good = gateway.config.read_text()
    gateway.write(good.replace("unit: 1, map: eastron-sdm630", "unit: 300, map: eastron-sdm630"))
    os.kill(daemon.pid, signal.SIGHUP)
    daemon.await_line("config.yaml:7:30: error:")
    daemon.await_line("the running one is kept")

    before = requests()
    gateway.write(good.replace("main:", "main-2:"))
    os.kill(daemon.pid, signal.SIGHUP)
    daemon.await_line("configuration reloaded")
    gw.await_true(lambda: {m["id"] for m in gateway.status()["meters"]} == {"main-2", "tenant", "lobby", "row-1", "ahu"},
                  "the renamed meter")
    assert requests()["floor-2"] >= before["floor-2"] > 0  # the bus that did not change went on counting
