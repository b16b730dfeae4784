#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes type_table.txt: registers of every type in every word order and what they mean, by Python's struct and by
arithmetic on digits, which know nothing of this project's code.

usage: type_table.py [--check]

Without an argument the table is printed; --check compares it with the committed one and says where they differ.
"""
import difflib
import math
import pathlib
import struct
import sys

TABLE = pathlib.Path(__file__).with_name("type_table.txt")

# A format of struct, most significant byte first, and numbers: ends, zero, signs, every byte different.
INTEGERS = {
    "int16": (">h", [-32768, -12345, -1, 0, 1, 258, 32767]),
    "uint16": (">H", [0, 1, 258, 54321, 65535]),
    "int32": (">i", [-2**31, -123456789, -1, 0, 1, 16909060, 2**31 - 1]),
    "uint32": (">I", [0, 1, 16909060, 3735928559, 2**32 - 1]),
    "int64": (">q", [-2**63 + 1, -1234567890123456789, -1, 0, 1, 2**53 + 1, 72623859790382856, 2**63 - 1]),
    "uint64": (">Q", [0, 1, 2**53 + 1, 72623859790382856, 1234567890123456789, 2**63 - 1, 2**63, 2**64 - 1]),
    "bits": (">H", [0, 1, 32768, 43981, 65535]),
}
FLOATS = {
    "float32": (">f", [0.0, -0.0, 1.0, -1.0, 0.1, 48211.36, -12481.0, 16777216.0, 1e-20, 3.4028234663852886e38]),
    "float64": (">d", [0.0, -0.0, 1.0, -1.0, 0.1, 48211.36, 9007199254740993.0, 1e-20, -2.5e30, 1e300]),
}
NOT_FINITE = [math.nan, -math.nan, math.inf, -math.inf]
# Digits a register holds, how many bits each takes, how many registers.
BCD = {"bcd16": 1, "bcd32": 2}
MOD10K = {"mod10k32": 2, "mod10k48": 3, "mod10k64": 4}


def words_of(data):
    return list(struct.unpack(f">{len(data) // 2}H", data))


def swapped(word):
    return struct.unpack("<H", struct.pack(">H", word))[0]


def orders(words):
    yield "ABCD", words
    yield "CDAB", words[::-1]
    yield "BADC", [swapped(word) for word in words]
    yield "DCBA", [swapped(word) for word in words[::-1]]


def plain(number):
    """As records write it: all digits, at least one behind the point. Exponents end at 60 and -60."""
    if abs(number) > 1e70:
        return "out_of_range"
    mantissa, _, exponent = repr(number).partition("e")
    sign, mantissa = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits, point = whole + fraction, len(whole) + int(exponent or 0)
    digits, point = (digits + "0" * (point - len(digits)), point) if point > len(digits) else (digits, point)
    digits, point = ("0" * (1 - point) + digits, 1) if point < 1 else (digits, point)
    text = (digits[:point].lstrip("0") or "0") + "." + (digits[point:] or "0")
    return text if text == "0.0" else sign + text


def shortest_float32(number):
    """The shortest decimal that reads back as the same four bytes."""
    data = struct.pack(">f", number)
    for digits in range(1, 10):
        text = f"{number:.{digits}g}"
        try:
            if struct.pack(">f", float(text)) == data:
                return float(text)
        except OverflowError:  # rounded up past the largest float
            continue
    raise AssertionError(number)


def integer_rows():
    for name, (form, numbers) in INTEGERS.items():
        for number in numbers:
            value = "out_of_range" if number >= 2**63 else f"{number}.0"
            yield name, words_of(struct.pack(form, number)), value


def float_rows():
    for name, (form, numbers) in FLOATS.items():
        for number in numbers:
            shortest = shortest_float32(struct.unpack(">f", struct.pack(">f", number))[0]) if form == ">f" else number
            yield name, words_of(struct.pack(form, number)), plain(shortest)
        for number in NOT_FINITE:
            yield name, words_of(struct.pack(form, number)), "none"
    yield "float32", [0x7F80, 0x0001], "none"  # a signalling NaN
    yield "float64", [0x7FF0, 0, 0, 1], "none"


def digit_rows():
    for name, count in BCD.items():
        for text in ("0", "1", "9", "1234"[:4 * count], "12345678"[:4 * count], "9" * 4 * count):
            yield name, words_of(bytes.fromhex(text.zfill(4 * count))), f"{int(text)}.0"
        yield name, [0xFFFF] * count, "none"
        yield name, [0x000A] + [0] * (count - 1), "none"
        yield name, [0] * (count - 1) + [0xA000], "none"
    for name, count in MOD10K.items():
        for number in (0, 1, 9999, 10000, 12345678, 10**(4 * count) - 1):
            yield name, [number // 10**(4 * i) % 10000 for i in reversed(range(count))], f"{number}.0"
        yield name, [10000] + [0] * (count - 1), "none"
        yield name, [0] * (count - 1) + [10000], "none"
        yield name, [0xFFFF] * count, "none"


def table():
    lines = ["# Made by type_table.py: type, word order, registers, value; none: the register has no value."]
    for rows in (integer_rows, float_rows, digit_rows):
        for name, words, value in rows():
            for order, ordered in orders(words):
                lines.append(" ".join([name, order, ",".join(f"{word:04X}" for word in ordered), value]))
    return [line + "\n" for line in lines]


def main():
    if sys.argv[1:] != ["--check"]:
        sys.stdout.writelines(table())
        return 0
    committed = TABLE.read_text(encoding="ascii").splitlines(keepends=True)
    difference = list(difflib.unified_diff(committed, table(), "committed", "made"))
    sys.stdout.writelines(difference)
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
