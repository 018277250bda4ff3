"""A network that fails on purpose: a TCP proxy that records, cuts, falls silent, or passes on one byte at a time."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

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


class Proxy:
    """A port of this machine behind which another one answers, in a manner that can be changed at any time."""

    def __init__(self, target: int) -> None:
        self.commands = Commands()
        self.sent = bytearray()
        """All that clients sent."""
        self.received = 0
        """Bytes that were passed on to clients."""
        self.connections = 0
        self.trickle = False
        """Pass on one byte at a time, each in a packet of its own."""
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
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End all connections, as a router does that loses its memory."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _cut(pair)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server = socket.create_connection(("127.0.0.1", self._target))
                self.connections += 1
                with self._lock:
                    self._pairs.append((client, server))
                threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        seen = _Seen()
        with contextlib.suppress(OSError, ValueError):
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for source in ready:
                    data = source.recv(65536)
                    if not data:
                        return _cut((client, server))
                    if self.silent:
                        continue
                    if source is client:
                        self._upward(server, data, seen)
                    elif not self._downward(client, data, seen):
                        return _cut((client, server))
        return _cut((client, server))

    def _upward(self, server: socket.socket, data: bytes, seen: _Seen) -> None:
        self.commands.feed(data)
        self.sent += data
        seen.up += data
        server.sendall(data)

    def _downward(self, client: socket.socket, data: bytes, seen: _Seen) -> bool:
        """False: this connection is to be cut now."""
        if self.mute_after is not None and self.mute_after in seen.up:
            _send(client, data[: self.allow], self.trickle)
            return False
        if self.cut_after is not None and seen.down + len(data) >= self.cut_after:
            _send(client, data[: self.cut_after - seen.down], self.trickle)
            return False
        if self.inject is not None and self.inject[0] in seen.up:
            data, self.inject = data + self.inject[1], None
        seen.down += len(data)
        self.received += len(data)
        _send(client, data, self.trickle)
        return True


@dataclass
class _Seen:
    """What has passed on one connection."""

    up: bytearray = field(default_factory=bytearray)
    down: int = 0


def _send(client: socket.socket, data: bytes, trickle: bool) -> None:
    for piece in [data[i : i + 1] for i in range(len(data))] if trickle else [data]:
        client.sendall(piece)


def _cut(pair: tuple[socket.socket, socket.socket]) -> None:
    for end in pair:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
