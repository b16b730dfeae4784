# SPDX-License-Identifier: Apache-2.0
"""Meters that we did not write: python3-pymodbus as the meter, on a pseudo-terminal and on TCP."""
import foreign_meter
import gateway as gw


def test_over_tcp_is_read_correctly(gateway, tmp_path):
    text = gw.site(main=foreign_meter.METER % "floor-2")
    gateway.write(text)
    port = int(text.split("port: ")[1].split("}")[0])
    server = foreign_meter.start("tcp", f"127.0.0.1:{port}", tmp_path)
    gw.await_true(lambda: gw.listening(port), "the pymodbus server")
    foreign_meter.check_values(gateway)
    server.end()


def test_on_a_serial_line_is_read_correctly(gateway, tmp_path):
    pair = gw.Process(["socat", "-d", "-d", f"pty,raw,echo=0,link={tmp_path}/far",
                       f"pty,raw,echo=0,link={tmp_path}/rs485-1"], tmp_path)
    pair.await_line("starting data transfer loop")
    server = foreign_meter.start("rtu", tmp_path / "far", tmp_path)
    gateway.write(gw.site(main=foreign_meter.METER % "rs485-1").replace("parity: even", "parity: none"))
    foreign_meter.check_values(gateway)
    server.end()
    pair.end()
