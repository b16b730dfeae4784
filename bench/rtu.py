# SPDX-License-Identifier: Apache-2.0
"""Who reads a timed serial line, and what the line is bound by. Shared by the RTU commands."""
import json
import os
import pathlib
import signal
import tempfile

import benchlib as lib

WIRE_CPU, ASKER_CPU = (os.cpu_count() or 1) - 1, 0
BITS = 11  # 8E1


def askers():
    """Name → command without its arguments, of those that can be run here."""
    found = {"submeter": [lib.PROGRAMS / "rtu_asker"], "libmodbus": [lib.PROGRAMS / "libmodbus_rtu"]}
    if lib.python_has("pymodbus"):
        found["pymodbus"] = [lib.PYTHON, lib.SOURCE / "bench" / "pymodbus_rtu.py"]
    return found


def skipped():
    return [] if lib.python_has("pymodbus") else ["pymodbus skipped: not installed (scripts/setup bench)"]


def character_us(baud, bits=BITS):
    return bits * 1e6 / baud


def silence_us(baud, bits=BITS):
    return 1750.0 if baud > 19200 else 3.5 * character_us(baud, bits)


def least_us(baud, registers, turnaround_us, bits=BITS):
    """The shortest time from one request to the next."""
    return (8 + 5 + 2 * registers) * character_us(baud, bits) + turnaround_us + silence_us(baud, bits)


class Wire(lib.Child):
    """Lines with meters, and what was recorded on them."""

    def __init__(self, *words, lines=1):
        self._folder = tempfile.TemporaryDirectory(prefix="submeter-bench-")
        self.links = [pathlib.Path(self._folder.name) / f"line-{number}" for number in range(lines)]
        super().__init__([lib.PROGRAMS / "rtu_wire", "--bits", BITS, *words, *self.links], WIRE_CPU)
        self.await_line()

    def __exit__(self, *_):
        self.end()
        self._folder.cleanup()

    def forget(self):
        self.process.send_signal(signal.SIGUSR1)

    def recorded(self):
        """Ends the lines: {"seconds": …, "lines": [a record each]}."""
        return json.loads(self.end().splitlines()[-1])


def read(command, baud, registers, turnaround_us, reads, units=1, timeout_ms=500, faults=()):
    """One asker on a line of its own: (what it says, what the recorder saw)."""
    limit = 60 + reads * (least_us(baud, registers, turnaround_us) / 1e6 * 20 + (2 * timeout_ms / 1e3 if faults else 0))
    with Wire("--baud", baud, "--turnaround", turnaround_us, *faults) as wire:
        said = lib.run([*command, wire.links[0], baud, BITS, registers, reads, units, timeout_ms], limit, ASKER_CPU)
        return said, wire.recorded()["lines"][0]
