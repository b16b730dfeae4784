#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Validates records, one JSON object a line on standard input, against a JSON Schema.

usage: validate_records.py SCHEMA

Prints each line that does not validate with the reason; exit 0 when all do, 1 when one does not, 2 without a record.
"""
import json
import sys

import jsonschema


def unique_fields(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a field stands twice")
    return dict(pairs)


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def parse(line):
    return json.loads(line.decode("utf-8"), object_pairs_hook=unique_fields, parse_constant=refuse_constant)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    records = bad = 0
    for number, line in enumerate(sys.stdin.buffer, start=1):
        records += 1
        try:
            validator.validate(parse(line))
        except (ValueError, jsonschema.ValidationError) as error:
            bad += 1
            reason = getattr(error, "message", str(error))
            print(f"line {number}: {reason}: {line.decode('utf-8', 'replace').strip()}")
    return 2 if records == 0 else 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
