# SPDX-License-Identifier: Apache-2.0
"""Meters that we did not write: python3-pymodbus as the meter, on a pseudo-terminal and on TCP."""
import struct

import gateway as gw

SERVER = r"""
import asyncio, sys
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer

registers = {int(a): int(v) for a, v in (pair.split("=") for pair in sys.argv[3].split(","))}
block = ModbusSequentialDataBlock(0, [registers.get(a, 0) for a in range(0x200)])
context = ModbusServerContext(slaves={1: ModbusSlaveContext(ir=block, hr=block, zero_mode=True)}, single=False)

async def main():
    if sys.argv[1] == "tcp":
        await StartAsyncTcpServer(context=context, address=("127.0.0.1", int(sys.argv[2])))
    else:
        await StartAsyncSerialServer(context=context, framer=ModbusRtuFramer, port=sys.argv[2], baudrate=19200,
                                     parity="N", timeout=1)

asyncio.run(main())
"""

# Eastron SDM630, float32 ABCD input registers: total power 0x0034 (W), import 0x0048 (kWh), power factor 0x003E.
VALUES = {0x34: 12481.0, 0x48: 4821.5, 0x3E: 0.97}


def server_registers():
    words = {}
    for address, value in VALUES.items():
        high, low = struct.unpack(">HH", struct.pack(">f", value))
        words[address], words[address + 1] = high, low
    return ",".join(f"{address}={word}" for address, word in words.items())


def start_server(kind, where, folder):
    script = folder / "meter.py"
    script.write_text(SERVER)
    return gw.Process(["/usr/bin/python3", script, kind, where, server_registers()], folder)


METER = "{bus: %s, unit: 1, map: eastron-sdm630, interval: 500ms, points: [power_kw, energy_import_kwh, pf]}"


def check_values(gateway):
    daemon = gateway.collect()
    log = gateway.folder / "data.log"
    gw.await_true(lambda: log.exists() and '"q":"good"' in log.read_text(), "a good record")
    good = next(line for line in log.read_text().splitlines() if '"q":"good"' in line)
    assert '"power_kw":12.481,"energy_import_kwh":4821.5,"pf":0.97' in good
    read = gateway.tool("read", "main")
    assert read.returncode == 0 and "12.481" in read.stdout, read.stdout + read.stderr
    assert "input 30053 (1-based 53, PDU 52 = 0x0034)" in read.stdout and "0x4643 0x0400" in read.stdout
    assert daemon.end() == 0


def test_over_tcp_is_read_correctly(gateway, tmp_path):
    text = gw.site(main=METER % "floor-2")
    gateway.write(text)
    port = int(text.split("port: ")[1].split("}")[0])
    server = start_server("tcp", port, tmp_path)
    gw.await_true(lambda: gw.listening(port), "the pymodbus server")
    check_values(gateway)
    server.end()


def test_on_a_serial_line_is_read_correctly(gateway, tmp_path):
    pair = gw.Process(["socat", "-d", "-d", f"pty,raw,echo=0,link={tmp_path}/far",
                       f"pty,raw,echo=0,link={tmp_path}/rs485-1"], tmp_path)
    pair.await_line("starting data transfer loop")
    server = start_server("rtu", tmp_path / "far", tmp_path)
    gateway.write(gw.site(main=METER % "rs485-1").replace("parity: even", "parity: none"))
    check_values(gateway)
    server.end()
    pair.end()
