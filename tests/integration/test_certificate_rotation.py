# SPDX-License-Identifier: Apache-2.0
"""A new client certificate is taken up while records flow: no restart, no hole, and only if it is sound."""
import os
import shutil
import signal
import time

import pytest

import chrony
import gateway as gw

METER = "{bus: floor-2, unit: 1, map: abb-b23, interval: 500ms, points: [power_kw]}"
# The broker says in its log whom the certificate names.
MUTUAL = ["require_certificate true", "use_identity_as_username true", "log_type notice"]


class MutualSite:
    """A gateway that shows tls/gw.pem to a broker that demands a certificate of its CA."""

    def __init__(self, gateway, certificates, folder):
        self.certificates, self.gateway = certificates, gateway
        self.tls = folder / "tls"
        self.tls.mkdir()
        self.broker = gw.Broker(folder, certificates.signed("broker"), [f"cafile {certificates.ca}", *MUTUAL])
        self.subscriber = gw.Subscriber(self.broker.port, certificates.ca, own=certificates.signed("reader"))
        self.daemon = None

    def install(self, name, kinds=("pem", "key"), **options):
        issued = self.certificates.signed(name, **options)
        for kind in kinds:
            self.replace(issued.with_suffix(f".{kind}"), kind)
        return issued

    def replace(self, source, kind):
        """Complete at once, under the name that the configuration has."""
        shutil.copy(source, self.tls / "new")
        os.replace(self.tls / "new", self.tls / f"gw.{kind}")

    def start(self, clock="before_sync: mark"):
        text = gw.site(
            f"mqtt: {{url: 'mqtts://localhost:{self.broker.port}', ca_file: {self.certificates.ca}, "
            f"cert_file: {self.tls}/gw.pem, key_file: {self.tls}/gw.key}}", row=METER)
        self.gateway.write(text.replace("before_sync: mark", clock))
        self.gateway.simulate()
        self.daemon = self.gateway.collect()

    def reload(self):
        os.kill(self.daemon.pid, signal.SIGHUP)

    def await_more_records(self, how_many=4):
        seen = len(self.subscriber.records())
        return self.subscriber.await_records(lambda records: len(records) >= seen + how_many, "more records")

    def broker_status(self):
        return self.gateway.status()["broker"]

    def end(self):
        self.subscriber.stop()
        self.broker.stop()


@pytest.fixture
def site(gateway, certificates, tmp_path):
    made = MutualSite(gateway, certificates, tmp_path)
    yield made
    made.end()


def test_a_replaced_certificate_is_shown_from_a_reload_on_and_no_record_is_missing(site):
    site.install("gw-2026")
    site.start()
    site.broker.process.await_line("u'gw-2026'")
    site.await_more_records()
    site.install("gw-2027")
    site.reload()
    site.broker.process.await_line("u'gw-2027'")
    site.daemon.await_line('TLS files have changed (certificate of "gw-2027"')
    site.await_more_records()
    status = site.broker_status()
    assert status["connected"] and status["connects"] == 2 and 'gw-2027' in status["certificate"]
    assert abs(status["certificate_expires"] / 1000 - time.time() - 90 * 86400) < gw.LIMIT
    assert site.daemon.end() == 0
    numbers = gw.sequence_numbers(site.subscriber.records() + site.subscriber.records("event"))
    assert gw.has_no_hole(numbers), numbers
    words = [payload for topic, payload in site.subscriber.messages if topic.endswith("/status")]
    assert words[-4:] == [b"online", b"offline", b"online", b"offline"]


def test_a_certificate_whose_key_is_not_there_yet_waits_for_it(site):
    site.install("gw-2026")
    site.start()
    site.await_more_records()
    issued = site.install("gw-2027", kinds=["pem"])
    site.reload()
    site.daemon.await_line("the running connection is kept")
    site.await_more_records()
    status = site.broker_status()
    assert status["connects"] == 1 and "key values mismatch" in status["certificate_error"]
    shown = site.gateway.tool("status")
    assert shown.returncode == 1 and "NOT USED" in shown.stdout
    site.replace(issued.with_suffix(".key"), "key")
    site.reload()
    site.broker.process.await_line("u'gw-2027'")
    site.await_more_records()
    assert "certificate_error" not in site.broker_status()
    assert gw.has_no_hole(gw.sequence_numbers(site.subscriber.records() + site.subscriber.records("event")))


@pytest.fixture
def chronyd(tmp_path):
    """Follows a server, so that what the clock says can be held against a certificate."""
    server = chrony.TimeServer()
    running = chrony.Chronyd(tmp_path, server.line())
    yield running
    running.stop()
    server.stop()


def test_a_certificate_that_ends_soon_is_warned_about_once_the_clock_is_trusted(site, chronyd):
    site.install("gw-2026", days=12)
    site.start(f"source: chrony, chrony_port: {chronyd.port}, max_error: 1s")
    gw.await_true(lambda: site.gateway.status()["clock"]["state"] == "synced", "a trusted clock")
    site.reload()
    warning = site.daemon.await_line("expires on")
    assert '"gw-2026"' in warning and "in 11 days" in warning
    shown = site.gateway.tool("status")
    assert shown.returncode == 1 and "EXPIRES in 11 days" in shown.stdout
    site.install("gw-2027")
    site.reload()
    site.daemon.await_line("TLS files have changed")
    assert "EXPIRES" not in site.gateway.tool("status").stdout
