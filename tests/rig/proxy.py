"""A network that fails on purpose: a TCP proxy that records, cuts, falls silent, or passes on one byte at a time."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

from tests.rig.listening import Listening
from triage.wire.poll import readable

_LITERAL = re.compile(rb"\{(\d+)\+?\}$")


@dataclass
class Commands:
    """The IMAP commands in what a client sends, without the literals between them."""

    lines: list[bytes] = field(default_factory=list)
    _rest: bytearray = field(default_factory=bytearray)
    _literal: int = 0

    def feed(self, data: bytes) -> None:
        self._rest += data
        while self._rest:
            if self._literal:
                skipped = min(self._literal, len(self._rest))
                del self._rest[:skipped]
                self._literal -= skipped
                continue
            line, end, _ = self._rest.partition(b"\r\n")
            if not end:
                return
            del self._rest[: len(line) + 2]
            self._note(bytes(line))

    def _note(self, line: bytes) -> None:
        if found := _LITERAL.search(line):
            self._literal = int(found[1])
        # What is left are the line ends after literals, and the answers to a server's challenge.
        if line == b"DONE" or b" " in line:
            self.lines.append(line)

    def names(self) -> list[str]:
        """EXAMINE, UID FETCH and so on, in order. Arguments that follow a literal are not commands."""
        words = [line.split() for line in self.lines if line != b"DONE"]
        two = [parts[1:3] if parts[1].upper() == b"UID" else parts[1:2] for parts in words]
        return [b" ".join(parts).decode().upper() for parts in two]


class Proxy(Listening):
    """A port of this machine behind which another one answers, in a manner that can be changed at any time."""

    def __init__(self, target: int) -> None:
        super().__init__()
        self.commands = Commands()
        self.sent = bytearray()
        """All that clients sent."""
        self.received = 0
        """Bytes that were passed on to clients."""
        self.journeys = 0
        """Times that a server spoke after a client had: what is asked in one piece is one journey there and back."""
        self.connections = 0
        self.most = 0
        """Connections that were open at the same time, at the most."""
        self.trickle = False
        """Pass on one byte at a time, each in a packet of its own."""
        self.pace = 0
        """Pass on no more than so many bytes a second to a client; 0: as fast as can be."""
        self.silent = False
        """Pass on nothing more, and say nothing about it."""
        self.cut_after: int | None = None
        """Cut every connection after so many bytes to the client."""
        self.mute_after: bytes | None = None
        """Once the client sent this, cut the connection in place of the next answer."""
        self.allow = 0
        """So many bytes of that answer still pass."""
        self.inject: tuple[bytes, bytes] | None = None
        """Once the client sent the first, add the second to the next answer, as a stranger on the way would."""
        self._target = target
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._forgotten: set[socket.socket] = set()
        self._hard: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.cut()

    def cut(self) -> None:
        """End all connections in good order (FIN)."""
        for pair in self._gone():
            _cut(pair)

    def reset(self) -> None:
        """End all connections as a machine does that was started anew (RST)."""
        for client, server in self._gone():
            for end in (client, server):
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._hard.add(client)
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RD)  # This wakes the thread that carries, and tells the client nothing.

    def forget(self) -> None:
        """Know nothing more of the connections there are, as a router without memory; new ones are carried."""
        with self._lock:
            self._forgotten.update(client for client, _ in self._pairs)

    def say(self, data: bytes) -> None:
        """Say something to the clients, as if their servers had."""
        with self._lock:
            clients = [client for client, _ in self._pairs]
        for client in clients:
            client.sendall(data)

    def _gone(self) -> list[tuple[socket.socket, socket.socket]]:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        return pairs

    def _meet(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = socket.create_connection(("127.0.0.1", self._target))
        self.connections += 1
        with self._lock:
            self._pairs.append((connection, server))
            self.most = max(self.most, len(self._pairs))
        threading.Thread(target=self._carry, args=(connection, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        try:
            self._carried(client, server)
        finally:
            with self._lock, contextlib.suppress(ValueError):
                self._pairs.remove((client, server))

    def _carried(self, client: socket.socket, server: socket.socket) -> None:
        seen = _Seen()
        with contextlib.suppress(OSError, ValueError):
            while True:
                ready = readable(3600.0, client.fileno(), server.fileno())
                for source in (one for one in (client, server) if one.fileno() in ready):
                    data = source.recv(65536)
                    if not data:
                        return self._end((client, server))
                    if self.silent or client in self._forgotten:
                        continue
                    if source is client:
                        self._upward(server, data, seen)
                    elif not self._downward(client, data, seen):
                        return self._end((client, server))
        return self._end((client, server))

    def _end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        if pair[0] not in self._hard:
            return _cut(pair)
        for end in pair:
            end.close()
        return None

    def _upward(self, server: socket.socket, data: bytes, seen: _Seen) -> None:
        self.commands.feed(data)
        self.sent += data
        seen.up += data
        seen.asked = True
        server.sendall(data)

    def _downward(self, client: socket.socket, data: bytes, seen: _Seen) -> bool:
        """False: this connection is to be cut now."""
        if self.mute_after is not None and self.mute_after in seen.up:
            self._send(client, data[: self.allow])
            return False
        if self.cut_after is not None and seen.down + len(data) >= self.cut_after:
            self._send(client, data[: self.cut_after - seen.down])
            return False
        if self.inject is not None and self.inject[0] in seen.up:
            data, self.inject = data + self.inject[1], None
        seen.down += len(data)
        self.received += len(data)
        self.journeys += seen.asked
        seen.asked = False
        self._send(client, data)
        return True

    def _send(self, client: socket.socket, data: bytes) -> None:
        size = 1 if self.trickle else self.pace // 10 or len(data)
        for start in range(0, len(data), size):
            client.sendall(data[start : start + size])
            if self.pace:
                time.sleep(0.1)


@dataclass
class _Seen:
    """What has passed on one connection."""

    up: bytearray = field(default_factory=bytearray)
    down: int = 0
    asked: bool = False


def _cut(pair: tuple[socket.socket, socket.socket]) -> None:
    for end in pair:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
