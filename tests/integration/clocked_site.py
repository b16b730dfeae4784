# SPDX-License-Identifier: Apache-2.0
"""Two meters, a broker and a daemon with clocks of its own (wall_clock.py); all others have the machine's.

A test file imports the fixtures with what it needs of them.
"""
import collections
import json
import time

import pytest

import gateway as gw
import wall_clock

METERS = dict(
    main="{bus: rs485-1, unit: 1, map: eastron-sdm630, interval: 1s, points: [power_kw, energy_import_kwh]}",
    row_1="{bus: floor-2, unit: 1, map: schneider-iem3155, interval: 500ms, points: [power_kw, energy_import_kwh]}",
)
CIRCUITS = ("main", "row-1")
SECOND, HOUR, YEAR = 1000, 3_600_000, 365 * 24 * 3_600_000


class OldCertificates(gw.Certificates):
    """Made ten years ago for twenty, so valid when the daemon was built."""

    def __init__(self, folder):
        clock = wall_clock.WallClock(folder)
        clock.set_offset(-10 * YEAR)
        self._environment = clock.environment()
        super().__init__(folder)

    def _openssl(self, *words):
        words = ["7300" if before == "-days" else word for before, word in zip(("", *words), words)]
        with pytest.MonkeyPatch.context() as patch:
            for name in ("LD_PRELOAD", "CLOCK_SHIM_FILE"):
                patch.setenv(name, self._environment[name])
            super()._openssl(*words)


class Site:
    """Two meters and a daemon with clocks of its own, whose broker has a listener."""

    def __init__(self, gateway, subscriber, clock):
        self.gateway = gateway
        self.subscriber = subscriber
        self.clock = clock
        self.daemon = None

    def start(self, boot="boot-1"):
        self.daemon = self.gateway.collect("--boot-id", boot, env=self.clock.environment())

    def await_readings(self, count):
        """That each bus is asked so many times more, whatever comes of it."""
        requests = lambda: {bus["id"]: bus["requests"] for bus in self.gateway.status()["buses"]}
        before = requests()
        gw.await_true(lambda: all(now >= before[bus] + count for bus, now in requests().items()), "readings")

    def newest_reading(self, meter):
        """Between which two times of the machine it was, by the monotonic clock."""
        begin = now_ms()
        report = self.gateway.status()
        end = now_ms()
        age = next(entry["last_good_age_ms"] for entry in report["meters"] if entry["id"] == meter)
        return begin - age, end - age

    def kinds_of_topics(self):
        return {topic.rsplit("/", 1)[-1] for topic, _ in list(self.subscriber.messages)}

    def plane(self):
        """Samples and events, in the order in which they came first."""
        arrived = {}
        for topic, payload in list(self.subscriber.messages):
            if topic.endswith(("/sample", "/event")):
                record = json.loads(payload)
                arrived.setdefault((record["stream"], record["seq"]), record)
        return list(arrived.values())

    def await_plane(self, condition, what):
        self.subscriber.await_records(lambda _: condition(self.plane()), what)
        return self.plane()


@pytest.fixture
def clock(tmp_path):
    folder = tmp_path / "clock"
    folder.mkdir()
    return wall_clock.WallClock(folder)


@pytest.fixture
def certificates(tmp_path):
    return OldCertificates(tmp_path)


@pytest.fixture
def make_site(gateway, subscriber, clock, mqtt_section):
    def make(before_sync):
        text = gw.site(mqtt_section, **METERS)
        gateway.write(text.replace("before_sync: mark", f"source: kernel, before_sync: {before_sync}"))
        gateway.simulate()
        return Site(gateway, subscriber, clock)
    return make


def now_ms():
    return time.time_ns() // 1_000_000


def samples(records, circuit=None):
    return [record for record in records if record["kind"] == "sample" and circuit in (None, record["circuit"])]


def flags(record):
    return record.get("qf", "").split()


def held(records):
    return [record for record in samples(records) if "held" in flags(record)]


def has_fresh(records, count=3):
    """Each circuit has so many samples that were not held."""
    fresh = collections.Counter(record["circuit"] for record in samples(records) if "held" not in flags(record))
    return all(fresh[circuit] >= count for circuit in CIRCUITS)


def expect_a_sound_plane(records):
    """In order, without a hole, and no time of a circuit given twice."""
    numbers = [record["seq"] for record in records]
    assert numbers == sorted(numbers) and gw.has_no_hole(numbers)
    assert len({record["stream"] for record in records}) == 1
    times = collections.Counter((record["circuit"], record["ts"]) for record in samples(records))
    assert [key for key, count in times.items() if count > 1] == []


def expect_in_order_of_time(records):
    for circuit in CIRCUITS:
        times = [record["ts"] for record in samples(records, circuit)]
        assert times == sorted(times)


def expect_stamped(records, circuit, reading, tolerance=200):
    """One of the circuit's records has the time of that reading."""
    begin, end = reading
    times = [record["ts"] for record in samples(records, circuit)]
    assert any(begin - tolerance <= ts <= end + tolerance for ts in times), (reading, times)
