# SPDX-License-Identifier: Apache-2.0
"""The broker is away while a few thousand records come."""
import json

import gateway as gw

BACKLOG = 3000


def committed(gateway):
    """The last record that is on disk: those after it were not read before the question."""
    store = gateway.status()["store"]
    return store["acknowledged_seq"] + store["undelivered"]


def first_arrivals(messages):
    """The sequence number and topic of each record where it came first."""
    seen = {}
    for topic, payload in messages:
        if gw.is_record(topic):
            seen.setdefault(json.loads(payload)["seq"], topic)
    return seen


def test_of_thousands_of_records_is_made_good_in_order_and_screens_are_not_shown_the_past(
        gateway, broker, subscriber, mqtt_section):
    gateway.write(gw.fast_site(mqtt_section))
    gateway.simulate()
    daemon = gateway.collect()
    subscriber.await_messages(lambda: any(topic.endswith("/last") for topic, _ in subscriber.messages), "a live record")
    broker.stop()
    gw.await_true(lambda: gateway.status()["store"]["undelivered"] >= BACKLOG, "a backlog", 240)
    before, old = len(subscriber.live), committed(gateway)
    broker.start()
    gw.await_true(lambda: gateway.status()["store"]["acknowledged_seq"] >= old, "the end of the backlog", 240)
    subscriber.await_messages(lambda: any(topic.endswith("/last") for topic, _ in subscriber.live[before:]),
                              "a live record after the outage")
    assert daemon.end() == 0
    subscriber.await_messages(lambda: set(range(1, old + 1)) <= set(first_arrivals(subscriber.messages)),
                              "every record of the outage")

    shown = [json.loads(payload)["seq"] for topic, payload in subscriber.live[before:] if topic.endswith("/last")]
    assert min(shown) > old, "the live plane was filled with the past"
    # Live records may come between them; the backlog itself keeps its order.
    backlog = [seq for seq in first_arrivals(subscriber.messages) if seq <= old]
    assert backlog == sorted(backlog) == list(range(1, old + 1))
