"""A port of this machine behind which a mail server answers, and which counts what passes."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

from tests.rig.proxy import Commands
from triage.wire.poll import readable


class Relay:
    """Counts bytes, commands, and how often a client waited for an answer before it went on."""

    def __init__(self, target: int) -> None:
        self.up = 0
        """Bytes that clients sent."""
        self.down = 0
        """Bytes that they were sent."""
        self.commands = Commands()
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.trips = 0
        """Round trips: what a client sends before it hears anything counts as one."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._target)) as server, contextlib.suppress(OSError):
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._carried(client, server)

    def _carried(self, client: socket.socket, server: socket.socket) -> None:
        answered = True
        while True:
            ready = readable(3600.0, client.fileno(), server.fileno())
            if server.fileno() in ready:
                data = server.recv(262144)
                if not data:
                    return
                self.down += len(data)
                answered = True
                client.sendall(data)
            if client.fileno() in ready:
                data = client.recv(262144)
                if not data:
                    return
                self.up += len(data)
                self.commands.feed(data)
                self.trips += answered
                answered = False
                server.sendall(data)
