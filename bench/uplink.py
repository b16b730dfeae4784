# SPDX-License-Identifier: Apache-2.0
"""What the commands about store and broker share: a queue filled beforehand, a broker, and how fast it drains."""
import pathlib
import sys
import time

import benchlib as lib

sys.path.insert(0, str(lib.SOURCE / "tests" / "integration"))
import gateway as gw  # noqa: E402

WITH_BATCHES = '"batch"' in (lib.SOURCE / "config" / "schema" / "config-1.json").read_text()
BATCH = "batch: {records: 50, delay: 250ms}"


def fill(store, records):
    """Puts undelivered readings of twelve values into the queue in `store`, so that it can pack them; what it took."""
    begin = int((time.time() - records * 0.05) * 1000)
    return lib.run([lib.PROGRAMS / "store_load", store, "--count", records, "--begin", begin, "--undelivered",
                    "--commit", 50, "--rate", 4000], 7200)


def mqtt(port, *settings, tls=None):
    """The uplink's line of YAML: with TLS where there is a CA file."""
    where = f"url: 'mqtts://localhost:{port}', ca_file: {tls}" if tls else f"url: 'mqtt://127.0.0.1:{port}'"
    return "mqtt: {" + ", ".join([where, "replay_rate: 0", *settings]) + "}\ndata_log: off"


def single_and_batched():
    """Both ways to publish that this build knows, by name, and what to say where it is one."""
    ways = {"single": []}
    if WITH_BATCHES:
        ways["batched by 50"] = [BATCH]
        return ways, []
    return ways, ["batched skipped: this build knows no mqtt.batch"]


class Drain:
    """A daemon that publishes what waits in `store`, watched from its first acknowledgement on."""

    def __init__(self, daemon, limit=120):
        self.daemon = daemon
        deadline = time.monotonic() + limit
        while not self.delivered():
            if daemon.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nothing was delivered: {daemon.log_text()[-2000:]}")
            time.sleep(0.02)

    def broker(self):
        try:
            return self.daemon.status()["broker"]
        except (OSError, KeyError):  # not yet
            return {}

    def delivered(self):
        return self.broker().get("delivered", 0)

    def watch(self, records, seconds):
        """Until `records` are delivered or `seconds` have passed: records, seconds, CPU µs, most resident KiB."""
        first, begin, used = self.delivered(), time.monotonic(), lib.cpu_us(self.daemon.pid)
        resident = delivered = 0
        while delivered < records and time.monotonic() - begin < seconds:
            time.sleep(0.1)
            delivered = self.delivered()
            resident = max(resident, lib.resident_kib(self.daemon.pid))
        return delivered - first, time.monotonic() - begin, lib.cpu_us(self.daemon.pid) - used, resident


def broker(folder, tls=True):
    """Mosquitto on loopback, its defaults; the CA file, too, where it has TLS."""
    if not tls:
        return gw.Broker(pathlib.Path(folder)), None
    certificates = gw.Certificates(pathlib.Path(folder))
    return gw.Broker(pathlib.Path(folder), certificates.signed("broker")), certificates.ca
