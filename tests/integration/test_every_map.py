# SPDX-License-Identifier: Apache-2.0
"""Every shipped map, simulated by one program and read back by another over a real line: what is read is what flows.

A steady 1.2 kW at a power factor of 0.95 flows, played from a file, so every value follows from physics. Maps take
turns: one over TCP, the next over a pseudo-terminal.
"""
import json
import math

import pytest
import yaml

import gateway as gw

MAPS = sorted(gw.MAPS.glob("*.yaml"))
KILOWATTS = 1.2
POWER_FACTOR = 0.95
IMPORTED = 321.5
PREFIXES = {"G": 9, "M": 6, "k": 3, "m": -3}
REGISTERS_OF_FLOATS = {"float32", "float64"}


def physics(phases):
    """What a meter shows, by the name of the point without its phase; one phase carries its share."""
    share = KILOWATTS / phases
    reactive = math.tan(math.acos(POWER_FACTOR))
    amperes = 1000 * share / POWER_FACTOR / 230
    values = dict(power_kw=KILOWATTS, reactive_power_kvar=KILOWATTS * reactive, apparent_power_kva=KILOWATTS / POWER_FACTOR,
                  pf=POWER_FACTOR, current_n_a=0 if phases == 3 else amperes, frequency_hz=50, temperature_c=35,
                  energy_import_kwh=IMPORTED)
    for i in range(1, phases + 1):
        values |= {f"power_l{i}_kw": share, f"reactive_power_l{i}_kvar": share * reactive,
                   f"apparent_power_l{i}_kva": share / POWER_FACTOR, f"pf_l{i}": POWER_FACTOR,
                   f"voltage_l{i}n_v": 230, f"current_l{i}_a": amperes}
    if phases == 3:
        values |= {f"voltage_{line}_v": 230 * math.sqrt(3) for line in ("l12", "l23", "l31")}
    return values


def exponent(point, name):
    """Of ten, from the unit the meter speaks to the one that is published."""
    unit = str(point.get("unit", ""))
    if name.startswith("x_"):
        return 0
    if unit == "%" or point.get("encoding") == "percent":
        return -2
    published = 3 if name.endswith(("_kwh", "_kvarh", "_kvah", "_kw", "_kvar", "_kva")) else 0
    prefix = PREFIXES.get(unit[:1], 0) if len(unit) > 1 else 0
    return prefix - published if unit else 0


def step(point, name, read, ratio, order):
    """How far apart two numbers lie that the register can hold, as published."""
    if point["type"] in REGISTERS_OF_FLOATS:
        return 0
    size = abs(float(point.get("scale", 1))) * 10.0 ** exponent(point, name)
    if name.startswith(("power", "reactive", "apparent", "energy", "current", "demand")):
        size *= ratio
    if "scale_from" not in point:
        return size
    keys = point["scale_from"] if isinstance(point["scale_from"], dict) else {}
    words = read["raw_scale"] if order == "ABCD" else read["raw_scale"][::-1]
    said = int.from_bytes(b"".join(word.to_bytes(2, "big") for word in words), "big",
                          signed=keys.get("type", "int16").startswith("int"))
    return {"power_of_ten": size * 10.0 ** said, "factor": size * said,
            "divisor": size / max(said, 1)}[keys.get("gives", "power_of_ten")]


def configuration(meter_map, bus):
    points = {name: point for name, point in meter_map["points"].items() if point["type"] != "string"}
    secondary = meter_map["scaled"] == "secondary"
    ct = "ct: {primary: 400, secondary: 5, applied_by: gateway}, " if secondary else ""
    read = f"points: [{next(iter(points))}]"
    if "channels" in meter_map:
        last = meter_map["channels"]["count"]
        read = f"circuits: {{first: {{channel: 1, {read}}}, last: {{channel: {last}, {read}}}}}"
    else:
        read = f"circuits: {{first: {{{read}}}}}"
    return gw.site(m1=f"{{bus: {bus}, unit: 1, map: {meter_map['map']}, {ct}{read}}}"), 80 if secondary else 1


def read_all(gateway, circuit):
    run = gateway.tool("read", circuit, "--all", "--json")
    assert run.returncode in (0, 1), run.stdout + run.stderr  # 1: something has no value
    return {point["point"]: point for point in json.loads(run.stdout)["points"]}


@pytest.mark.parametrize("path", MAPS, ids=lambda path: path.stem)
def test_is_read_back_as_it_was_simulated(gateway, path):
    meter_map = yaml.safe_load(path.read_text(encoding="utf-8"))
    text, ratio = configuration(meter_map, ("floor-2", "rs485-1")[MAPS.index(path) % 2])
    gateway.write(text)
    flow = gateway.folder / "flow.csv"
    flow.write_text(f"start_unix_s,import_kwh,export_kwh\n0,{KILOWATTS / 60},0.0\n")
    gateway.simulate("--replay", flow, "--step", "1h", "--start-energy", str(IMPORTED))
    points = meter_map["points"]
    expected = physics(3 if any("_l2" in name for name in points) else 1)
    read = read_all(gateway, "first")
    rows = set(points) | ({"ct_check"} & set(meter_map))
    if "secondary" in meter_map.get("ct_check", {}):
        rows.add("ct_check.secondary")
    assert set(read) == rows
    for name, point in points.items():
        order = point.get("word_order", meter_map.get("word_order", "ABCD"))
        if point["type"] == "string":
            assert read[name]["value"] == "m1", name
            continue
        if name not in expected and 0 in point.get("invalid", []):
            assert "no value" in read[name]["error"], name  # a SunSpec accumulator that stands still
            continue
        apart = step(point, name, read[name], ratio, order)
        assert read[name]["value"] == pytest.approx(expected.get(name, 0), rel=1e-5, abs=0.51 * apart + 1e-5), name
    if "channels" in meter_map:
        assert set(read_all(gateway, "last")) == rows
