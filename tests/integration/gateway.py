# SPDX-License-Identifier: Apache-2.0
"""The built programs and the software around them, as a test starts, watches and ends them.

Everything is awaited by what it says or does, within LIMIT seconds, and ended by its process id.
"""
import contextlib
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import threading
import time

import paho.mqtt.client as mqtt

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SUBMETER_BUILD_DIR", SOURCE / "build" / "release"))
TOOL = BUILD / "src" / "tool" / "submeter"
DAEMON = BUILD / "src" / "daemon" / "submeter-collector"
MAPS = SOURCE / "config" / "meters"
LIMIT = 60  # seconds: far above what anything takes, so that a slow machine is not a failure


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_true(condition, what, limit=LIMIT):
    """Waits for a condition that nothing announces, a port or a file for example."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {limit} s"
        time.sleep(0.02)


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A child whose lines are kept, and can be waited for."""

    def __init__(self, command, cwd, env=None):
        self.lines = []
        self._changed = threading.Condition()
        self._child = subprocess.Popen([str(word) for word in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self._child.pid

    def _read(self):
        for line in self._child.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def output(self):
        return "\n".join(self.lines)

    def await_line(self, text, limit=LIMIT):
        """The first line that contains `text`."""
        deadline = time.monotonic() + limit
        with self._changed:
            while True:
                for line in self.lines:
                    if text in line:
                        return line
                left = deadline - time.monotonic()
                ended = self._child.poll() is not None and not self._reader.is_alive()
                assert left > 0 and not ended, f"no line with {text!r}; it said:\n{self.output()}"
                self._changed.wait(min(left, 0.5))

    def send_signal(self, number):
        if self._child.poll() is None:
            self._child.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """Signals it and returns its exit status."""
        self.send_signal(number)
        try:
            status = self._child.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(LIMIT)
            raise
        self._reader.join(LIMIT)
        return status


class Certificates:
    """A throw-away CA and what it signs."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = self.self_signed("ca")

    def _openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], cwd=self.folder, check=True, capture_output=True)

    def self_signed(self, name):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "100",
                      "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
        return self.folder / f"{name}.pem"

    def signed(self, name, host="localhost", days=90):
        """A certificate for `host`, of a server or a client; with days < 0 it has expired."""
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (self.folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        return self.folder / f"{name}.pem"


class Broker:
    """Mosquitto on a free loopback port: TLS if it has a certificate. Over a restart it keeps its port, and sessions
    and what it has acknowledged, as a broker must that the gateway may forget records after.

    `settings` are more lines of its configuration.
    """

    def __init__(self, folder, certificate=None, settings=()):
        self.folder = folder
        self.port = free_port()
        self.ca = certificate and certificate.with_name("ca.pem")
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "user root", "log_type error",
                 "log_type warning", "max_queued_messages 0", "persistence true", f"persistence_location {folder}/",
                 f"persistence_file mosquitto-{self.port}.db"]
        if certificate:
            lines += [f"certfile {certificate}", f"keyfile {certificate.with_suffix('.key')}"]
        lines += settings
        self.file = folder / f"mosquitto-{self.port}.conf"
        self.file.write_text("\n".join(lines) + "\n")
        self.process = None
        self.start()

    def start(self):
        self.process = Process(["mosquitto", "-c", self.file], self.folder)
        await_true(lambda: listening(self.port), "the broker's start")

    def stop(self):
        self.process.end()


class RabbitMq:
    """RabbitMQ with its MQTT plugin, as Broker, always with TLS: a node of its own with its own epmd."""

    SLOW_START = 300  # seconds: twenty on an idle machine

    def __init__(self, folder, certificate):
        self.folder = folder
        self.port = free_port()
        self.ca = certificate.with_name("ca.pem")
        (folder / "enabled_plugins").write_text("[rabbitmq_mqtt].\n")
        (folder / "rabbitmq.conf").write_text("\n".join([
            "listeners.tcp = none", "mqtt.listeners.tcp = none", f"mqtt.listeners.ssl.1 = 127.0.0.1:{self.port}",
            f"ssl_options.cacertfile = {self.ca}", f"ssl_options.certfile = {certificate}",
            f"ssl_options.keyfile = {certificate.with_suffix('.key')}", "ssl_options.verify = verify_none",
            "ssl_options.fail_if_no_peer_cert = false", "mqtt.allow_anonymous = true", "mqtt.prefetch = 100",
            "distribution.listener.interface = 127.0.0.1", "log.console = true", "log.console.level = info",
            "log.file = false", ""]))
        self._epmd_port = free_port()
        # RUNNING_UNDER_SYSTEMD: the script becomes the Erlang machine, which ends in order at SIGTERM.
        self._environment = dict(
            os.environ, HOME=str(folder), RUNNING_UNDER_SYSTEMD="true", ERL_EPMD_PORT=str(self._epmd_port),
            ERL_EPMD_ADDRESS="127.0.0.1", RABBITMQ_NODENAME=f"submeter-{self.port}@localhost",
            RABBITMQ_DIST_PORT=str(free_port()), RABBITMQ_CONFIG_FILE=str(folder / "rabbitmq.conf"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(folder / "enabled_plugins"), RABBITMQ_MNESIA_BASE=str(folder / "mnesia"),
            RABBITMQ_LOG_BASE=str(folder / "log"), RABBITMQ_LOGS="-", RABBITMQ_PID_FILE=str(folder / "pid"),
            RABBITMQ_CONF_ENV_FILE=str(folder / "rabbitmq-env.conf"))
        self.process = self._epmd = None
        self.start()

    def start(self):
        # Its own, because one that the node starts by itself outlives it.
        self._epmd = Process(["epmd", "-port", self._epmd_port, "-address", "127.0.0.1"], self.folder)
        try:
            await_true(lambda: listening(self._epmd_port), "epmd's start")
            self.process = Process(["/usr/lib/rabbitmq/bin/rabbitmq-server"], self.folder, self._environment)
            self.process.await_line("Server startup complete", self.SLOW_START)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        try:
            if self.process:
                self.process.end()
        finally:
            self._epmd.end()


class Subscriber:
    """A subscriber of another make (Eclipse Paho for Python) that keeps every message, in order.

    Its session stays with the broker under `name`. `live` are the messages that are not what the broker had retained.
    """

    def __init__(self, port, ca=None, topic="submeter/v1/#", own=None, name="subscriber"):
        self.messages = []
        self.live = []
        self._arrived = queue.Queue()
        self._subscribed = threading.Event()
        self._client = mqtt.Client(client_id=f"{name}-{port}", clean_session=False)
        if ca:
            self._client.tls_set(str(ca), *(map(str, (own, own.with_suffix(".key"))) if own else ()))
        topics = [(each, 1) for each in ([topic] if isinstance(topic, str) else topic)]
        self._client.on_connect = lambda client, *_: client.subscribe(topics)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("localhost", port)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._subscribed.wait(LIMIT), "the subscription was not acknowledged"

    def _run(self):
        # All that is sent is sent from here: two threads that write to one TLS connection break it.
        while not self._stopped.is_set():
            try:
                if self._client.loop(timeout=0.2) != mqtt.MQTT_ERR_SUCCESS:
                    self._reconnect()
            except OSError:
                self._reconnect()
        with contextlib.suppress(OSError):  # its broker may be gone
            self._client.disconnect()

    def _reconnect(self):
        while not self._stopped.wait(0.2):
            try:
                self._client.reconnect()
                return
            except OSError:
                pass

    def _on_message(self, _client, _data, message):
        self.messages.append((message.topic, message.payload))
        if not message.retain:
            self.live.append((message.topic, message.payload))
        self._arrived.put(None)

    def records(self, kind="sample"):
        """The record plane as parsed JSON, in order of arrival, retransmissions included."""
        return [json.loads(payload) for topic, payload in list(self.messages) if topic.endswith(f"/{kind}")]

    def await_records(self, condition, what, kind="sample", limit=LIMIT):
        self.await_messages(lambda: condition(self.records(kind)), what, limit)
        return self.records(kind)

    def await_messages(self, condition, what, limit=LIMIT):
        """Waits for a condition that can only change with a message."""
        deadline = time.monotonic() + limit
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"{what} did not arrive within {limit} s; {len(self.messages)} messages came"
            try:
                self._arrived.get(timeout=min(left, 1))
                while True:
                    self._arrived.get_nowait()
            except queue.Empty:
                pass

    def stop(self):
        self._stopped.set()
        self._thread.join(LIMIT)


class Gateway:
    """A folder with a configuration, in which simulator and daemon are started."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "config.yaml"
        self.socket = folder / "status.sock"
        self._running = []

    def write(self, text):
        self.config.write_text(text.replace("device: ./", f"device: {self.folder}/"))

    def simulate(self, *words):
        process = Process([TOOL, "simulate", "--config", self.config, "--maps", MAPS, *words], self.folder)
        self._running.append(process)
        process.await_line("ready")
        return process

    def collect(self, *words, env=None):
        process = Process([DAEMON, "--config", self.config, "--maps", MAPS, "--runtime-dir", self.folder, *words],
                          self.folder, env)
        self._running.append(process)
        await_true(lambda: self.tool("status", "--json").returncode != 3, "the daemon's start")
        return process

    def tool(self, *words):
        """Runs `submeter` to its end."""
        extra = {"status": ["--socket", self.socket], "queue": ["--socket", self.socket],
                 "export": ["--socket", self.socket], "tail": ["--socket", self.socket],
                 "read": ["--socket", self.socket, "--config", self.config, "--maps", MAPS],
                 "check": ["--config", self.config, "--maps", MAPS]}.get(words[0], [])
        return subprocess.run([str(word) for word in [TOOL, *words, *extra]], cwd=self.folder, capture_output=True,
                              text=True, timeout=LIMIT)

    def status(self):
        return json.loads(self.tool("status", "--json").stdout)

    def end_all(self):
        for process in reversed(self._running):
            process.end()


def site(mqtt="", **meters):
    """A configuration: one RTU bus, one TCP bus, the given meters as flow-style YAML."""
    lines = ["gateway: {site: hq, id: gw-test}", "clock: {before_sync: mark}", "buses:",
             "  rs485-1: {type: rtu, device: ./rs485-1, baud: 19200, parity: even, response_timeout: 300ms}",
             f"  floor-2: {{type: tcp, host: 127.0.0.1, port: {free_port()}}}", "meters:"]
    lines += [f"  {name.replace('_', '-')}: {text}" for name, text in meters.items()]
    lines += [mqtt, "store: {dir: ./store, min_free: 16MiB}", "data_log: {path: ./data.log}", ""]
    return "\n".join(lines)


def fast_site(mqtt, buses=4, meters=4, interval="100ms", commit_interval="250ms"):
    """A configuration of many records: Modbus TCP meters that are read as often as allowed."""
    lines = ["gateway: {site: hq, id: gw-test}", "clock: {before_sync: mark}", "buses:"]
    lines += [f"  floor-{b}: {{type: tcp, host: 127.0.0.1, port: {free_port()}}}" for b in range(buses)]
    lines += ["meters:"]
    lines += [f"  meter-{b}-{m}: {{bus: floor-{b}, unit: {m + 1}, map: abb-b23, interval: {interval},"
              " points: [power_kw, energy_import_kwh]}" for b in range(buses) for m in range(meters)]
    lines += [mqtt, f"store: {{dir: ./store, min_free: 16MiB, commit_interval: {commit_interval}}}"]
    lines += ["data_log: off", ""]
    return "\n".join(lines)


def is_record(topic):
    """Whether the topic is of the record plane: stored, delivered at least once."""
    return topic.rsplit("/", 1)[-1] in ("sample", "interval", "event")


def sequence_numbers(records):
    return sorted({record["seq"] for record in records})


def has_no_hole(numbers):
    return bool(numbers) and numbers == list(range(numbers[0], numbers[-1] + 1))
