# SPDX-License-Identifier: Apache-2.0
"""The simulated site seen by software that is not ours: mbpoll and pymodbus read it, and it misbehaves as it is told."""
import os
import re
import shlex
import signal
import struct
import subprocess

import pytest
from pymodbus.client import ModbusSerialClient, ModbusTcpClient

import gateway as gw

METERS = dict(
    main="{bus: rs485-1, unit: 1, map: eastron-sdm630, interval: 1s, points: [power_kw, energy_import_kwh]}",
    chiller="{bus: rs485-1, unit: 2, map: eastron-sdm120, interval: 1s, points: [power_kw, energy_import_kwh]}",
    row_1="{bus: floor-2, unit: 3, map: schneider-iem3155, interval: 1s, points: [power_kw, energy_import_kwh]}",
    row_2="{bus: floor-2, unit: 4, map: eastron-sdm630, interval: 1s, points: [power_kw, energy_import_kwh]}",
)
# Eastron SDM630, float32 input registers: phase voltages at 0, currents at 6, power factors at 30, total power (W) at
# 52, import (kWh) at 72.
SDM630_REGISTERS = 74


@pytest.fixture
def site(gateway):
    """A pseudo-terminal has no parity, and pymodbus' serial port insists on what it asks for."""
    text = gw.site(**METERS).replace("parity: even", "parity: none")
    gateway.write(text.replace("./rs485-1", str(gateway.folder / "rs485-1")))
    return gateway


def tcp_port(site):
    return int(re.search(r"port: (\d+)", site.config.read_text()).group(1))


def serial_client(site, timeout=5):  # pymodbus counts whole seconds
    client = ModbusSerialClient(str(site.folder / "rs485-1"), baudrate=19200, parity="N", timeout=timeout, retries=0)
    assert client.connect()
    return client


def tcp_client(site, timeout=5):
    client = ModbusTcpClient("127.0.0.1", port=tcp_port(site), timeout=timeout, retries=0)
    assert client.connect()
    return client


def read_floats(client, unit, address=0, count=SDM630_REGISTERS):
    answer = client.read_input_registers(address, count, slave=unit)
    assert not answer.isError(), answer
    words = struct.pack(f">{count}H", *answer.registers)
    return dict(zip(range(address, address + count, 2), struct.unpack(f">{count // 2}f", words)))


def mbpoll(site, line):
    """What mbpoll prints for each reference."""
    run = subprocess.run(shlex.split(line), cwd=site.folder, capture_output=True, text=True, timeout=gw.LIMIT)
    assert run.returncode == 0, run.stdout + run.stderr
    return dict(re.findall(r"^\[(\d+)\]:\s*(\S+)", run.stdout, re.MULTILINE))


def test_mbpoll_reads_every_bus_with_the_line_that_is_printed_for_it(site):
    simulator = site.simulate()
    lines = [line.split("try: ")[1] for line in simulator.lines if "try: " in line]
    assert len(lines) == 2
    for line in lines:
        assert mbpoll(site, line)


def test_mbpoll_reads_an_exact_register(site):
    site.simulate("--load", "main=steady:0", "--start-energy", "4821.5")
    serial = "mbpoll -m rtu -b 19200 -P none -a 1 -t 3:float -B -r 73 -c 1 -1 ./rs485-1"
    assert mbpoll(site, serial) == {"73": "4821.5"}


@pytest.mark.parametrize("make_client, unit", [(serial_client, 1), (tcp_client, 4)])
def test_pymodbus_sees_power_that_agrees_with_voltage_current_and_power_factor(site, make_client, unit):
    site.simulate()
    client = make_client(site)
    values = read_floats(client, unit)
    power = sum(values[2 * phase] * values[6 + 2 * phase] * values[30 + 2 * phase] for phase in range(3))
    assert values[52] > 100
    assert values[52] == pytest.approx(power, rel=1e-4)
    later = read_floats(client, unit)
    assert later[72] >= values[72]
    client.close()


@pytest.mark.parametrize("make_client, unit", [(serial_client, 1), (tcp_client, 4)])
def test_pymodbus_is_refused_what_a_meter_does_not_have(site, make_client, unit):
    site.simulate()
    client = make_client(site)
    assert client.read_input_registers(0x7000, 2, slave=unit).exception_code == 0x02
    assert client.write_register(0x0000, 1, slave=unit).exception_code == 0x01
    client.close()


def test_units_that_are_not_there_are_silent_on_a_line_and_refused_by_a_gateway(site):
    site.simulate()
    with serial_client(site, timeout=1) as client:
        assert not hasattr(client.read_input_registers(0, 2, slave=99), "registers")
        assert read_floats(client, 1, 52, 2)[52] > 100
    with tcp_client(site) as client:
        assert client.read_input_registers(0, 2, slave=99).exception_code == 0x0B


def test_many_clients_are_served_at_once(site):
    site.simulate()
    clients = [tcp_client(site) for _ in range(10)]
    for client in clients + clients:
        assert read_floats(client, 4)[52] > 100
    for client in clients:
        client.close()


def test_faults_hit_their_meter_and_no_other(site):
    site.simulate("--fault", "main=crc:100%", "--fault", "row-1=exception:100%:0x06")
    with serial_client(site, timeout=1) as client:
        assert not hasattr(client.read_input_registers(52, 2, slave=1), "registers")
    with serial_client(site) as client:
        assert read_floats(client, 2, 12, 2)[12] > 100  # SDM120: power in W
    with tcp_client(site) as client:
        assert client.read_holding_registers(3059, 2, slave=3).exception_code == 0x06
        assert read_floats(client, 4)[52] > 100


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_and_leaves_no_link_behind(site, number):
    simulator = site.simulate()
    link = site.folder / "rs485-1"
    assert os.readlink(link).startswith("/dev/pts/")
    assert simulator.end(number) == 0
    assert not os.path.lexists(link)


def test_it_takes_the_place_of_one_that_was_killed(site):
    site.simulate().end(signal.SIGKILL)
    assert os.path.lexists(site.folder / "rs485-1")
    site.simulate()
    with serial_client(site) as client:
        assert read_floats(client, 1)[52] > 100


def failed_start(site, *words):
    run = subprocess.run([gw.TOOL, "simulate", "--config", site.config, "--maps", gw.MAPS, *words], cwd=site.folder,
                         capture_output=True, text=True, timeout=gw.LIMIT)
    return run.returncode, run.stderr


def test_it_replaces_no_file_of_anybody(site):
    (site.folder / "rs485-1").write_text("precious")
    code, message = failed_start(site)
    assert code == 1 and "is not a link to a pseudo-terminal" in message
    assert (site.folder / "rs485-1").read_text() == "precious"


def test_it_listens_on_the_loopback_interface_only(site):
    site.write(site.config.read_text().replace("host: 127.0.0.1", "host: 10.0.4.20"))
    code, message = failed_start(site)
    assert code == 1 and "loopback interface only" in message
    assert not os.path.lexists(site.folder / "rs485-1")


@pytest.mark.parametrize("words, message", [
    (["--fault", "main=lazy"], "'lazy' is not a fault; expected dead"),
    (["--fault", "lobby=dead"], "no meter 'lobby' in the configuration; it has main, chiller, row-1, row-2"),
    (["--fault", "row-1=crc:10%"], "on a TCP bus, where there is no fault 'crc'"),
    (["--load", "main=lunar"], "'lunar' is not a load"),
    (["--replay", "missing.csv"], "say which plays the file with --meter"),
    (["--replay", "missing.csv", "--meter", "main"], "cannot read missing.csv"),
    (["--start-energy", "lots"], "expected kWh"),
])
def test_mistakes_of_the_command_line_are_explained(site, words, message):
    code, told = failed_start(site, *words)
    assert code == 2 and message in told
