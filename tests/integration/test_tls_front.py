# SPDX-License-Identifier: Apache-2.0
"""A TLS front that is not OpenSSL's command line or Mosquitto sees what is negotiated, and hands through to a broker."""
import select
import socket
import ssl
import threading

import pytest

import gateway as gw

METER = "{bus: floor-2, unit: 1, map: abb-b23, interval: 500ms, points: [power_kw]}"


class Front:
    """Ends TLS on a port of its own and copies to and from a plain broker. Without its protocol nobody gets through."""

    def __init__(self, certificate, behind, newest, protocol=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.maximum_version = newest
        if protocol:
            self.context.set_alpn_protocols([protocol])
        self.protocol, self.behind, self.seen = protocol, behind, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            near = self.context.wrap_socket(connection, server_side=True)
        except OSError:
            return
        self.seen.append((near.version(), near.selected_alpn_protocol()))
        if near.selected_alpn_protocol() != self.protocol:
            return near.close()
        with near, socket.create_connection(("127.0.0.1", self.behind)) as far:
            self._hand_through(near, far)

    @staticmethod
    def _hand_through(near, far):
        try:
            while True:
                ready = [near] if near.pending() else select.select([near, far], [], [])[0]
                for source, sink in ((near, far), (far, near)):
                    if source in ready:
                        data = source.recv(65536)
                        if not data:
                            return
                        sink.sendall(data)
        except OSError:
            pass

    def stop(self):
        self.listener.close()


@pytest.mark.parametrize("newest, expected, protocol, option", [
    (ssl.TLSVersion.TLSv1_3, "TLSv1.3", None, ""),
    (ssl.TLSVersion.TLSv1_2, "TLSv1.2", None, ""),
    (ssl.TLSVersion.TLSv1_3, "TLSv1.3", "x-amzn-mqtt-ca", ", alpn: x-amzn-mqtt-ca"),
    (ssl.TLSVersion.TLSv1_3, "TLSv1.3", "x-amzn-mqtt-ca", ", alpn: [mqtt, x-amzn-mqtt-ca]"),
])
def test_the_newest_tls_and_the_named_protocol_are_agreed_upon(newest, expected, protocol, option, gateway, certificates,
                                                                tmp_path):
    broker = gw.Broker(tmp_path)
    front = Front(certificates.signed("front"), broker.port, newest, protocol)
    subscriber = gw.Subscriber(broker.port)
    gateway.write(gw.site(f"mqtt: {{url: 'mqtts://localhost:{front.port}', ca_file: {certificates.ca}{option}}}", row=METER))
    gateway.simulate()
    gateway.collect()
    subscriber.await_records(lambda seen: len(seen) >= 3, "records through the front")
    assert set(front.seen) == {(expected, protocol)}
    subscriber.stop()
    front.stop()
    broker.stop()


def test_without_the_protocol_a_front_that_wants_one_is_not_passed(gateway, certificates, tmp_path):
    broker = gw.Broker(tmp_path)
    front = Front(certificates.signed("front"), broker.port, ssl.TLSVersion.TLSv1_3, "x-amzn-mqtt-ca")
    gateway.write(gw.site(f"mqtt: {{url: 'mqtts://localhost:{front.port}', ca_file: {certificates.ca}}}", row=METER))
    gateway.simulate()
    gateway.collect()
    gw.await_true(lambda: gateway.status()["broker"].get("error"), "a refusal")
    assert ("TLSv1.3", None) in front.seen and not gateway.status()["broker"]["connected"]
    front.stop()
    broker.stop()
