"""Mails that arrive one after the other, and the moments at which they are seen: by a bare session, and in our log."""

from __future__ import annotations

import itertools
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.names import ROLES, company
from bench.program import Rows, until
from bench.server import hand_over
from tests.rig import employers
from tests.rig.dovecot import PASSWORD
from tests.rig.keyboard import Keyboard

PATIENCE = 60.0
_numbers = itertools.count(1)
_names = itertools.count(50_000)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that arrives, told by its Message-ID."""

    data: bytes
    message_id: str


def arrival(write: Callable[[str, str], bytes] = employers.rejection) -> Arrival:
    """From a company that never wrote before."""
    number = next(_names)
    data = write(company(number), ROLES[number % len(ROLES)])
    line = next(one for one in data.decode().split("\r\n") if one.startswith("Message-ID: "))
    return Arrival(data, line.partition(": ")[2])


def drop(folder: Path, mail: Arrival) -> float:
    """Deliver it as a mail server's delivery agent does, and return when."""
    name = f"{int(time.time())}.M{next(_numbers):06}P{os.getpid()}.bench"
    written = folder / "tmp" / name
    written.write_bytes(mail.data.replace(b"\r\n", b"\n"))
    hand_over(written)
    moment = time.monotonic()
    written.rename(folder / "new" / name)
    return moment


class Typist:
    """Another mail program, which stays signed in and puts mails into the inbox."""

    def __init__(self, port: int, user: str) -> None:
        self._session = Keyboard(port, user)

    def append(self, mail: Arrival) -> float:
        """Put it there, and return when that was asked for."""
        moment = time.monotonic()
        self._session.say("APPEND INBOX", mail.data)
        return moment

    def close(self) -> None:
        self._session.close()


class Idler:
    """A session that does nothing but IDLE: what the server needs to tell anybody that a mail has come."""

    def __init__(self, port: int, user: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._heard: list[tuple[float, int]] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        for line in (f"I0 LOGIN {user} {PASSWORD}", "I1 EXAMINE INBOX", "I2 IDLE"):
            self._socket.sendall(f"{line}\r\n".encode())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def told(self, since: float) -> float | None:
        """When the server first told of a mail after that moment."""
        return next((at for at, _ in self._heard if at >= since), None)

    def _listen(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                if line.endswith(b" EXISTS\r\n"):
                    self._heard.append((time.monotonic(), int(line.split()[1])))


def logged(rows: Rows, mail: Arrival) -> float:
    """Wait until it stands in the log, and return when it did."""
    return until(lambda: rows.has(mail.message_id), PATIENCE)


def breathe(dice: random.Random) -> None:
    """So that no mail comes at a moment that suits anybody."""
    time.sleep(dice.uniform(0.2, 1.2))
