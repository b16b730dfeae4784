# SPDX-License-Identifier: Apache-2.0
"""What a technician types, and what he sees."""
import json
import subprocess

import gateway as gw

METERS = dict(
    main="{bus: rs485-1, unit: 1, map: eastron-sdm630, interval: 1s, points: [power_kw, energy_import_kwh, pf]}",
    row_1="{bus: floor-2, unit: 1, map: schneider-iem3155, interval: 1s, points: [power_kw, energy_import_kwh]}",
)


def test_check_prints_every_mistake_with_its_place_and_exits_78(gateway):
    gateway.write(gw.site(**METERS).replace("parity: even", "parity: evne").replace("interval: 1s", "intervall: 1s"))
    check = gateway.tool("check")
    lines = check.stderr.splitlines()
    assert check.returncode == 78
    assert sum("did you mean 'interval'?" in line for line in lines) == 2
    assert any("evne" in line and "config.yaml:4:" in line for line in lines)
    daemon = subprocess.run([gw.DAEMON, "--config", gateway.config, "--maps", gw.MAPS, "--runtime-dir",
                             gateway.folder], cwd=gateway.folder, capture_output=True, text=True, timeout=gw.LIMIT)
    assert daemon.returncode == 78
    assert daemon.stderr.splitlines()[:len(lines)] == lines
    assert not (gateway.folder / "store").exists()


def test_check_prints_the_plan_of_each_bus(gateway):
    gateway.write(gw.site(**METERS))
    check = gateway.tool("check", "--json")
    plan = {bus["id"]: bus for bus in json.loads(check.stdout)["buses"]}
    assert check.returncode == 0, check.stdout + check.stderr
    assert plan["rs485-1"]["requests"] >= 1 and 0 < plan["rs485-1"]["load_pct"] < 100
    assert "rs485-1" in gateway.tool("check").stdout


def test_read_by_hand_takes_the_letters_of_mbpoll(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate("--start-energy", "4821.5")
    read = gateway.tool("read", "-m", "rtu", "-a", "1", "-b", "19200", "-P", "even", "-t", "3:float", "-r", "73", "-c",
                        "1", "--json", "./rs485-1")
    value = json.loads(read.stdout)["points"][0]
    assert read.returncode == 0
    assert 4821.5 <= value["value"] < 4822 and "PDU 72 = 0x0048" in value["register"]


def test_read_of_a_polled_port_goes_through_the_daemon(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate()
    gateway.collect()
    for words in (["main"], ["-m", "rtu", "-a", "1", "-t", "3:float", "-r", "53", "./rs485-1"]):
        read = gateway.tool("read", *words)
        assert read.returncode == 0 and "through the daemon" in read.stdout, read.stdout + read.stderr


def test_read_of_a_silent_meter_exits_3_and_says_so(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate("--fault", "main=dead")
    read = gateway.tool("read", "main")
    assert read.returncode == 3 and "no response" in read.stdout


def test_status_and_tail_follow_the_running_daemon(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate("--fault", "main=dead")
    assert gateway.tool("status").returncode == 3  # before the daemon runs
    gateway.collect()
    gw.await_true(lambda: {m["id"]: m["state"] for m in gateway.status()["meters"]} ==
                  {"main": "silent", "row-1": "alive"}, "the meters' states")
    status = gateway.tool("status")
    assert status.returncode == 1 and "silent" in status.stdout
    tail = gateway.tool("tail", "row-1", "-n", "2")
    assert tail.returncode == 0 and tail.stdout.count("power_kw=") == 2
    raw = gateway.tool("tail", "row-1", "-n", "1", "--json")
    assert json.loads(raw.stdout)["circuit"] == "row-1"


def test_a_line_that_is_down_is_said_with_its_reason(gateway):
    gateway.write(gw.site(row_1=METERS["row_1"]))
    meters = gateway.simulate()
    daemon = gateway.collect()
    gw.await_true(lambda: gateway.status()["buses"][0]["up"], "the connection")
    meters.end()
    assert "bus=floor-2" in daemon.await_line("bus floor-2 is down")
    gw.await_true(lambda: "connection refused" in gateway.tool("status").stdout, "the reason in the status")
    assert gateway.tool("status").returncode == 1
    gateway.simulate()
    gw.await_true(lambda: gateway.status()["buses"][0]["up"], "the connection again")


def test_a_line_with_parity_can_be_opened_again(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate()
    for _ in range(3):
        assert gateway.tool("read", "main").returncode == 0


def test_every_command_explains_itself(gateway):
    for command in ("check", "read", "status", "tail", "queue", "export", "simulate"):
        shown = subprocess.run([gw.TOOL, command, "--help"], capture_output=True, text=True, timeout=gw.LIMIT)
        assert shown.returncode == 0 and "--config" in shown.stdout or "--socket" in shown.stdout
    assert subprocess.run([gw.TOOL, "nonsense"], capture_output=True, timeout=gw.LIMIT).returncode == 2
