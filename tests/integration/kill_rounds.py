#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon at random moments under load, with a real broker (Mosquitto, TLS) and a subscriber of another
make that keeps its session: no sequence number is missing, and each stands for one content.

    tests/integration/kill_rounds.py ROUNDS [SEED]

Sixteen Modbus TCP meters at 100 ms, commits each 10 ms. A round kills the daemon while it starts, while it delivers, or
while it drains after SIGTERM; in some the broker is restarted or away. Prints a table; exit 1 when something is wrong.
"""
import collections
import json
import pathlib
import random
import signal
import sys
import tempfile
import time

import gateway as gw

# How often each kind of round comes in twenty.
KINDS = (["under load"] * 10 + ["while starting"] * 4 + ["while draining"] * 3 + ["broker restarted"] * 2 +
         ["broker away"])


class Rounds:
    def __init__(self, folder, seed):
        self.chance = random.Random(seed)
        self.kinds = collections.Counter()
        certificates = gw.Certificates(folder)
        self.broker = gw.Broker(folder, certificates.signed("broker"))
        self.subscriber = gw.Subscriber(self.broker.port, certificates.ca)
        self.gateway = gw.Gateway(folder)
        self.gateway.write(gw.fast_site(
            f"mqtt: {{url: 'mqtts://localhost:{self.broker.port}', ca_file: {certificates.ca}, replay_rate: 0}}",
            commit_interval="10ms"))
        self.gateway.simulate()
        self.broker_is_there = True

    def start_daemon(self):
        return gw.Process([gw.DAEMON, "--config", self.gateway.config, "--maps", gw.MAPS, "--runtime-dir",
                           self.gateway.folder], self.gateway.folder)

    def pause(self, most):
        time.sleep(self.chance.uniform(0, most))  # the moment of a kill is chance

    def run_one(self):
        kind = self.chance.choice(KINDS)
        self.kinds[kind] += 1
        if not self.broker_is_there and kind != "while starting":
            self.broker.start()
            self.broker_is_there = True
        before = len(self.subscriber.messages)
        daemon = self.start_daemon()
        if kind == "while starting":
            self.pause(1.0)
        else:
            self.subscriber.await_messages(
                lambda: any(gw.is_record(topic) for topic, _ in self.subscriber.messages[before:]), "a record", 120)
            self.pause(1.0)
        self.disturb(kind, daemon)
        daemon.end(signal.SIGKILL)
        return daemon

    def disturb(self, kind, daemon):
        if kind == "while draining":
            daemon.send_signal(signal.SIGTERM)
            self.pause(0.05)
        elif kind == "broker restarted":
            self.broker.stop()
            self.broker.start()
            self.pause(0.5)
        elif kind == "broker away":
            self.broker.stop()
            self.broker_is_there = False
            self.pause(1.0)

    def finish(self):
        """Lets the last daemon deliver everything that is committed."""
        if not self.broker_is_there:
            self.broker.start()
        daemon = self.gateway.collect()
        last = self.gateway.status()["store"]["next_seq"] + 20
        self.subscriber.await_messages(
            lambda: max((json.loads(payload)["seq"] for topic, payload in self.subscriber.messages[-100:]
                         if gw.is_record(topic)), default=0) >= last, f"record {last}", 300)
        assert daemon.end() == 0, daemon.output()
        # What was sent last may still be on its way from the broker; what does not come is a finding, not an error.
        deadline = time.monotonic() + gw.LIMIT
        while self.seen().holes and time.monotonic() < deadline:
            time.sleep(0.2)

    def seen(self):
        return Seen(self.subscriber.messages)

    def end(self):
        self.gateway.end_all()
        self.subscriber.stop()
        self.broker.stop()


class Seen:
    """What the subscriber got of the record plane, and what is wrong with it."""

    def __init__(self, messages):
        contents, keys, self.streams = collections.defaultdict(set), collections.defaultdict(set), set()
        self.messages = 0
        for topic, payload in list(messages):
            if not gw.is_record(topic):
                continue
            self.messages += 1
            record = json.loads(payload)
            contents[record["seq"]].add((topic, payload))
            self.streams.add(record["stream"])
            if record["kind"] == "sample":
                keys[record["circuit"], record["ts"]].add(payload)
        self.records = len(contents)
        self.duplicates = self.messages - self.records
        self.last = max(contents, default=0)
        self.holes = sorted(set(range(1, self.last + 1)) - set(contents))
        self.changed = sorted(seq for seq, versions in contents.items() if len(versions) > 1)
        self.doubled_keys = sorted(key for key, versions in keys.items() if len(versions) > 1)

    def wrong(self):
        found = []
        if self.holes:
            found.append(f"missing: {self.holes[:20]}")
        if self.changed:
            found.append(f"with more than one content: {self.changed[:20]}")
        if self.doubled_keys:
            found.append(f"keys with more than one record: {self.doubled_keys[:20]}")
        if len(self.streams) != 1:
            found.append(f"streams: {sorted(self.streams)}")
        return found


def run(folder, rounds, seed, tell=lambda text: None):
    """The rounds, and what was seen of them."""
    kills = Rounds(pathlib.Path(folder), seed)
    try:
        for number in range(1, rounds + 1):
            kills.run_one()
            if number % 50 == 0:
                tell(f"{number} rounds, {len(kills.subscriber.messages)} messages")
        kills.finish()
        return kills.kinds, kills.seen()
    finally:
        kills.end()


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    rounds, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        kinds, seen = run(folder, rounds, seed, lambda text: print(text, flush=True))
    for name, value in [("rounds", rounds), *sorted(kinds.items()), ("messages", seen.messages),
                        ("records", seen.records), ("duplicates", seen.duplicates), ("last seq", seen.last),
                        ("streams", len(seen.streams)), ("holes", len(seen.holes)),
                        ("contents changed", len(seen.changed)), ("keys doubled", len(seen.doubled_keys))]:
        print(f"{name:>18}  {value}")
    print("\n".join(seen.wrong()))
    return 1 if seen.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
