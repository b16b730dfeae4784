# SPDX-License-Identifier: Apache-2.0
"""A broker that cannot be trusted gets nothing; why is said, and the records are kept."""
import pytest

import gateway as gw

METER = "{bus: floor-2, unit: 1, map: abb-b23, interval: 500ms, points: [power_kw]}"


def bad_broker(kind, folder, certificates):
    """The broker's certificate, the CA that the gateway is told to trust."""
    if kind == "wrong CA":
        return certificates.signed("broker"), certificates.self_signed("another-ca")
    if kind == "expired":
        return certificates.signed("broker", days=-1), certificates.ca
    return certificates.signed("broker", host="other.example"), certificates.ca


@pytest.mark.parametrize("kind, said", [
    ("wrong CA", ["TLS", "CA"]),
    ("expired", ["TLS", "expired"]),
    ("wrong host name", ["TLS", "other.example", "localhost"]),
])
def test_is_refused_with_the_reason_and_nothing_is_lost(kind, said, gateway, certificates, tmp_path):
    certificate, trusted = bad_broker(kind, tmp_path, certificates)
    broker = gw.Broker(tmp_path, certificate)
    gateway.write(gw.site(f"mqtt: {{url: 'mqtts://localhost:{broker.port}', ca_file: {trusted}}}", row=METER))
    gateway.simulate()
    daemon = gateway.collect()
    gw.await_true(lambda: gateway.status()["broker"].get("error"), "a refusal")
    broker_state = gateway.status()["broker"]
    for word in said:
        assert word in broker_state["error"], broker_state["error"]
        assert word in daemon.await_line("TLS")
    assert not broker_state["connected"] and broker_state["delivered"] == 0
    gw.await_true(lambda: gateway.status()["store"]["undelivered"] >= 5, "records kept on disk")
    assert daemon.end() == 0
    broker.stop()
