# SPDX-License-Identifier: Apache-2.0
"""A network that swallows packets on the way to the broker without a word: nobody ends the TCP connection.

In a network namespace of its own, where the broker's address can be made a black hole.
"""
import ctypes
import json
import os
import subprocess

import pytest

import bad_broker as bad
import gateway as gw

CLONE_NEWNET = 0x40000000
BROKER = "127.0.0.2"
METERS = dict(ahu="{bus: floor-2, unit: 2, map: abb-b23, interval: 500ms, points: [power_kw, energy_import_kwh]}")


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def own_network():
    """For this process from here on, and for all that it starts."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(CLONE_NEWNET) != 0:
        pytest.skip("a network namespace needs root")
    ip("link", "set", "lo", "up")


def numbers(broker):
    return gw.sequence_numbers([json.loads(payload) for topic, payload in list(broker.acknowledged)
                                if topic.endswith(("/sample", "/event"))])


def test_is_given_up_after_half_a_minute_and_nothing_is_lost(own_network, gateway):
    broker = bad.BadBroker(host=BROKER)
    gateway.write(gw.site(f"mqtt: {{url: 'mqtt://{BROKER}:{broker.port}'}}", **METERS))
    gateway.simulate()
    daemon = gateway.collect()
    gw.await_true(lambda: len(numbers(broker)) >= 5, "the first records")
    ip("route", "add", "blackhole", f"{BROKER}/32", "table", "local")
    line = daemon.await_line("nothing is sent, records are kept", limit=120)
    assert "no acknowledgement for 30 s" in line or "connection lost" in line
    waiting = gateway.status()["store"]["undelivered"]
    gw.await_true(lambda: gateway.status()["store"]["undelivered"] >= waiting + 5, "records that are read meanwhile")
    ip("route", "del", "blackhole", f"{BROKER}/32", "table", "local")
    last = gateway.status()["store"]["next_seq"] - 1
    gw.await_true(lambda: set(numbers(broker)) >= set(range(1, last + 1)), "every record", limit=240)
    assert daemon.end() == 0
    broker.close()
