# SPDX-License-Identifier: Apache-2.0
"""What goes over the wires, held against the dissectors of tshark: no malformed packet of Modbus or MQTT."""
import os
import subprocess

import pytest

import gateway as gw

METERS = dict(
    row_1="{bus: floor-2, unit: 1, map: schneider-iem3155, interval: 500ms, points: [power_kw, energy_import_kwh]}",
    row_2="{bus: floor-2, unit: 2, map: eastron-sdm630, interval: 500ms, points: [power_kw, pf]}",
    away="{bus: floor-2, unit: 9, map: abb-b23, interval: 500ms, points: [power_kw]}",
)


def tshark(capture, modbus_port, mqtt_port, shown, *fields):
    words = ["tshark", "-r", capture, "-d", f"tcp.port=={modbus_port},mbtcp", "-d", f"tcp.port=={mqtt_port},mqtt",
             "-Y", shown, "-T", "fields"]
    for field in fields or ("frame.number",):
        words += ["-e", field]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=gw.LIMIT, check=True)
    return done.stdout.split("\n")[:-1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may capture")
def test_hold_no_malformed_packet(gateway, tmp_path):
    broker = gw.Broker(tmp_path)  # without TLS, which loopback is allowed, so that the dissector sees MQTT
    subscriber = gw.Subscriber(broker.port)
    text = gw.site(f"mqtt: {{url: 'mqtt://127.0.0.1:{broker.port}'}}", **METERS)
    gateway.write(text)
    modbus_port = int(text.split("port: ")[1].split("}")[0])
    capture = tmp_path / "lo.pcapng"
    sniffer = gw.Process(["tshark", "-i", "lo", "-w", capture, "-f",
                          f"tcp port {modbus_port} or tcp port {broker.port}"], tmp_path)
    sniffer.await_line("Capturing on")
    gw.await_true(capture.exists, "the capture file")
    gateway.simulate("--fault", "away=exception:100%")
    daemon = gateway.collect()
    subscriber.await_records(lambda seen: len(seen) >= 30, "thirty records")
    assert daemon.end() == 0
    subscriber.stop()
    sniffer.end()
    broker.stop()

    ports = (modbus_port, broker.port)
    assert tshark(capture, *ports, "_ws.malformed") == []
    functions = {code for line in tshark(capture, *ports, "modbus", "modbus.func_code") for code in line.split(",")}
    assert functions <= {"3", "4"} and functions, "a function code that is not a read"
    publishes = tshark(capture, *ports, "mqtt.msgtype == 3", "mqtt.topic")
    assert sum("/sample" in line for line in publishes) >= 30
