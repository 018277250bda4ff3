"""Everything that goes wrong in a day of bad luck, one thing after another."""

from __future__ import annotations

import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig import dovecot as rig
from tests.torture.network import Kind, Network

RARE = 20
"""One fault in so many is of a sort whose traces take long."""
_SMALL = 4096
"""Bytes: no file may be made larger than this when the disk is said to be full."""


@dataclass
class Faults:
    """What can be done to a running service."""

    dovecot: rig.Dovecot
    user: str
    mail: Network
    """On the way to the watched mailbox."""
    letters: Network
    """On the way to where letters are put."""
    password: Path
    pid: int
    alone: threading.Lock
    """Held while the reader's own mail program must not be signed in."""
    forget: Callable[[], None]
    """Has that program sign in anew."""
    counts: Counter[str] = field(default_factory=Counter)
    _chance: random.Random = field(default_factory=lambda: random.Random(35))

    def happen(self, number: int) -> None:
        """The fault of this number, counted from 1."""
        deed = self._one_of_the_rare(number // RARE) if number % RARE == 0 else self._one_of_the_usual()
        deed()
        self.counts[deed.__name__.strip("_")] += 1

    def _one_of_the_usual(self) -> Callable[[], None]:
        usual = [self._closed, self._reset, self._silence, self._kick, self._no_letters, self._no_disk]
        return self._chance.choices(usual, [30, 30, 10, 10, 10, 10])[0]

    def _one_of_the_rare(self, number: int) -> Callable[[], None]:
        """Renumbered is early and once: all that is there is read again then, and that takes its time."""
        return self._renumbered if number == 1 else (self._no_server, self._wrong_password)[number % 2]

    def _closed(self) -> None:
        self.mail.strike(Kind.FIN)

    def _reset(self) -> None:
        self.mail.strike(Kind.RST)
        self.letters.strike(Kind.RST)

    def _silence(self) -> None:
        self.mail.strike(Kind.HOLE)

    def _kick(self) -> None:
        """The server says BYE to all."""
        with self.alone:
            self.dovecot.admin("kick", self.user)
            self.forget()

    def _renumbered(self) -> None:
        """UIDVALIDITY goes up, and every UID means something else."""
        with self.alone:
            number = 2_000_000_000 + self.counts.total()
            self.dovecot.renumber(self.user, number)
            self.forget()

    def _no_letters(self) -> None:
        with _for_a_while(lambda on: setattr(self.letters, "refusing", on)):
            self.letters.strike(Kind.FIN)

    def _no_server(self) -> None:
        with _for_a_while(lambda on: setattr(self.mail, "refusing", on), 3.0):
            self.mail.strike(Kind.RST)

    def _wrong_password(self) -> None:
        """Not three times in a row: after that the program waits for an hour, as it should."""

        def wrong(on: bool) -> None:
            self.password.write_text("falsch" if on else rig.PASSWORD)

        with _for_a_while(wrong, 0.6):
            self.mail.strike(Kind.FIN)

    def _no_disk(self) -> None:
        """No file can grow: as a full disk, but for this one process."""

        def full(on: bool) -> None:
            _, hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (_SMALL if on else hard, hard))

        with _for_a_while(full):
            pass


@contextmanager
def _for_a_while(switch: Callable[[bool], None], seconds: float = 0.4) -> Iterator[None]:
    switch(True)
    try:
        yield
        time.sleep(seconds)
    finally:
        switch(False)
