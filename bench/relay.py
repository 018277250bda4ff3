"""A port of this machine behind which a mail server answers, and which counts what passes."""

from __future__ import annotations

import contextlib
import socket

from tests.rig.listening import Listening
from tests.rig.proxy import Commands
from triage.wire.poll import readable


class Relay(Listening):
    """Counts bytes, commands, and how often a client waited for an answer before it went on."""

    def __init__(self, target: int) -> None:
        super().__init__()
        self.up = 0
        """Bytes that clients sent."""
        self.down = 0
        """Bytes that they were sent."""
        self.commands = Commands()
        self._target = target
        self.trips = 0
        """Round trips: what a client sends before it hears anything counts as one."""

    def _serve(self, connection: socket.socket) -> None:
        with connection, socket.create_connection(("127.0.0.1", self._target)) as server, contextlib.suppress(OSError):
            for end in (connection, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._carried(connection, server)

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
