# SPDX-License-Identifier: Apache-2.0
"""What Home Assistant is told fits what there is: read by its documentation, templates by Jinja itself.

The tables are those of home-assistant.io: the MQTT sensor's fields, and which units go with which device class.
"""
import json
import os
import re
import signal
import threading

import jinja2
import jinja2.sandbox
import paho.mqtt.client as mqtt
import pytest

import gateway as gw

POINTS = {"energy_import_kwh", "energy_export_kwh", "reactive_import_kvarh", "apparent_import_kvah", "power_kw",
          "reactive_power_l1_kvar", "apparent_power_kva", "pf", "voltage_l1n_v", "current_n_a", "frequency_hz"}
MAIN = f"{{bus: floor-2, unit: 1, map: abb-b23, interval: 500ms, points: [{', '.join(sorted(POINTS))}]}}"
LOBBY = "{bus: floor-2, unit: 2, map: abb-b23, interval: 1s, points: [power_kw, {name: energy_import_kwh, interval: 2s}]}"
ROOT = "submeter/v1/hq/gw-test"

TOPIC = re.compile(r"homeassistant/(?P<component>\w+)/(?P<node>[a-zA-Z0-9_-]+)/(?P<object>[a-zA-Z0-9_-]+)/config")
FIELDS = {"name", "unique_id", "state_topic", "value_template", "availability_topic", "payload_available",
          "payload_not_available", "expire_after", "device_class", "state_class", "unit_of_measurement", "device",
          "origin", "entity_category", "payload_on", "payload_off"}
DEVICE_FIELDS = {"identifiers", "name", "manufacturer", "model", "sw_version", "via_device"}
# What each class has allowed since it exists; kvar and kVA came years after var and VA.
UNITS = {"energy": {"kWh", "Wh", "MWh"}, "power": {"kW", "W"}, "reactive_power": {"var"}, "apparent_power": {"VA"},
         "power_factor": {None, "%"}, "voltage": {"V", "mV"}, "current": {"A", "mA"}, "frequency": {"Hz", "kHz"},
         "temperature": {"°C", "K"}}
# Point by point: class, unit as shown, factor from the record's unit, whether it is a counter.
EXPECTED = {
    "energy_import_kwh": ("energy", "kWh", 1, True), "energy_export_kwh": ("energy", "kWh", 1, True),
    "reactive_import_kvarh": (None, "kvarh", 1, True), "apparent_import_kvah": (None, "kVAh", 1, True),
    "power_kw": ("power", "kW", 1, False), "reactive_power_l1_kvar": ("reactive_power", "var", 1000, False),
    "apparent_power_kva": ("apparent_power", "VA", 1000, False), "pf": ("power_factor", None, 1, False),
    "voltage_l1n_v": ("voltage", "V", 1, False), "current_n_a": ("current", "A", 1, False),
    "frequency_hz": ("frequency", "Hz", 1, False),
}


def retained(port, ca):
    """All that a newcomer is given: what comes marked as kept, up to a message that it sends itself."""
    kept, end = {}, threading.Event()

    def on_message(_client, _data, message):
        if message.topic == "end-of-retained":
            end.set()
        elif message.retain:
            kept[message.topic] = message.payload

    reader = mqtt.Client()
    reader.tls_set(str(ca))
    reader.on_connect = lambda client, *_: client.subscribe("#", qos=1)
    reader.on_subscribe = lambda client, *_: client.publish("end-of-retained", "", qos=1)
    reader.on_message = on_message
    reader.connect("localhost", port)
    reader.loop_start()
    assert end.wait(gw.LIMIT), "the broker did not hand out what it keeps"
    reader.disconnect()
    reader.loop_stop()
    return kept


def configs(messages):
    return {topic: json.loads(payload) for topic, payload in messages.items() if topic.startswith("homeassistant/")}


def render(template, payload):
    """As Home Assistant does: a sandbox, the payload as value_json, the result as text. Undefined names are errors here."""
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    return environment.from_string(template).render(value_json=payload)


class Site:
    def __init__(self, gateway, broker, ca):
        self.gateway, self.broker, self.ca, self.daemon = gateway, broker, ca, None
        self.address = f"floor-2: {{type: tcp, host: 127.0.0.1, port: {gw.free_port()}}}"

    def write(self, option="on", **meters):
        mqtt = f"mqtt: {{url: 'mqtts://localhost:{self.broker.port}', ca_file: {self.ca}, home_assistant: {option}}}"
        self.gateway.write(re.sub(r"floor-2: \{.*?\}", self.address, gw.site(mqtt, **meters), count=1))

    def reload(self):
        os.kill(self.daemon.pid, signal.SIGHUP)

    def retained(self):
        return retained(self.broker.port, self.ca)

    def await_configs(self, condition, what):
        gw.await_true(lambda: condition(configs(self.retained())), what)
        return configs(self.retained())


@pytest.fixture
def site(gateway, broker, certificates):
    made = Site(gateway, broker, certificates.ca)
    made.write(main=MAIN, lobby=LOBBY)
    gateway.simulate()
    made.daemon = gateway.collect()
    return made


def sensors(found):
    return {config["unique_id"].removeprefix("submeter/hq/gw-test/c/"): config for topic, config in found.items()
            if topic.startswith("homeassistant/sensor/")}


ALL = {f"main/{point}" for point in POINTS} | {"lobby/power_kw", "lobby/energy_import_kwh"}


def test_every_point_is_a_sensor_that_reads_the_live_plane(site):
    found = site.await_configs(lambda seen: len(seen) == len(ALL) + 1, "an announcement of each point")
    assert set(sensors(found)) == ALL
    gw.await_true(lambda: {f"{ROOT}/c/main/last", f"{ROOT}/c/lobby/last"} <= set(site.retained()), "live records")
    kept = site.retained()
    gateways = [config for topic, config in found.items() if topic.startswith("homeassistant/binary_sensor/")]
    assert len(gateways) == 1 and kept[gateways[0]["state_topic"]].decode() == gateways[0]["payload_on"]
    for topic, config in found.items():
        assert TOPIC.fullmatch(topic), topic
        assert set(config) <= FIELDS and set(config["device"]) <= DEVICE_FIELDS, config
        assert len({other["unique_id"] for other in found.values()}) == len(found)
    for name, config in sensors(found).items():
        circuit, point = name.split("/")
        device_class, unit, factor, counter = EXPECTED[point]
        assert config.get("device_class") == device_class and config.get("unit_of_measurement") == unit, name
        assert device_class is None or unit in UNITS[device_class]
        assert config["state_class"] == ("total_increasing" if counter else "measurement")
        assert kept[config["availability_topic"]].decode() == config["payload_available"] == "online"
        assert config["payload_not_available"] == "offline"
        assert isinstance(config["expire_after"], int) and config["expire_after"] > 60  # a silent meter is told of each minute
        assert config["device"]["name"] == circuit and config["device"]["via_device"] in gateways[0]["device"]["identifiers"]
        record = json.loads(kept[config["state_topic"]])
        assert record["circuit"] == circuit and record["kind"] == "sample"
        shown = render(config["value_template"], record)
        if point in record:
            assert float(shown) == pytest.approx(record[point] * factor)
        else:
            assert (name, shown) == ("lobby/energy_import_kwh", "")  # not due each time: stays as it is
        assert render(config["value_template"], {"q": "bad"}) == "None"
    assert site.daemon.end() == 0


def test_what_goes_is_taken_back_and_what_changes_is_told(site):
    site.await_configs(lambda seen: len(seen) == len(ALL) + 1, "an announcement of each point")
    site.write(main="{bus: floor-2, unit: 1, map: abb-b23, interval: 120s, points: [power_kw, pf]}")
    site.reload()
    found = site.await_configs(lambda seen: set(sensors(seen)) == {"main/power_kw", "main/pf"}, "the rest being taken back")
    assert sensors(found)["main/pf"]["expire_after"] == 360
    site.write(option="off", main=MAIN)
    site.reload()
    assert site.await_configs(lambda seen: not seen, "everything being taken back") == {}
    site.write(option="on", main=MAIN)
    site.reload()
    site.await_configs(lambda seen: len(seen) == len(POINTS) + 1, "an announcement of each point again")


def test_a_broker_that_has_forgotten_everything_is_told_again(site):
    site.await_configs(lambda seen: len(seen) == len(ALL) + 1, "an announcement of each point")
    site.broker.stop()
    site.broker.start()  # keeps nothing on disk
    site.await_configs(lambda seen: len(seen) == len(ALL) + 1, "an announcement of each point again")


def test_nothing_is_announced_unless_asked_for(gateway, subscriber, mqtt_section, broker, certificates):
    gateway.write(gw.site(mqtt_section, main=MAIN))
    gateway.simulate()
    gateway.collect()
    subscriber.await_records(lambda seen: len(seen) > 2, "records")
    assert configs(retained(broker.port, certificates.ca)) == {}
