# SPDX-License-Identifier: Apache-2.0
"""What a program with pymodbus does; bench/asked.h says how it is called, and bench/registers.h what is right."""
import json
import logging
import resource
import struct
import sys
import time

from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusException


def main():
    logging.disable()
    device = sys.argv[1]
    baud, bits, registers, reads, units, timeout_ms = map(int, sys.argv[2:])
    # 8N2 for 8E1: as long, and a pseudo-terminal refuses a parity that pyserial sets twice.
    client = ModbusSerialClient(device, baudrate=baud, parity="N", stopbits=bits - 9, retries=0)
    client.params.timeout = timeout_ms / 1000  # its constructor takes whole seconds only
    client.connect()
    tally = {"asked": 0, "good": 0, "wrong": 0, "failed": 0}
    begin, begun = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    while tally["asked"] < reads:
        unit, address = tally["asked"] % units + 1, tally["asked"] * registers % (65536 - registers)
        tally["asked"] += 1
        tally[read(client, unit, address, registers)] += 1
    end = resource.getrusage(resource.RUSAGE_SELF)
    cpu = end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime
    print(json.dumps({**tally, "seconds": time.monotonic() - begun, "cpu_us": cpu * 1e6,
                      "waits": end.ru_nvcsw - begin.ru_nvcsw}))


def read(client, unit, address, count):
    try:
        answer = client.read_holding_registers(address, count, slave=unit)
    except (ModbusException, struct.error):  # it also trips over damaged frames
        return "failed"
    if answer.isError():
        client.connect()  # a failed read closes it
        return "failed"
    right = [((address + i) * 40503 + unit * 257) & 0xFFFF for i in range(count)]
    return "good" if answer.registers == right else "wrong"


if __name__ == "__main__":
    main()
