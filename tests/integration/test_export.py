# SPDX-License-Identifier: Apache-2.0
"""What is kept, written out; and what waits."""
import contextlib
import csv
import datetime
import io
import json
import socket
import sqlite3

import gateway as gw

METERS = dict(
    main="{bus: rs485-1, unit: 1, map: eastron-sdm630, interval: 1s, points: [power_kw, energy_import_kwh, pf]}",
    lobby="{bus: rs485-1, unit: 2, map: eastron-sdm120, interval: 1s, points: [power_kw]}",
    row_1="{bus: floor-2, unit: 1, map: schneider-iem3155, interval: 250ms, points: [power_kw, energy_import_kwh]}",
)
FIXED = ["ts", "kind", "circuit", "meter", "seq", "clock", "q", "qf", "err"]
LEFT_OUT = {"v", "site", "gw", "stream", "cfg", "clk_err_ms", "span_ms"}


def data_log(gateway):
    """The bytes of every committed record, in order."""
    text = (gateway.folder / "data.log").read_text()
    return text[:text.rfind("\n") + 1].splitlines()


def utc(milliseconds):
    time = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.timezone.utc)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


def fields(line):
    """The fields of a record, numbers as they are written."""
    return json.loads(line, parse_float=str, parse_int=str)


def running_site(gateway, records, mqtt=""):
    gateway.write(gw.site(mqtt, **METERS))
    gateway.simulate("--fault", "lobby=dead")
    gateway.collect()
    gw.await_true(lambda: gateway.status()["store"]["next_seq"] > records, "records")


def expected_csv(lines):
    """The table by Python's own writer."""
    records = [fields(line) for line in lines]
    values = sorted({name for record in records for name in record} - set(FIXED) - LEFT_OUT)
    out = io.StringIO()
    writer = csv.DictWriter(out, FIXED + values, restval="", extrasaction="ignore")
    writer.writeheader()
    for record in records:
        writer.writerow({**record, "ts": utc(int(record["ts"]))})
    return out.getvalue()


def test_json_lines_are_the_bytes_of_the_records(gateway, subscriber, mqtt_section):
    running_site(gateway, 40, mqtt_section)
    export = gateway.tool("export", "--from", "1h")
    assert export.returncode == 0 and export.stderr == "", export.stderr
    lines = export.stdout.splitlines()
    gw.await_true(lambda: len(data_log(gateway)) >= len(lines), "the data log")
    assert len(lines) >= 30
    assert lines == data_log(gateway)[:len(lines)]
    last = json.loads(lines[-1])["seq"]
    subscriber.await_records(lambda seen: any(record["seq"] >= last for record in seen), "the records on the wire")
    sent = {payload.decode() for topic, payload in list(subscriber.messages)
            if topic.endswith("/sample") or topic.endswith("/event")}
    assert set(lines) <= sent


def test_a_span_takes_its_begin_and_not_its_end_and_only_the_circuits_asked_for(gateway):
    running_site(gateway, 30)
    lines = gateway.tool("export", "--from", "1h").stdout.splitlines()
    times = sorted(json.loads(line)["ts"] for line in lines)
    begin, end = times[5], times[-5]
    expected = [line for line in lines if begin <= json.loads(line)["ts"] < end]
    cut = gateway.tool("export", "--from", utc(begin), "--to", utc(end))
    assert cut.returncode == 0 and cut.stdout.splitlines() == expected
    some = gateway.tool("export", "--from", "1h", "--to", utc(end), "--circuit", "row-1", "--circuit", "lobby")
    chosen = [line for line in lines if json.loads(line)["ts"] < end and json.loads(line).get("circuit") != "main"]
    assert some.stdout.splitlines() == [line for line in chosen if "circuit" in json.loads(line)]
    assert {json.loads(line)["circuit"] for line in some.stdout.splitlines()} == {"row-1", "lobby"}


def test_a_table_is_what_pythons_csv_writes_and_reads(gateway):
    running_site(gateway, 30)
    to = utc(json.loads(gateway.tool("queue", "--json").stdout)["now"])
    lines = gateway.tool("export", "--from", "1h", "--to", to).stdout.splitlines()
    written = gateway.tool("export", "--from", "1h", "--to", to, "--format", "csv", "--output", "table.csv")
    assert written.returncode == 0 and written.stdout == "" and written.stderr == ""
    table = (gateway.folder / "table.csv").read_bytes().decode()
    assert table == expected_csv(lines)
    rows = list(csv.DictReader(io.StringIO(table, newline=""), strict=True))
    assert list(rows[0])[:len(FIXED)] == FIXED
    good = next(row for row in rows if row["circuit"] == "main" and row["q"] == "good")
    original = next(fields(line) for line in lines if json.loads(line)["seq"] == int(good["seq"]))
    for name in ("power_kw", "energy_import_kwh", "pf"):
        assert good[name] == original[name]
    silent = next(row for row in rows if row["circuit"] == "lobby")
    assert "," in silent["err"] and silent["power_kw"] == ""  # "no response, 2 tries"


def test_more_than_a_bite_of_records_comes_whole(gateway):
    fast = {f"m_{unit}": f"{{bus: floor-2, unit: {unit}, map: schneider-iem3155, interval: 200ms, points: [power_kw]}}"
            for unit in range(1, 9)}
    gateway.write(gw.site(**fast))
    gateway.simulate()
    gateway.collect()
    gw.await_true(lambda: gateway.status()["store"]["next_seq"] > 520, "more than a bite")
    numbers = [json.loads(line)["seq"] for line in gateway.tool("export", "--from", "1h").stdout.splitlines()]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 500


def test_what_is_gone_is_said_and_exits_1(gateway):
    gateway.write(gw.site(**METERS))
    gateway.simulate()
    daemon = gateway.collect()
    gw.await_true(lambda: gateway.status()["store"]["next_seq"] > 10, "records")
    assert daemon.end() == 0
    with sqlite3.connect(gateway.folder / "store" / "queue.db") as store:
        first, last = store.execute("SELECT first_seq, last_seq FROM block ORDER BY first_seq LIMIT 1").fetchone()
        store.execute("DELETE FROM block WHERE first_seq = ?", (first,))
    gateway.collect()
    export = gateway.tool("export", "--from", "1h")
    assert export.returncode == 1 and f"records 1 to {last} are gone" in export.stderr
    assert json.loads(export.stdout.splitlines()[0])["seq"] == last + 1
    table = gateway.tool("export", "--from", "1h", "--format", "csv")
    assert table.returncode == 1 and table.stderr.count("are gone") == 1
    begin = json.loads(export.stdout.splitlines()[0])["ts"]
    assert gateway.tool("export", "--from", utc(begin)).returncode == 0
    queue = json.loads(gateway.tool("queue", "--json").stdout)
    assert queue["oldest_kept_seq"] == last + 1


def test_a_wrong_command_line_exits_2_and_no_daemon_3(gateway):
    assert gateway.tool("queue").returncode == 3
    assert gateway.tool("export", "--from", "1h").returncode == 3
    for words in ([], ["--from", "noon"], ["--from", "1h", "--to", "yesterday"], ["--from", "1h", "--format", "xml"]):
        assert gateway.tool("export", *words).returncode == 2, words
    gateway.write(gw.site(**METERS))
    gateway.collect()
    wrong_way = gateway.tool("export", "--from", "1h", "--to", "2h")
    assert wrong_way.returncode == 2 and "not before" in wrong_way.stderr
    nowhere = gateway.tool("export", "--from", "1h", "--output", "no/such/folder/file")
    assert nowhere.returncode == 1 and "No such file" in nowhere.stderr


def test_clients_that_ask_and_leave_cost_nothing(gateway):
    running_site(gateway, 20)
    for _ in range(300):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(gateway.socket))
            with contextlib.suppress(BrokenPipeError):  # the seventeenth at a time is turned away
                client.sendall(b'{"command":"export","from":0,"to":9999999999999,"after":0}\n' * 3)
    before = gateway.status()["store"]["next_seq"]
    gw.await_true(lambda: gateway.status()["store"]["next_seq"] > before + 3, "more records")
    assert gateway.tool("export", "--from", "1h").returncode == 0


def test_the_queue_grows_without_the_broker_and_drains_with_it(gateway, broker, subscriber, mqtt_section):
    running_site(gateway, 10, mqtt_section)
    gw.await_true(lambda: "connected\n" in gateway.tool("queue").stdout, "the connection")
    gw.await_true(lambda: json.loads(gateway.tool("queue", "--json").stdout).get("delivered_per_s", 0) > 0, "a rate")
    broker.stop()
    gw.await_true(lambda: json.loads(gateway.tool("queue", "--json").stdout)["undelivered"] >= 10, "a backlog")
    queue = json.loads(gateway.tool("queue", "--json").stdout)
    assert queue["oldest_kept_seq"] == 1
    assert queue["newest_kept_seq"] - queue["acknowledged_seq"] == queue["undelivered"]
    assert queue["bytes_on_disk"] > 0 and queue["oldest_age_ms"] > 0 and queue["held_for_clock"] == 0
    shown = gateway.tool("queue")
    assert shown.returncode == 0  # not for five minutes
    assert "records, " in shown.stdout and "NOT connected" in shown.stdout
    export = gateway.tool("export", "--from", "1h")
    assert export.returncode == 0 and len(export.stdout.splitlines()) >= queue["newest_kept_seq"]
    broker.start()
    gw.await_true(lambda: json.loads(gateway.tool("queue", "--json").stdout)["undelivered"] < 5, "the backlog's end")
