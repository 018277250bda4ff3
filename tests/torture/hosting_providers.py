"""Mail providers as the workers of a hosted service reach them: one is well, one is slow, one answers nothing.

Behind each is a server to which nobody else connects this way: the same Dovecot for all mailboxes, the same post for
all letters by SMTP. So who is connected here is all that a provider sees of the workers.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType

from tests.rig.listening import Listening

_PIECE = 65536
_CLOSING = 0.05
"""Seconds in which the kernel closes what a killed process had open, one after the other."""


class Manner(StrEnum):
    """How a provider answers."""

    WELL = "well"
    SLOW = "slow"
    """Every answer comes late."""
    DEAD = "dead"
    """It takes connections, and says nothing."""


@dataclass(slots=True, eq=False)
class Call:
    """One connection of a worker's: `era` is how often the database had been started anew by then."""

    client: socket.socket
    era: int
    said: bytearray = field(default_factory=bytearray)

    @property
    def lives(self) -> bool:
        """Does the worker still hold its end?"""
        if self.client.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(self.client, select.POLLRDHUP)
        return not poll.poll(0)


class Provider(Listening):
    """One host with a port, for as long as a `with` block."""

    def __init__(self, host: str, target: int, manner: Manner = Manner.WELL, late: float = 0.1) -> None:
        """`late`: seconds before each answer of a slow one."""
        super().__init__(host)
        self.host = host
        self.manner = manner
        self.calls: list[Call] = []
        self.most = 0
        """Connections at once, of those begun since the database was last started."""
        self.ever = 0
        """The same, with those that were there before: who holds a slot forgets it together with the database."""
        self.era = 0
        self._late = late
        self._target = target
        self._living: list[Call] = []
        self._lock = threading.Lock()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.hang_up()

    @property
    def living(self) -> list[Call]:
        """The connections that workers have now."""
        with self._lock:
            self._living = [call for call in self._living if call.lives]
            return list(self._living)

    def hang_up(self) -> None:
        """End all connections there are."""
        for call in self.living:
            with contextlib.suppress(OSError):
                call.client.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        """From now on all is well; who waits for an answer is hung up on."""
        self.manner = Manner.WELL
        self.hang_up()

    def _meet(self, connection: socket.socket) -> None:
        """Counted before the next one is let in."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        call = Call(connection, self.era)
        self.calls.append(call)
        with self._lock:
            self._living.append(call)
        self._count()
        threading.Thread(target=self._carry, args=(call,), daemon=True).start()

    def _count(self) -> None:
        if len(self.living) > self.most:
            time.sleep(_CLOSING)
            living = self.living
            self.ever = max(self.ever, len(living))
            self.most = max(self.most, sum(call.era == self.era for call in living))

    def _carry(self, call: Call) -> None:
        with contextlib.suppress(OSError, ValueError), call.client:
            if self.manner is Manner.DEAD:
                while call.client.recv(_PIECE):
                    pass
                return
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while self._carries(call, server):
                    pass

    def _carries(self, call: Call, server: socket.socket) -> bool:
        """Pass on what there is; False once the connection is at its end."""
        poll = select.poll()
        for end in (call.client, server):
            poll.register(end, select.POLLIN)
        ready = {number for number, _ in poll.poll(1000)}
        if call.client.fileno() in ready:
            data = call.client.recv(_PIECE)
            call.said += data
            server.sendall(data)
            if not data:
                return False
        if server.fileno() in ready:
            data = server.recv(_PIECE)
            if self.manner is Manner.SLOW:
                time.sleep(self._late)
            call.client.sendall(data)
            return bool(data)
        return True
