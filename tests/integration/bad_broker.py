# SPDX-License-Identifier: Apache-2.0
"""A small MQTT 3.1.1 and 5 broker that misbehaves on request, and remembers what it acknowledged.

`fault` is asked for each publish: fault(topic, payload) gives ACK, IGNORE, HANG_UP, FREEZE (reads no more, says nothing)
or the reason code of a refusal (MQTT 5). `greets` False: hangs up right after CONNACK.
"""
import socket
import struct
import threading
import time

ACK, IGNORE, HANG_UP, FREEZE = 0, "ignore", "hang up", "freeze"


class BadBroker:
    def __init__(self, fault=None, greets=True, properties=b"", host="127.0.0.1"):
        self.fault = fault
        self.greets = greets
        self.acknowledged = []  # (topic, payload)
        self.packets = []       # (topic, bytes of the packet), acknowledged or not
        self.connects = []      # when
        self.pings = 0
        self._properties = properties
        self._unfrozen = threading.Event()
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self):
        self.fault, self.greets = None, True
        self._unfrozen.set()

    def close(self):
        self._unfrozen.set()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                while self._answer(connection, stream):
                    pass
            except (OSError, EOFError):
                pass

    @staticmethod
    def _read(stream, size):
        data = stream.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def _packet(self, stream):
        kind, length, shift = self._read(stream, 1)[0], 0, 0
        while True:
            byte = self._read(stream, 1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return kind, self._read(stream, length)

    def _answer(self, connection, stream):
        kind, body = self._packet(stream)
        if kind >> 4 == 1:  # CONNECT: protocol name, level
            self._version = body[6]
            self.connects.append(time.monotonic())
            properties = bytes([len(self._properties)]) + self._properties if self._version == 5 else b""
            connection.sendall(bytes([0x20, 2 + len(properties), 0, 0]) + properties)
            return self.greets
        if kind >> 4 == 3:
            return self._on_publish(connection, kind, body)
        if kind >> 4 == 12:
            self.pings += 1
            connection.sendall(b"\xd0\x00")
        return kind >> 4 != 14

    def _on_publish(self, connection, kind, body):
        size, = struct.unpack_from(">H", body)
        topic, at = body[2:2 + size].decode(), 2 + size
        identifier = b""
        if kind & 0x06:
            identifier, at = body[at:at + 2], at + 2
        if self._version == 5:
            at += 1 + body[at]  # properties: fewer than 128 bytes
        payload = body[at:]
        self.packets.append((topic, len(body) + 2 + (len(body) > 127)))
        answer = self.fault(topic, payload) if self.fault else ACK
        if answer == FREEZE:
            self._unfrozen.wait()
        if answer in (IGNORE, HANG_UP, FREEZE):
            return answer == IGNORE
        if answer == ACK:
            self.acknowledged.append((topic, payload))
        if identifier:
            connection.sendall(b"\x40" + (bytes([3]) + identifier + bytes([answer]) if answer else bytes([2]) + identifier))
        return True
