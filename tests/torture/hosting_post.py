"""A mail server for letters, with moods: it says not now, breaks off, and delivers late. Each in its turn.

What becomes of a letter is settled when its sender is named, so each try has one fate and no more.
"""

from __future__ import annotations

import itertools
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from enum import StrEnum
from pathlib import Path
from weakref import WeakKeyDictionary

from aiosmtpd.smtp import Envelope

from tests.rig.client import Client
from tests.rig.ports import free_port
from tests.rig.smtp import Accepted, Sink, answering
from triage.wire import Tls


class Fate(StrEnum):
    """What becomes of one try. The first four are answered with "not now", at that word or at the final dot."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "."
    TAKEN = "taken"
    CUT = "cut"
    """Taken, and there at once; the line is cut in place of the yes."""
    LATE = "late"
    """The same, but nobody will have waited for so long when it arrives. A letter is late once."""
    LOST = "lost"
    """The line is cut in place of an answer, and nothing was taken."""

    @property
    def is_no(self) -> bool:
        return self in (Fate.MAIL, Fate.RCPT, Fate.DATA, Fate.END)


FATES = (
    *(Fate.CUT, Fate.RCPT, Fate.LATE, Fate.TAKEN, Fate.END, Fate.LOST, Fate.TAKEN, Fate.MAIL, Fate.TAKEN, Fate.DATA),
    *(Fate.CUT, Fate.TAKEN, Fate.TAKEN, Fate.LOST, Fate.TAKEN, Fate.TAKEN),
)
"""In this order, again and again: in a few letters there is one of each."""


@dataclass
class Post(Sink):
    """Delivers to whoever is in `boxes`, the mailboxes by address. `late`: letters under way, by Message-ID."""

    boxes: dict[str, Client] = field(default_factory=dict)
    fates: Iterator[Fate] = field(default_factory=lambda: itertools.cycle(FATES))
    late: dict[str, Accepted] = field(default_factory=dict)
    came: Counter[Fate] = field(default_factory=Counter)
    """How many tries have ended so."""
    _fates: WeakKeyDictionary[Envelope, Fate] = field(default_factory=WeakKeyDictionary)

    def heal(self) -> None:
        """From now on it takes everything."""
        self.fates = itertools.repeat(Fate.TAKEN)

    def arrive(self) -> None:
        """What is under way is there now."""
        for letter in self.late.values():
            self._deliver(letter)

    def answer(self, stage: str, envelope: Envelope) -> str:
        """See `Sink`."""
        if stage == Fate.MAIL:
            self._fates[envelope] = next(self.fates)
        fate = self._fates[envelope]
        if fate != stage:
            return ""
        self.came[fate] += 1
        return "451 4.3.2 Not now"

    def take(self, letter: Accepted, envelope: Envelope) -> bool:
        """See `Sink`."""
        fate, name = self._fates[envelope], named(letter)
        if fate is Fate.LATE and name in self.late:
            fate = Fate.TAKEN
        self.came[fate] += 1
        if fate is Fate.LOST:
            return False
        self.letters.append(letter)
        if fate is Fate.LATE:
            self.late[name] = letter
        else:
            self._deliver(letter)
        self.forward(letter.data)
        return fate is Fate.TAKEN

    def _deliver(self, letter: Accepted) -> None:
        for address in letter.recipients:
            if there := self.boxes.get(address):
                there.append(letter.data)


def named(letter: Accepted) -> str:
    """Its Message-ID."""
    return str(message_from_bytes(letter.data)["Message-ID"])


@contextmanager
def post(folder: Path) -> Iterator[Post]:
    """One that nobody has a mailbox at yet; it speaks no TLS."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of itself at each sign-in
    boxes: dict[str, Client] = {}
    made = Post(free_port(), Tls.NONE, folder / "no-authority.pem", readers=boxes.keys(), boxes=boxes)
    with answering(made) as running:
        yield running
