# SPDX-License-Identifier: Apache-2.0
"""What a program with pymodbus does: pymodbus_tcp.py PORT ADDRESSES METERS SECONDS

Reads 40 registers of one meter after the other, as fast as they answer. Prints one JSON object.
"""
import json
import sys
import time

from pymodbus.client import ModbusTcpClient


def main():
    port, addresses, meters, seconds = map(int, sys.argv[1:])
    clients = [ModbusTcpClient(f"127.0.0.{number % addresses + 1}", port=port) for number in range(meters)]
    for client in clients:
        client.connect()
    reads, begin, end = 0, time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        for client in clients:
            reads += not client.read_holding_registers(0, 40, slave=1).isError()
    print(json.dumps({"reads": reads, "cpu_us": (time.process_time() - begin) * 1e6}))


if __name__ == "__main__":
    main()
