# SPDX-License-Identifier: Apache-2.0
"""What the commands of bench/ share: the built programs, the daemon with a generated configuration, the report.

Every child is awaited within a bound and ended by its id; all traffic stays on loopback and pseudo-terminals.
"""
import argparse
import contextlib
import json
import os
import pathlib
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("SUBMETER_BUILD_DIR", SOURCE / "build" / "release")).resolve()
PROGRAMS = BUILD / "bench"
DAEMON = BUILD / "src" / "daemon" / "submeter-collector"
PYTHON = "/usr/bin/python3"  # Debian's, which has its modules
LIMIT = 30  # seconds for what takes one
LINES_A_FILE = 2000  # a configuration file has at most 1 MiB

MAP = """\
# yaml-language-server: $schema=/usr/share/submeter/schema/map-1.json
map: {name}
maker: bench
models: [40 registers in one read]
source: "bench/registers.h"
addressing: pdu
function: holding
word_order: ABCD
scaled: primary
limits: {{max_registers: 125, max_gap: auto, gap_allowed: true}}
points:
{points}
"""
# Over TCP 40 registers are one read though only three values of them are wanted, as far apart as in many meters.
SPARSE = ["power_kw: {address: 0, type: uint16, unit: W}",
          "energy_import_kwh: {address: 19, type: uint32, scale: 0.01, unit: kWh}",
          "frequency_hz: {address: 39, type: uint16, scale: 0.01, unit: Hz}"]
SPARSE_POINTS = "[power_kw, energy_import_kwh, frequency_hz]"
# On a serial line they are one read only if all of them are wanted.
DENSE = [f"x_at_{address}: {{address: {address}, type: uint32}}" for address in range(0, 40, 2)]
DENSE_POINTS = "[" + ", ".join(point.split(":")[0] for point in DENSE) + "]"


def arguments(description, *options):
    """The command line every command has; `options` are (flags, keywords) of its own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--full", action="store_true", help="all of it, slowly")
    for flag, keywords in options:
        parser.add_argument(flag, **keywords)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # children are ended on the way out
    if not PROGRAMS.exists():
        parser.exit(2, f"{PROGRAMS} is not there; build with: cmake --preset release -DSUBMETER_BENCH=ON && "
                       "cmake --build --preset release\n")
    return given


def report(given, metric, rows, notes=()):
    """Prints what was measured: rows are dictionaries with the same keys in the same order."""
    if given.json:
        print(json.dumps({"metric": metric, "rows": rows, "notes": list(notes)}))
        return
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = [columns] + [[text_of(row.get(key)) for key in columns] for row in rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    print(f"# {metric}")
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    for note in notes:
        print(f"  {note}")
    print(flush=True)


def text_of(value):
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def say(text):
    """Progress, for whoever waits at a terminal."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)


def free_ports(count):
    """The first of `count` consecutive free ports, below those the kernel hands out itself."""
    for port in range(15000, 30000, 16):
        with contextlib.ExitStack() as probes:
            try:
                for offset in range(count):
                    probe = probes.enter_context(contextlib.closing(socket.socket()))
                    probe.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    raise RuntimeError("no free ports")


class Child:
    """A program that says a line when it is ready and is ended by its id. `cpu`: the core it is kept on."""

    def __init__(self, command, cpu=None, cwd=None):
        pin = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None and os.cpu_count() > 1 else None
        self.process = subprocess.Popen([str(word) for word in command], cwd=cwd, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=pin, bufsize=0)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def await_line(self, limit=LIMIT):
        if not select.select([self.process.stdout], [], [], limit)[0]:
            raise RuntimeError(f"{self.process.args[0]} said nothing in {limit} s")
        line = self.process.stdout.readline().decode().strip()
        if not line:
            raise RuntimeError(f"{self.process.args[0]} ended: {self.process.stderr.read().decode().strip()}")
        return line

    def result(self, limit):
        """Its last line as JSON, once it has ended by itself; None when it failed."""
        try:
            out, error = self.process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            self.end()
            raise
        if self.process.returncode != 0:
            raise RuntimeError(f"{self.process.args[0]} failed: {error.decode().strip()}")
        return json.loads(out.decode().splitlines()[-1])

    def end(self, number=signal.SIGTERM):
        """Ends it and returns what it still said."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.communicate(timeout=LIMIT)[0].decode()
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.communicate()[0].decode()
        except ValueError:  # its output was read to the end before
            return ""


def run(command, limit, cpu=None):
    return Child(command, cpu).result(limit)


def found(program):
    return shutil.which(program) is not None


def python_has(module):
    return subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


class TcpMeters(Child):
    """Modbus TCP meters: `port` answers, the next is silent, the one after that does not even accept."""

    def __init__(self, addresses=10):
        self.port = free_ports(3)
        super().__init__([PROGRAMS / "tcp_meters", self.port, addresses])
        self.await_line()

    def figures(self):
        """Reads answered so far, and the deviations since the last call."""
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(self.await_line())

    def answers(self):
        return self.figures()["answered"]

    def await_rate(self, per_second, daemon, limit=120):
        """Until almost all reads come in two seconds running: `daemon` is connected and past its start."""
        deadline, good = time.monotonic() + limit, 0
        while good < 2:
            if daemon.process.poll() is not None:
                raise RuntimeError(f"the daemon ended: {daemon.log_text()[-2000:]}")
            before, at = self.answers(), time.monotonic()
            time.sleep(1)
            rate = (self.answers() - before) / (time.monotonic() - at)
            good = good + 1 if rate > 0.9 * per_second else 0
            if time.monotonic() > deadline:
                raise RuntimeError(f"{rate:.0f} reads a second instead of {per_second}")


def cpu_us(pid):
    """Of all its threads that live, by the scheduler's nanoseconds."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1000


def resident_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


class Daemon:
    """The collector in a folder of its own, without a broker and without a data log unless `extra` says so.

    `buses` and `meters` are lines of YAML under these keys. `store`: a directory that is there already; `environment`:
    what is added to that of the process.
    """

    def __init__(self, buses, meters, extra="data_log: off", store=None, environment=None, commit="250ms"):
        self._folder = tempfile.TemporaryDirectory(prefix="submeter-bench-")
        self.folder = pathlib.Path(self._folder.name)
        maps = self.folder / "maps"
        maps.mkdir()
        for name, points in (("bench-sparse", SPARSE), ("bench-dense", DENSE)):
            (maps / f"{name}.yaml").write_text(MAP.format(name=name, points="\n".join(f"  {point}" for point in points)))
        config = self.folder / "config.yaml"
        config.write_text("\n".join(["gateway: {site: bench, id: bench}", "clock: {before_sync: mark}", "buses:", "meters:",
                                     f"store: {{dir: {store or self.folder / 'store'}, min_free: 16MiB, max_size: 64GiB, commit_interval: {commit}}}",
                                     extra, ""]))
        (self.folder / "conf.d").mkdir()
        for begin in range(0, max(len(buses), len(meters)), LINES_A_FILE):
            part = slice(begin, begin + LINES_A_FILE)
            self._write_part(begin, {"buses": buses[part], "meters": meters[part]})
        self.log = open(self.folder / "log", "wb")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.process = subprocess.Popen(
            [str(DAEMON), "--config", str(config), "--maps", str(maps), "--runtime-dir", str(self.folder)],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard)))
        self.pid = self.process.pid

    def _write_part(self, number, sections):
        text = [line for name, lines in sections.items() if lines for line in (f"{name}:", *(f"  {x}" for x in lines))]
        (self.folder / "conf.d" / f"{number:05}.yaml").write_text("\n".join([*text, ""]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self._folder.cleanup()

    def status(self):
        """What `submeter status --brief --json` shows."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(LIMIT)
            control.connect(str(self.folder / "status.sock"))
            control.sendall(b'{"command":"status","brief":true}\n')
            with control.makefile("rb") as answers:
                return json.loads(answers.readline())

    def log_text(self):
        return (self.folder / "log").read_text()

    def measure(self, meters, seconds):
        """CPU µs of a read, reads a second and resident KiB, over `seconds`."""
        before, begin, at = meters.answers(), cpu_us(self.pid), time.monotonic()
        time.sleep(seconds)
        answers, used, took = meters.answers() - before, cpu_us(self.pid) - begin, time.monotonic() - at
        return used / max(answers, 1), answers / took, resident_kib(self.pid)


def tcp_site(count, port, addresses=10, interval="1s", ports=None):
    """Lines of buses and meters: `count` meters on a bus each, spread over the interval. `ports`: of single meters, by
    number."""
    buses, meters = [], []
    for number in range(count):
        host, at = f"127.0.0.{number % addresses + 1}", (ports or {}).get(number, port)
        buses.append(f"bus-{number}: {{type: tcp, host: {host}, port: {at}}}")
        meters.append(f"m-{number}: {{bus: bus-{number}, unit: 1, map: bench-sparse, interval: {interval}, aligned: false, points: {SPARSE_POINTS}}}")
    return buses, meters
