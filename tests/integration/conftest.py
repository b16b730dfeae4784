# SPDX-License-Identifier: Apache-2.0
import pytest

import gateway as gw


@pytest.fixture
def certificates(tmp_path):
    return gw.Certificates(tmp_path)


@pytest.fixture
def broker(tmp_path, certificates):
    running = gw.Broker(tmp_path, certificates.signed("broker"))
    yield running
    running.stop()


@pytest.fixture
def subscriber(broker, certificates):
    running = gw.Subscriber(broker.port, certificates.ca)
    yield running
    running.stop()


@pytest.fixture
def gateway(tmp_path):
    made = gw.Gateway(tmp_path)
    yield made
    made.end_all()


@pytest.fixture
def mqtt_section(broker, certificates):
    """Lines of a configuration that publish to `broker`."""
    return f"mqtt: {{url: 'mqtts://localhost:{broker.port}', ca_file: {certificates.ca}}}"
