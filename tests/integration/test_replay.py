# SPDX-License-Identifier: Apache-2.0
"""A real house (NIST) through a simulated RTU meter in real time: its energy arrives to the last tenth of a Wh."""
import csv
import itertools
from decimal import Decimal

import pytest

import gateway as gw

DATA = gw.SOURCE.parent / "shared" / "data" / "nist_net_zero_house_1min.csv"
ROWS = 120
METER = ("{bus: rs485-1, unit: 1, map: eastron-sdm630, interval: 250ms,"
         " points: [energy_import_kwh, energy_export_kwh]}")


def registers_after_each_row(count):
    """What the two registers show after 0, 1, … rows, summed from the data set by nobody but this function."""
    with DATA.open() as file:
        rows = list(itertools.islice(csv.DictReader(file), count))
    totals = [(Decimal(0), Decimal(0))]
    for row in rows:
        totals.append((totals[-1][0] + Decimal(row["import_kwh"]), totals[-1][1] + Decimal(row["export_kwh"])))
    return totals


@pytest.mark.skipif(not DATA.exists(), reason=f"the NIST data set is not at {DATA}")
def test_of_a_house_arrives_exactly(gateway, subscriber, mqtt_section):
    gateway.write(gw.site(mqtt_section, house=METER))
    gateway.simulate("--replay", DATA, "--step", "250ms")
    gateway.collect()
    totals = registers_after_each_row(ROWS + 200)
    rows_of = {pair: row for row, pair in enumerate(totals)}

    def pairs(records):
        return [(Decimal(str(r["energy_import_kwh"])), Decimal(str(r["energy_export_kwh"])))
                for r in sorted(records, key=lambda r: r["seq"]) if r["q"] == "good"]

    records = subscriber.await_records(
        lambda seen: len({pair for pair in pairs(seen)}) > ROWS, f"{ROWS} rows", limit=240)
    seen = pairs(records)
    assert all(pair in rows_of for pair in seen), "a register showed what the data set never summed to"
    order = [rows_of[pair] for pair in seen]
    assert order == sorted(order)
    first, last = order[0], order[-1]
    assert last - first >= ROWS
    assert seen[-1][0] - seen[0][0] == totals[last][0] - totals[first][0]
    assert seen[-1][1] - seen[0][1] == totals[last][1] - totals[first][1]
