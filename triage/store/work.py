"""One transaction's view of what is remembered, and what all that remembers has in common.

There are two kinds: `Store`, a file on the reader's machine, and `postgres.MemberStore`, a member's part of a database.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Protocol
from unicodedata import unidata_version

from sqlalchemy import Connection

from triage.core.journey import near
from triage.store.acts import Acts
from triage.store.corrections import Corrections
from triage.store.faults import readable
from triage.store.log import Log
from triage.store.notes import Notes
from triage.store.outbox import Outbox
from triage.store.search import Search
from triage.store.trials import Trials

TRAITS = "traits"
"""The setting that says by which rules the applications are marked: ours, of letters, and of domains."""
SECRET = "secret"  # noqa: S105  # the name of the setting, not its value
SETTLED = (TRAITS, SECRET)
"""The settings that a store asks for before it is used."""


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction's view of the store."""

    log: Log
    outbox: Outbox
    notes: Notes
    corrections: Corrections
    acts: Acts
    trials: Trials
    search: Search

    @property
    def connection(self) -> Connection:
        """What the transaction runs over; whoever opened it commits it."""
        return self.log.connection


def work_over(connection: Connection) -> Work:
    return Work(
        Log(connection),
        Outbox(connection),
        Notes(connection),
        Corrections(connection),
        Acts(connection),
        Trials(connection),
        Search(connection),
    )


class Questions(Protocol):
    """What is asked about each and every mail, in the shortest way."""

    def wrote(self, message_id: str) -> bool:
        """Is this the Message-ID of one of our own letters?"""

    def corrected(self) -> bool:
        """Has the reader corrected any mail?"""


class Memory(ABC):
    """All that one reader's search needs to remember. Safe to use from several threads."""

    quick: Questions
    secret: bytes
    """Makes our Message-IDs unguessable, so that only someone who has a letter can answer one."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(8)
        """Names this run of the program, to tell it from one that died."""

    @abstractmethod
    def writing(self, *, lasting: bool = True) -> AbstractContextManager[Work]:
        """One transaction: all of it is kept, or nothing. Writers wait for each other. Raises StoreError.

        Where it need not last, a loss of power may take it back, as a whole, until the next one that does.
        """

    @abstractmethod
    def reading(self) -> AbstractContextManager[Work]:
        """One consistent view; writers are not held up. Raises StoreError."""

    @abstractmethod
    def overwrite(self, now: datetime) -> None:
        """Let what was deleted be gone for good, from where it lay and from its copies. Raises StoreError."""

    @abstractmethod
    def back_up(self, now: datetime) -> bool:
        """Keep today's copy, where copies are this program's business. Was one made? Raises StoreError."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what was opened for it."""

    def _get_ready(self, known: Mapping[str, str] | None = None) -> None:
        """Read the secret, or make it. `known`: what stands in the settings `SETTLED`, where that was read just now.

        After an upgrade, of the program or of what it goes by, what follows from the log is made anew for all.
        """
        rules = f"{near.VERSION} {unidata_version} {version('publicsuffixlist')}"
        if known is None:
            with self.reading() as work:
                known = {name: work.notes.setting(name) for name in SETTLED}
        settled, secret = known[TRAITS] == rules, known[SECRET]
        if not (settled and secret):
            with self.writing() as work:
                if not settled:
                    work.search.unsettle()
                    work.notes.set(TRAITS, rules)
                secret = work.notes.setting(SECRET) or secrets.token_hex(32)
                work.notes.set(SECRET, secret)
        with readable("its secret"):
            self.secret = bytes.fromhex(secret)
