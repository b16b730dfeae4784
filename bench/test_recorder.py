# SPDX-License-Identifier: Apache-2.0
"""The timed line and its recorder, against software that is not ours. Nothing here fails because a machine is slow."""
import os
import re
import select
import subprocess
import time
import tty

import pytest

import benchlib as lib
import rtu

SILENCE_S = rtu.silence_us(1200) / 1e6
LONG_S = 1  # for what is written to have been read, so that the next is not part of it


def request(unit, address, count):
    frame = bytes([unit, 3, address >> 8, address & 0xFF, 0, count])
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return frame + bytes([crc & 0xFF, crc >> 8])


def value(unit, address):
    return (address * 40503 + unit * 257) & 0xFFFF


class Raw:
    """Bytes as they come and go."""

    def __init__(self, device):
        self.fd = os.open(device, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd)

    def ask(self, frame, size):
        os.write(self.fd, frame)
        answer = b""
        while len(answer) < size:
            assert select.select([self.fd], [], [], lib.LIMIT)[0], "no answer"
            answer += os.read(self.fd, size - len(answer))
        return answer


@pytest.fixture(name="slow_line")
def fixture_slow_line():
    with rtu.Wire("--baud", 1200, "--turnaround", 5000) as wire:
        yield wire


def test_mbpoll_reads_what_the_registers_hold():
    with rtu.Wire("--baud", 9600, "--turnaround", 5000) as wire:
        out = subprocess.run(["mbpoll", "-m", "rtu", "-b", "9600", "-P", "even", "-a", "7", "-r", "101", "-c", "5", "-t", "4",
                              "-1", str(wire.links[0])], capture_output=True, text=True, timeout=lib.LIMIT, check=True).stdout
        line = wire.recorded()["lines"][0]
    got = [int(number) & 0xFFFF for number in re.findall(r"^\[\d+\]:\s+(-?\d+)", out, re.M)]
    assert got == [value(7, 100 + i) for i in range(5)]
    assert (line["requests"], line["broken"]) == (1, 0)


@pytest.mark.parametrize("name", ["libmodbus", "pymodbus"])
def test_every_read_of_another_make_is_recorded_once_and_right(name):
    said, line = rtu.read(rtu.askers()[name], 19200, 40, 5000, 10)
    assert (said["good"], said["wrong"], said["failed"]) == (10, 0, 0)
    assert (line["requests"], line["broken"], line["collisions"]) == (10, 0, 0)


def test_a_request_right_behind_an_answer_is_a_violation(slow_line):
    raw = Raw(slow_line.links[0])
    for _ in range(20):
        raw.ask(request(1, 0, 1), 7)
    assert slow_line.recorded()["lines"][0]["violations"] > 0


def test_a_request_after_the_silence_is_none(slow_line):
    raw = Raw(slow_line.links[0])
    for _ in range(5):
        raw.ask(request(1, 0, 1), 7)
        time.sleep(1.01 * SILENCE_S)
    line = slow_line.recorded()["lines"][0]
    assert (line["requests"], line["violations"]) == (5, 0)


def test_an_answer_takes_as_long_as_its_characters(slow_line):
    begin = time.monotonic()
    Raw(slow_line.links[0]).ask(request(1, 0, 10), 25)
    assert time.monotonic() - begin >= (8 + 25) * rtu.character_us(1200) / 1e6 + 0.005


def test_what_is_no_request_is_told_apart(slow_line):
    raw = Raw(slow_line.links[0])
    os.write(raw.fd, b"\x01\x03\x00\x00\x00\x01\x00\x00")
    time.sleep(LONG_S)
    raw.ask(request(1, 0, 1), 7)
    line = slow_line.recorded()["lines"][0]
    assert (line["requests"], line["broken"]) == (1, 1)


def test_silent_units_do_not_answer():
    with rtu.Wire("--baud", 115200, "--silent", "2,3") as wire:
        raw = Raw(wire.links[0])
        os.write(raw.fd, request(2, 0, 1))
        time.sleep(LONG_S)
        assert raw.ask(request(1, 5, 1), 7)[:5] == bytes([1, 3, 2, value(1, 5) >> 8, value(1, 5) & 0xFF])
        assert wire.recorded()["lines"][0]["by_unit"] == {"1": 1, "2": 1}
