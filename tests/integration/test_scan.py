# SPDX-License-Identifier: Apache-2.0
"""A technician at an unknown line: what is there, how it is set, which map it needs."""
import fcntl
import json
import signal
import subprocess

import pytest

import gateway as gw

# Three models that differ in what they say of themselves, as their makers' maps would.
MODEL = """map: {name}
maker: Nobody
source: made for this test
addressing: pdu
function: input
scaled: primary
points:
  voltage_l1n_v: {{address: 0, type: float32, unit: V}}
  power_kw: {{address: 12, type: float32, unit: W}}
  frequency_hz: {{address: 70, type: float32, unit: Hz}}
  energy_import_kwh: {{address: 72, type: uint32, scale: 0.01}}
identify: {{function: holding, address: 0xFC02, type: uint16, equals: {number}}}
"""
MODELS = {"alpha": 112, "beta": 113, "gamma": 114}


class Site:
    """A line with meters, and a folder from which it is looked at that knows only the maps."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.folder = gateway.folder / "laptop"
        for folder in (gateway.folder / "meters", self.folder / "meters"):
            folder.mkdir(parents=True)
            for name, number in MODELS.items():
                (folder / f"{name}.yaml").write_text(MODEL.format(name=name, number=number))

    def words(self, *words):
        return [str(word) for word in [gw.TOOL, *words, "--config", self.folder / "config.yaml", "--maps", gw.MAPS]]

    def scan(self, *words, limit=gw.LIMIT):
        return subprocess.run(self.words("scan", *words), cwd=self.gateway.folder, capture_output=True, text=True,
                              timeout=limit)


@pytest.fixture
def site(gateway):
    return Site(gateway)


def meters(**maps):
    return {name: f"{{bus: rs485-1, unit: {unit}, map: {map}, interval: 10s, points: [power_kw]}}"
            for name, (unit, map) in maps.items()}


def test_scan_finds_twelve_meters_of_three_settings_on_one_line_and_names_their_maps(gateway, site):
    # As delivered and as left behind by others: what is set says nothing of the model.
    settings = ["9600-8N1", "19200-8E1", "19200-8N1"]
    expected = {unit: (settings[unit % 3], list(MODELS)[unit // 5]) for unit in range(1, 13)}
    gateway.write(gw.site(**meters(**{f"m{unit}": (unit, map) for unit, (_, map) in expected.items()})))
    gateway.simulate(*[word for unit, (line, _) in expected.items() for word in ("--line", f"m{unit}={line}")])
    scan = site.scan("./rs485-1", "--baud", "9600,19200", "--parity", "none,even", "--units", "1-12", "--timeout",
                     "600ms", "--json", limit=4 * gw.LIMIT)
    assert scan.returncode == 0, scan.stdout + scan.stderr
    result = json.loads(scan.stdout)
    found = {meter["unit"]: (f"{meter['baud']}-8{meter['parity'][0].upper()}1", meter["maps"][0]["map"])
             for meter in result["meters"]}
    assert len(result["meters"]) == 12 and found == expected
    assert all(meter["maps"][0]["certain"] for meter in result["meters"])


def test_the_lines_that_a_scan_offers_are_a_configuration(gateway, site):
    gateway.write(gw.site(**meters(main=(1, "eastron-sdm630"), sub=(2, "beta"))))
    gateway.simulate()
    scan = site.scan("./rs485-1", "--baud", "19200", "--parity", "even", "--units", "1-3", "--timeout", "600ms")
    assert scan.returncode == 0, scan.stdout + scan.stderr
    assert "at most" in scan.stdout.splitlines()[1]
    assert "unit 2 at 19200 8E1: beta (holding 464515 (1-based 64515, PDU 64514 = 0xFC02) says 113" in scan.stdout
    yaml = scan.stdout[scan.stdout.index("buses:"):]
    assert "unit: 1, map: eastron-sdm630" in yaml and "unit: 2, map: beta" in yaml
    gateway.write("gateway: {site: hq, id: gw-test}\n" + yaml + "store: {dir: ./store}\n")
    check = gateway.tool("check")
    assert check.returncode in (0, 1) and "2 meters" in check.stdout, check.stdout + check.stderr


def test_a_scan_that_is_interrupted_says_what_it_has_found(gateway, site):
    gateway.write(gw.site(**meters(main=(1, "alpha"))))
    gateway.simulate()
    scan = gw.Process(site.words("scan", "./rs485-1", "--baud", "19200", "--parity", "even"), gateway.folder)
    scan.await_line("unit 1 at 19200 8E1")
    assert scan.end(signal.SIGINT) == 1
    assert "1 meter; ended before all was tried" in scan.output() and "map: alpha" in scan.output()


def test_a_line_that_another_process_holds_is_not_scanned(gateway, site):
    gateway.write(gw.site(**meters(main=(1, "alpha"))))
    gateway.simulate()
    with open(gateway.folder / "rs485-1", "rb", buffering=0) as port:
        fcntl.flock(port, fcntl.LOCK_EX)
        scan = site.scan("./rs485-1", "--quick")
    assert scan.returncode == 3
    assert " is held by " in scan.stderr and "systemctl stop submeter-collector" in scan.stderr


def test_scan_of_a_gateway_finds_the_units_behind_it(gateway, site):
    gateway.write(gw.site(**{name: text.replace("rs485-1", "floor-2")
                             for name, text in meters(main=(1, "alpha"), sub=(9, "beta")).items()}))
    gateway.simulate()
    port = gateway.config.read_text().split("port: ")[1].split("}")[0]
    scan = site.scan(f"127.0.0.1:{port}", "--quick", "--json")
    assert scan.returncode == 0, scan.stdout + scan.stderr
    found = {meter["unit"]: meter["maps"][0]["map"] for meter in json.loads(scan.stdout)["meters"]}
    assert found == {1: "alpha", 9: "beta"}


def test_probe_shows_the_register_beside_and_every_notation_of_it(gateway, site):
    gateway.write(gw.site(**meters(main=(1, "alpha"))))
    gateway.simulate()
    # The document says 70 and counts from 0; asked is as if it counted from 1.
    words = site.words("probe", "./rs485-1", "1", "70", "-t", "3", "-b", "19200", "-P", "even", "--socket", gateway.socket)
    probe = subprocess.run([*words, "--json"], cwd=gateway.folder, capture_output=True, text=True, timeout=gw.LIMIT)
    assert probe.returncode == 0, probe.stdout + probe.stderr
    best = json.loads(probe.stdout)["candidates"][0]
    assert best["offset"] == 1 and best["looks_like"] == "a mains frequency"
    assert best["register"] == "input 30071 (1-based 71, PDU 70 = 0x0046)"
    assert best["yaml"] == "x_probe: {address: 70, function: input, type: float32}"


def test_maps_lists_shows_and_searches(site):
    words = ["--config", site.folder / "config.yaml", "--maps", gw.MAPS]
    listed = json.loads(site.gateway.tool("maps", "--json", *words).stdout)
    assert {"alpha", "eastron-sdm630"} <= {entry["map"] for entry in listed}
    assert [entry["of_the_site"] for entry in listed if entry["map"] == "alpha"] == [True]
    sheet = site.gateway.tool("maps", "eastron-sdm630", *words)
    assert sheet.returncode == 0 and "input 30053 (1-based 53, PDU 52 = 0x0034)" in sheet.stdout
    wrong = site.gateway.tool("maps", "eastorn", *words)
    assert wrong.returncode == 1 and "did you mean 'eastron'?" in wrong.stderr


def test_maps_check_names_the_place_of_errors_and_warnings(site):
    file = site.folder / "meters" / "alpha.yaml"
    check = site.gateway.tool("maps", "check", file)
    assert check.returncode == 0, check.stdout
    file.write_text(file.read_text().replace("uint32, scale: 0.01", "float32").replace("float32, unit: W", "float31"))
    check = site.gateway.tool("maps", "check", file)
    assert check.returncode == 1 and f"{file}:9:" in check.stdout and "float32" in check.stdout
    file.write_text(file.read_text().replace("float31", "float32, unit: W"))
    check = site.gateway.tool("maps", "check", site.folder / "meters", "--json")
    problems = json.loads(check.stdout)["problems"]
    assert [(problem["line"], problem["severity"]) for problem in problems] == [(11, "warning")]
    assert "[float-cents]" in problems[0]["message"]
    assert site.gateway.tool("maps", "check").returncode == 2


def test_every_shipped_map_passes_the_check_without_errors(gateway):
    check = gateway.tool("maps", "check", gw.MAPS, "--json")
    assert json.loads(check.stdout)["errors"] == 0, check.stdout
