# SPDX-License-Identifier: Apache-2.0
"""What a program with pymodbus does: pymodbus_tcp.py PORT ADDRESSES METERS SECONDS

Reads 40 registers of one meter after the other, all of them once a second. Prints one JSON object.
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
    reads, begin, begun = 0, time.process_time(), time.monotonic()
    for second in range(1, seconds + 1):
        for client in clients:
            reads += not client.read_holding_registers(0, 40, slave=1).isError()
        time.sleep(max(0.0, begun + second - time.monotonic()))
    print(json.dumps({"reads": reads, "cpu_us": (time.process_time() - begin) * 1e6}))


if __name__ == "__main__":
    main()
