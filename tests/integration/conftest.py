# SPDX-License-Identifier: Apache-2.0
import pytest

import gateway as gw


# For tests that are to hold with every broker.
BOTH_BROKERS = pytest.mark.parametrize("broker", ["mosquitto", "rabbitmq"], indirect=True)


@pytest.fixture
def certificates(tmp_path):
    return gw.Certificates(tmp_path)


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory):
    """One for all tests of a file: its start takes long. A test that stops it starts it again."""
    folder = tmp_path_factory.mktemp("rabbitmq")
    running = gw.RabbitMq(folder, gw.Certificates(folder).signed("broker"))
    yield running
    running.stop()


@pytest.fixture
def broker(request, tmp_path):
    """Mosquitto, where the test asks for nothing else."""
    if getattr(request, "param", "mosquitto") == "rabbitmq":
        shared = request.getfixturevalue("rabbitmq")
        yield shared
        if not gw.listening(shared.port):  # a test failed while it was away
            shared.start()
        return
    running = gw.Broker(tmp_path, request.getfixturevalue("certificates").signed("broker"))
    yield running
    running.stop()


@pytest.fixture
def subscribe(broker, tmp_path):
    """Subscribes to `broker` under a name of this test: RabbitMQ lives longer, and keeps the sessions of others."""
    running = []

    def start(topic="submeter/v1/#"):
        running.append(gw.Subscriber(broker.port, broker.ca, topic, name=f"{tmp_path.name}-{len(running)}"))
        return running[-1]

    yield start
    for subscriber in running:
        subscriber.stop()


@pytest.fixture
def subscriber(subscribe):
    return subscribe()


@pytest.fixture
def gateway(tmp_path):
    made = gw.Gateway(tmp_path)
    yield made
    made.end_all()


@pytest.fixture
def mqtt_section(broker):
    """Lines of a configuration that publish to `broker`."""
    return f"mqtt: {{url: 'mqtts://localhost:{broker.port}', ca_file: {broker.ca}}}"
