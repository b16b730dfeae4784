# SPDX-License-Identifier: Apache-2.0
"""chronyd as a test starts, stops and ends it, a time server for it to follow, and somebody who answers in its place.

None of them touches the clock of the machine (`chronyd -x`) or a path of the system.
"""
import os
import pwd
import signal
import socket
import struct
import subprocess
import threading
import time

import gateway as gw

CHRONYD = "/usr/sbin/chronyd"
CHRONYC = "/usr/bin/chronyc"
# What `chronyc -c tracking` prints, in this order (client.c, process_cmd_tracking).
COLUMNS = ["reference_id", "name", "stratum", "reference_time", "correction", "last_offset", "rms_offset", "frequency",
           "residual_frequency", "skew", "root_delay", "root_dispersion", "update_interval", "leap"]


def free_udp_port():
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Chronyd:
    """Debian's chronyd on a free command port. `lines` say what it follows: "local stratum 3", a server, nothing."""

    def __init__(self, folder, *lines):
        self.port = free_udp_port()
        self.folder = folder
        self.config = folder / f"chrony-{self.port}.conf"
        user = pwd.getpwuid(os.geteuid()).pw_name  # else it changes to _chrony, which cannot write here
        self.config.write_text("\n".join([f"user {user}", f"pidfile {folder}/chrony-{self.port}.pid",
                                          f"cmdport {self.port}", "bindcmdaddress 127.0.0.1", "bindcmdaddress /",
                                          "port 0", *lines, ""]))
        self.process = None
        self._frozen = False
        self.start()

    def start(self):
        self.process = gw.Process([CHRONYD, "-U", "-x", "-d", "-f", self.config], self.folder)  # -U: root or not
        gw.await_true(lambda: self._chronyc().returncode == 0, "chronyd's start")

    def stop(self):
        if self._frozen:
            self.thaw()
        self.process.end()

    def freeze(self):
        os.kill(self.process.pid, signal.SIGSTOP)
        self._frozen = True

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)
        self._frozen = False

    def _chronyc(self):
        return subprocess.run([CHRONYC, "-h", "127.0.0.1", "-p", str(self.port), "-c", "tracking"], capture_output=True,
                              text=True, timeout=gw.LIMIT)

    def tracking(self):
        """What chronyc says, by COLUMNS; numbers as numbers. `correction` is + where the clock is slow."""
        printed = self._chronyc()
        assert printed.returncode == 0, printed.stdout + printed.stderr
        said = dict(zip(COLUMNS, printed.stdout.strip().split(","), strict=True))
        words = ("reference_id", "name", "leap")
        return {name: text if name in words else float(text) for name, text in said.items()}


class UdpServer:
    """A free loopback UDP port that sends back what answers() makes of a datagram, on a thread of its own."""

    def __init__(self):
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self):
        self._thread.start()

    def _serve(self):
        while True:
            datagram, peer = self._socket.recvfrom(2048)
            if self._stopping:
                return
            for answer in self.answers(datagram):
                self._socket.sendto(answer, peer)

    def stop(self):
        self._stopping = True
        self._socket.sendto(b"", ("127.0.0.1", self.port))  # wakes the thread
        self._thread.join(gw.LIMIT)
        self._socket.close()


class TimeServer(UdpServer):
    """An NTP server (RFC 5905) whose time is `ahead` seconds ahead of this machine's."""

    EPOCH = 2_208_988_800  # 1970 in seconds since 1900

    def __init__(self, ahead=0.0, stratum=2, leap=0, root_delay=0.0, root_dispersion=0.0):
        super().__init__()
        self.ahead, self.stratum, self.leap = ahead, stratum, leap
        self.root_delay, self.root_dispersion = root_delay, root_dispersion
        self.start()

    def line(self):
        """The line of a configuration with which chronyd follows it, within seconds."""
        return f"server 127.0.0.1 port {self.port} iburst minpoll 0 maxpoll 0"

    def _now(self):
        return round((time.time() + self.ahead + self.EPOCH) * 2**32)

    def answers(self, request):
        received = self._now()
        delay, dispersion = (round(seconds * 2**16) for seconds in (self.root_delay, self.root_dispersion))
        head = struct.pack("!BBbbII4s", self.leap << 6 | 4 << 3 | 4, self.stratum, 0, -20, delay, dispersion,
                           b"\xc0\x00\x02\x01")
        yield head + struct.pack("!Q", received) + request[40:48] + struct.pack("!QQ", received, self._now())


class LyingChronyd(UdpServer):
    """Answers in chronyd's place: each of `lies`, `copies` times, and after that the truth unless told not to.

    The layout is that of chrony's candm.h: a header of 28 bytes and RPY_Tracking.
    """

    LIES = {"short": "length", "long": "length", "huge": "length", "version": "version", "type": "kind",
            "command": "kind", "reply": "kind", "sequence": "sequence", "refusal": "status", "stratum": "value",
            "leap": "value", "delay": "value", "century": "value", "time": "value"}  # lie → how it is counted

    def __init__(self, *lies, truth=True, copies=1):
        super().__init__()
        self.lies, self.truth, self.copies = lies, truth, copies
        self.requests = []
        self.start()

    @staticmethod
    def packet(sequence, version=6, kind=2, command=33, reply=5, status=0, stratum=3, leap=0, seconds_high=0,
               correction=0, delay=0):
        head = struct.pack("!BBHHHH6xI8x", version, kind, 0, command, reply, status, sequence)
        times = struct.pack("!III9I", seconds_high, int(time.time()), 0, correction, 0, 0, 0, 0, 0, delay, 0, 0)
        return head + struct.pack("!I20xHH", 0xc0000201, stratum, leap) + times

    def _lie(self, lie, sequence):
        fields = {"version": {"version": 5}, "type": {"kind": 1}, "command": {"command": 34}, "reply": {"reply": 6},
                  "stratum": {"stratum": 17}, "leap": {"leap": 4}, "time": {"seconds_high": 2**31},
                  "delay": {"delay": 2**25 - 1},                    # −1 · 2^−25 s
                  "century": {"correction": 35 << 25 | 2**24 - 1},  # (2^24 − 1) · 2^10 s
                  "sequence": {"sequence": sequence ^ 1},
                  "refusal": {"reply": 1, "status": 2}}
        answer = self.packet(**{"sequence": sequence, **fields.get(lie, {})})
        return {"short": answer[:-1], "long": answer + b"\0", "huge": answer + bytes(9000),
                "refusal": answer[:28]}.get(lie, answer)

    def answers(self, request):
        self.requests.append(request)
        sequence = int.from_bytes(request[8:12], "big")
        for lie in self.lies:
            for _ in range(self.copies):
                yield self._lie(lie, sequence)
        if self.truth:
            yield self.packet(sequence)
