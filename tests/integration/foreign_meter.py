# SPDX-License-Identifier: Apache-2.0
"""An Eastron SDM630 that we did not write: python3-pymodbus, on every kind of bus."""
import struct

import gateway as gw

SERVER = r"""
import asyncio, ssl, sys
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer, StartAsyncTlsServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

kind, where, words, *files = sys.argv[1:]
registers = {int(a): int(v) for a, v in (pair.split("=") for pair in words.split(","))}
block = ModbusSequentialDataBlock(0, [registers.get(a, 0) for a in range(0x200)])
context = ModbusServerContext(slaves={1: ModbusSlaveContext(ir=block, hr=block, zero_mode=True)}, single=False)

def address():
    host, port = where.rsplit(":", 1)
    return host, int(port)

def mutual_tls(certificate, key, trusted):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    made.load_verify_locations(trusted)
    made.verify_mode = ssl.CERT_REQUIRED
    return made

async def main():
    if kind == "tcp":
        await StartAsyncTcpServer(context=context, address=address())
    elif kind == "rtu_over_tcp":
        await StartAsyncTcpServer(context=context, address=address(), framer=ModbusRtuFramer)
    elif kind == "tcp_tls":
        await StartAsyncTlsServer(context=context, address=address(), framer=ModbusSocketFramer,
                                  sslctx=mutual_tls(*files))
    else:
        await StartAsyncSerialServer(context=context, framer=ModbusRtuFramer, port=where, baudrate=19200,
                                     parity="N", timeout=1)

asyncio.run(main())
"""

# float32 ABCD input registers: total power 0x0034 (W), import 0x0048 (kWh), power factor 0x003E.
VALUES = {0x34: 12481.0, 0x48: 4821.5, 0x3E: 0.97}


def registers():
    words = {}
    for address, value in VALUES.items():
        high, low = struct.unpack(">HH", struct.pack(">f", value))
        words[address], words[address + 1] = high, low
    return ",".join(f"{address}={word}" for address, word in words.items())


def start(kind, where, folder, *files):
    """`where` is a device or HOST:PORT; `files` for tcp_tls: certificate, key, CA of the clients."""
    script = folder / "meter.py"
    script.write_text(SERVER)
    return gw.Process(["/usr/bin/python3", script, kind, where, registers(), *files], folder)


METER = "{bus: %s, unit: 1, map: eastron-sdm630, interval: 500ms, points: [power_kw, energy_import_kwh, pf]}"


def await_good_record(gateway):
    log = gateway.folder / "data.log"
    gw.await_true(lambda: log.exists() and '"q":"good"' in log.read_text(), "a good record")
    return next(line for line in log.read_text().splitlines() if '"q":"good"' in line)


def check_values(gateway):
    """The daemon and the tool read what the meter shows."""
    daemon = gateway.collect()
    assert '"power_kw":12.481,"energy_import_kwh":4821.5,"pf":0.97' in await_good_record(gateway)
    read = gateway.tool("read", "main")
    assert read.returncode == 0 and "12.481" in read.stdout, read.stdout + read.stderr
    assert "input 30053 (1-based 53, PDU 52 = 0x0034)" in read.stdout and "0x4643 0x0400" in read.stdout
    assert daemon.end() == 0
