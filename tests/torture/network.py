"""A network that fails at one byte: closes, resets, falls silent, or goes on one byte at a time.

Unlike `tests.rig.proxy` it counts connections and bytes of both ways, and ends a connection so that the server has
surely done all that it is going to do before anybody looks again.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType

from tests.rig.listening import Listening
from triage.wire.poll import readable

_PIECE = 65536
_DRAIN = 3.0
"""Seconds a server is given to say its last words after we hung up."""


class Way(StrEnum):
    """Which of the two streams of a connection."""

    UP = "up"
    """From the client to the server."""
    DOWN = "down"


class Kind(StrEnum):
    """What happens to a connection."""

    FIN = "fin"
    """It is closed in good order."""
    RST = "rst"
    """The client is told that there is no such connection."""
    HOLE = "hole"
    """Nothing passes any more, either way, and nobody is told."""
    TRICKLE = "trickle"
    """Every further byte comes alone. This is no fault: it must do no harm at all."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the connection of this number, counted from 0, once `at` bytes have passed on one way."""

    connection: int
    way: Way
    at: int
    kind: Kind


@dataclass(slots=True, eq=False)
class Call:
    """One connection: what has passed so far, and whether it is over."""

    number: int
    client: socket.socket
    server: socket.socket
    passed: dict[Way, bytearray] = field(default_factory=lambda: {way: bytearray() for way in Way})
    silent: bool = False
    alone: frozenset[Way] = frozenset()
    """The ways on which each byte goes alone."""
    over: threading.Event = field(default_factory=threading.Event)

    def ends(self, way: Way) -> tuple[socket.socket, socket.socket]:
        """Where it comes from, and where it goes."""
        return (self.client, self.server) if way is Way.UP else (self.server, self.client)


class Network(Listening):
    """A port of this machine behind which another one answers. `calls` holds every connection so far."""

    def __init__(self, target: int) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.fault: Fault | None = None
        self.struck = False
        """The fault has come about."""
        self.refusing = False
        """Hang up on whoever calls."""
        self._target = target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.strike(Kind.RST)

    def settled(self, seconds: float = 10.0) -> bool:
        """Wait until every connection is over; False where the client has let one lie."""
        end = time.monotonic() + seconds
        return all(call.over.wait(max(0.0, end - time.monotonic())) for call in tuple(self.calls))

    def strike(self, kind: Kind) -> int:
        """Do this to every connection there is now. Returns how many there were."""
        living = [call for call in tuple(self.calls) if not call.over.is_set()]
        for call in living:
            _happen(call, kind, None)
        return len(living)

    def _meet(self, connection: socket.socket) -> None:
        """Calls have the numbers in which they came."""
        if self.refusing:
            connection.close()
            return
        server = socket.create_connection(("127.0.0.1", self._target))
        for end in (connection, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.calls.append(call := Call(len(self.calls), connection, server))
        threading.Thread(target=self._carry, args=(call,), daemon=True).start()

    def _carry(self, call: Call) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._passes(call, Way.DOWN, b"") and self._passes(call, Way.UP, b""):
                while self._goes_on(call):
                    pass
        _hang_up(call)

    def _goes_on(self, call: Call) -> bool:
        """Carry what there is; False once the connection is at its end."""
        ready = readable(1.0, call.client.fileno(), call.server.fileno())
        for way in Way:
            source, _ = call.ends(way)
            if source.fileno() in ready:
                data = source.recv(_PIECE)
                if not data or not (call.silent or self._passes(call, way, data)):
                    return False
        return True

    def _passes(self, call: Call, way: Way, data: bytes) -> bool:
        """Pass these bytes on, or those before the fault; False where it ends the connection."""
        fault, passed = self.fault, len(call.passed[way])
        if fault is None or (fault.connection, fault.way) != (call.number, way) or self.struck:
            _send(call, way, data)
            return True
        before = data[: max(0, fault.at - passed)]
        _send(call, way, before)
        if passed + len(before) < fault.at:
            return True
        self.struck = True
        _happen(call, fault.kind, way)
        if fault.kind is Kind.TRICKLE:
            _send(call, way, data[len(before) :])
        return fault.kind in {Kind.TRICKLE, Kind.HOLE}


def _send(call: Call, way: Way, data: bytes) -> None:
    if not data:
        return
    call.passed[way] += data
    _, target = call.ends(way)
    for piece in [data[i : i + 1] for i in range(len(data))] if way in call.alone else [data]:
        target.sendall(piece)


def _happen(call: Call, kind: Kind, way: Way | None) -> None:
    match kind:
        case Kind.HOLE:
            call.silent = True
        case Kind.TRICKLE:
            call.alone = frozenset({way} if way else Way)
        case Kind.RST:
            with contextlib.suppress(OSError):
                call.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                call.client.close()
            _say_goodbye(call.server)
        case Kind.FIN:
            _say_goodbye(call.client)
            _say_goodbye(call.server)


def _say_goodbye(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_WR)


def _hang_up(call: Call) -> None:
    """Close both ends, and not before the server has done what it was told and has closed as well."""
    _say_goodbye(call.client)
    _say_goodbye(call.server)
    with contextlib.suppress(OSError):
        call.server.settimeout(_DRAIN)
        while call.server.recv(_PIECE):
            pass
    for end in (call.client, call.server):
        end.close()
    call.over.set()
