# SPDX-License-Identifier: Apache-2.0
"""Serial device servers, Modbus/TCP Security, IPv6 and a serial port that goes and comes back, end to end."""
import os
import socket
import subprocess

import pytest

import foreign_meter
import gateway as gw


def bus_site(bus, **meters):
    """A configuration whose one bus is `line`."""
    lines = ["gateway: {site: hq, id: gw-test}", "clock: {before_sync: mark}", "buses:", f"  line: {bus}", "meters:"]
    lines += [f"  {name.replace('_', '-')}: {text}" for name, text in meters.items()]
    return "\n".join([*lines, "store: {dir: ./store, min_free: 16MiB}", "data_log: {path: ./data.log}", ""])


def bus_of(gateway):
    return next(bus for bus in gateway.status()["buses"] if bus["id"] == "line")


def await_down(gateway, *words):
    """Waits until the bus is down, for a reason with all these words."""
    gw.await_true(lambda: not bus_of(gateway)["up"] and all(word in bus_of(gateway).get("error", "") for word in words),
                  f"a refusal that says {words}")


def test_simulated_device_server_is_read_with_the_timing_of_its_line(gateway):
    port = gw.free_port()
    gateway.write(bus_site(f"{{type: rtu_over_tcp, host: 127.0.0.1, port: {port}, baud: 19200}}",
                           main=foreign_meter.METER % "line"))
    checked = gateway.tool("check", "--json")
    assert checked.returncode == 0 and '"cycle_ms"' in checked.stdout, checked.stdout
    gateway.simulate()
    by_hand = gateway.tool("read", "-m", "rtu_over_tcp", "-p", port, "-b", 19200, "-a", 1, "-t", "3:float", "-r", 53,
                           "127.0.0.1")
    assert by_hand.returncode == 0, by_hand.stdout + by_hand.stderr
    daemon = gateway.collect()
    assert '"power_kw":' in foreign_meter.await_good_record(gateway)
    # The line has one client, the daemon: the tool asks through it.
    read = gateway.tool("read", "main")
    assert read.returncode == 0 and "through the daemon" in read.stdout, read.stdout + read.stderr
    assert daemon.end() == 0


def test_foreign_device_server_is_read_correctly(gateway, tmp_path):
    port = gw.free_port()
    server = foreign_meter.start("rtu_over_tcp", f"127.0.0.1:{port}", tmp_path)
    gw.await_true(lambda: gw.listening(port), "the pymodbus server")
    gateway.write(bus_site(f"{{type: rtu_over_tcp, host: 127.0.0.1, port: {port}, baud: 19200}}",
                           main=foreign_meter.METER % "line"))
    foreign_meter.check_values(gateway)
    server.end()


def test_ipv6_gateway_is_read_correctly(gateway, tmp_path):
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 on this machine")
        port = probe.getsockname()[1]
    server = foreign_meter.start("tcp", f"::1:{port}", tmp_path)
    gateway.write(bus_site(f"{{type: tcp, host: '::1', port: {port}}}", main=foreign_meter.METER % "line"))
    foreign_meter.check_values(gateway)
    server.end()


class SecureMeter:
    """A pymodbus meter behind mutual TLS, and the bus that leads to it."""

    def __init__(self, folder, certificates, server_certificate=None, trusted=None):
        self.port = gw.free_port()
        certificate = server_certificate or certificates.signed("meter")
        client = certificates.signed("gateway")
        client.with_suffix(".key").chmod(0o600)
        self.process = foreign_meter.start("tcp_tls", f"127.0.0.1:{self.port}", folder, certificate,
                                           certificate.with_suffix(".key"), trusted or certificates.ca)
        gw.await_true(lambda: gw.listening(self.port), "the pymodbus server")
        self.client = client

    def bus(self, ca):
        return (f"{{type: tcp_tls, host: localhost, port: {self.port}, ca_file: {ca}, cert_file: {self.client}, "
                f"key_file: {self.client.with_suffix('.key')}}}")


def test_meter_behind_tls_is_read_correctly(gateway, certificates, tmp_path):
    meter = SecureMeter(tmp_path, certificates)
    gateway.write(bus_site(meter.bus(certificates.ca), main=foreign_meter.METER % "line"))
    foreign_meter.check_values(gateway)
    meter.process.end()


def test_server_of_an_unknown_ca_is_refused(gateway, certificates, tmp_path):
    meter = SecureMeter(tmp_path, certificates)
    another = certificates.self_signed("another-ca")
    gateway.write(bus_site(meter.bus(another), main=foreign_meter.METER % "line"))
    daemon = gateway.collect()
    assert "server's certificate" in daemon.await_line("TLS: unknown CA")
    await_down(gateway, "TLS", str(another))
    read = gateway.tool("read", "main")
    assert read.returncode != 0 and "TLS" in read.stdout + read.stderr
    assert daemon.end() == 0
    meter.process.end()


def test_server_that_goes_over_our_certificate_makes_us_say_so(gateway, certificates, tmp_path):
    # Python's asyncio sends no alert when it refuses a certificate.
    meter = SecureMeter(tmp_path, certificates, trusted=certificates.self_signed("another-ca"))
    gateway.write(bus_site(meter.bus(certificates.ca), main=foreign_meter.METER % "line"))
    daemon = gateway.collect()
    daemon.await_line("does it take our certificate")
    await_down(gateway, "does it take our certificate", str(meter.client))
    assert daemon.end() == 0
    meter.process.end()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_server_that_refuses_our_certificate_is_told_apart(version, gateway, certificates, tmp_path):
    meter = SecureMeter(tmp_path, certificates)
    port = gw.free_port()
    certificate = certificates.signed("meter")
    server = gw.Process(["openssl", "s_server", version, "-accept", port, "-cert", certificate, "-key",
                         certificate.with_suffix(".key"), "-CAfile", certificates.self_signed("another-ca"), "-Verify", 1,
                         "-verify_return_error", "-quiet"], tmp_path)
    gw.await_true(lambda: gw.listening(port), "openssl's server")
    gateway.write(bus_site(meter.bus(certificates.ca).replace(str(meter.port), str(port)),
                           main=foreign_meter.METER % "line"))
    daemon = gateway.collect()
    daemon.await_line("TLS: server refused our certificate")
    await_down(gateway, "refused our certificate", str(meter.client))
    assert daemon.end() == 0
    server.end()
    meter.process.end()


def test_port_without_tls_is_told_apart(gateway, certificates, tmp_path):
    meter = SecureMeter(tmp_path, certificates)
    port = gw.free_port()
    plain = foreign_meter.start("tcp", f"127.0.0.1:{port}", tmp_path)
    gw.await_true(lambda: gw.listening(port), "the pymodbus server")
    gateway.write(bus_site(meter.bus(certificates.ca).replace(str(meter.port), str(port)),
                           main=foreign_meter.METER % "line"))
    daemon = gateway.collect()
    daemon.await_line("is it a TLS port?")
    assert daemon.end() == 0
    plain.end()
    meter.process.end()


def test_serial_port_that_vanishes_under_load_is_taken_up_again(gateway):
    gateway.write(bus_site("{type: rtu, device: ./line, baud: 19200, response_timeout: 300ms}",
                           main=foreign_meter.METER % "line"))
    first = gateway.simulate()
    daemon = gateway.collect()
    foreign_meter.await_good_record(gateway)
    first.end()
    daemon.await_line("was the adapter unplugged?")
    gw.await_true(lambda: not os.path.lexists(gateway.folder / "line"), "the end of the line's link")
    gateway.simulate()
    log = gateway.folder / "data.log"
    before = log.read_text().count('"q":"good"')
    gw.await_true(lambda: log.read_text().count('"q":"good"') > before + 2, "good records after the re-plug")
    assert daemon.end() == 0


def test_gateway_that_takes_no_connection_is_given_up_and_named(gateway):
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):  # fill the queue, so that the next connect hangs
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        port = listener.getsockname()[1]
        gateway.write(bus_site(f"{{type: tcp, host: 127.0.0.1, port: {port}}}", main=foreign_meter.METER % "line"))
        daemon = gateway.collect()
        daemon.await_line(f"no answer from 127.0.0.1:{port}")
        assert daemon.end() == 0


def in_new_namespaces(kinds, script):
    """The words that run a shell script in network or mount namespaces of its own; skips where that is forbidden."""
    probe = subprocess.run(["unshare", *kinds, "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip("namespaces are forbidden here: " + probe.stderr.strip())
    return ["unshare", *kinds, "sh", "-ec", script]


def test_second_address_of_a_name_is_tried(gateway, tmp_path):
    port = gw.free_port()
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.9 two-homed\n127.0.0.1 two-homed\n")
    words = in_new_namespaces(["-m"], f"mount --bind {hosts} /etc/hosts; exec {gw.TOOL} read -m tcp -p {port} -a 1 "
                                      f"-t 3:float -r 53 --socket {gateway.socket} two-homed")
    server = foreign_meter.start("tcp", f"127.0.0.1:{port}", tmp_path)
    gw.await_true(lambda: gw.listening(port), "the pymodbus server")
    read = subprocess.run(words, capture_output=True, text=True, timeout=gw.LIMIT)
    assert read.returncode == 0 and "12481" in read.stdout, read.stdout + read.stderr
    server.end()


def test_half_open_connection_is_found_and_replaced(gateway, tmp_path):
    port = gw.free_port()
    words = in_new_namespaces(["-n"], "ip link set lo up; echo up; exec cat")
    # Three processes in one network namespace of their own; the first holds it.
    holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "up\n"
    inside = ["nsenter", "-t", str(holder.pid), "-n"]
    script = tmp_path / "meter.py"
    script.write_text(foreign_meter.SERVER)
    server = gw.Process([*inside, "/usr/bin/python3", script, "tcp", f"127.0.0.1:{port}", foreign_meter.registers()],
                        tmp_path)
    gateway.write(bus_site(f"{{type: tcp, host: 127.0.0.1, port: {port}}}", main=foreign_meter.METER % "line"))
    daemon = gw.Process([*inside, gw.DAEMON, "--config", gateway.config, "--maps", gw.MAPS, "--runtime-dir",
                         gateway.folder], tmp_path)
    foreign_meter.await_good_record(gateway)
    daemon.lines.clear()  # of the time before the meter was there
    subprocess.run([*inside, "ip", "link", "set", "lo", "down"], check=True)
    line = daemon.await_line("bus line is down")
    assert "no answer from" in line or "no way to" in line, line
    subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
    log = gateway.folder / "data.log"
    before = log.read_text().count('"q":"good"')
    gw.await_true(lambda: log.read_text().count('"q":"good"') > before + 2, "good records over a new connection")
    assert daemon.end() == 0
    server.end()
    holder.stdin.close()
    holder.wait(gw.LIMIT)
