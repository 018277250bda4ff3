"""A copy of all that is kept for a member, in a letter to their own mailbox: nobody who runs the service can see it.

    asked for, with a job -> their rows as the file of a store -> the letter in the outbox, and no more asked for

The first two are one transaction, and the last two are. From the outbox it goes the way of every letter: to the member
and nobody else, and once, whatever dies when. On no disk of ours is there any file of it, not even for a moment.
"""

from __future__ import annotations

import logging
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, update

from triage.core.letter import LetterKind
from triage.core.page import Enclosure, Letter, Section
from triage.errors import InputError
from triage.hosting import queue
from triage.hosting.acting import acting_for, driver
from triage.hosting.enrolment import ACTIVE
from triage.hosting.home import AT_WORK, Build, Home
from triage.hosting.looking import Outcome
from triage.hosting.moving import file_of
from triage.hosting.sealing import Keys
from triage.hosting.vault import SETTINGS, Secrets
from triage.service import utc_now
from triage.store import FILE, Work
from triage.store import schema as t
from triage.store.postgres.tables import member as table

log = logging.getLogger(__name__)

LARGEST = 14 * 1024 * 1024
"""Bytes of the zip file. A mail takes a third more for it, and few servers take less than 20 million."""
NAME = "triage-copy.zip"
THEIR_SETTINGS = "config.toml"
_WORDS = Path(__file__).with_name("copy.toml")
_ABOUT = "copy "
"""Begins what such a letter is about: after it comes when it was asked for, so there are no two of one asking."""


def ask(engine: Engine, member: int, now: datetime) -> None:
    """Have a copy sent to this member. Whoever asks once more before it is made gets one. As a worker.

    Raises InputError for somebody who is not active: no letter to them would be delivered.
    """
    wanted = func.coalesce(table.c.wanted, now)
    asked = update(table).where(table.c.id == member, table.c.state == ACTIVE).values(wanted=wanted)
    with acting_for(engine, member) as connection:
        if not connection.execute(asked).rowcount:
            raise InputError("Letters go to active members only, and this one is not: see `triage admin list`.")
        queue.defer_export(driver(connection), member)


@dataclass(frozen=True, slots=True)
class Exports:
    """Makes the copies that are asked for. For any number of threads."""

    engine: Engine
    build: Build
    keys: Keys
    clock: Callable[[], datetime] = utc_now
    largest: int = LARGEST

    def carry_out(self, member: int) -> Outcome:
        """Write the letter, if one is asked for. Raises StoreError and SealingError: it is tried again."""
        asked = self._asked(member)
        return Outcome.GONE if asked is None else self._write(member, *asked)

    def _asked(self, member: int) -> tuple[int, datetime] | None:
        """The fence as it is, and since when it is wanted; None where it is not (any more)."""
        query = select(table.c.fence, table.c.wanted).where(table.c.id == member, table.c.state == ACTIVE)
        with acting_for(self.engine, member) as connection:
            row = connection.execute(query.where(table.c.wanted.is_not(None))).first()
        return (row.fence, row.wanted) if row else None

    def _write(self, member: int, fence: int, wanted: datetime) -> Outcome:
        home, now = self.build(member, fence), self.clock()
        AT_WORK.set(home.handle)
        packed = self._packed(home, now)
        fits = len(packed) <= self.largest
        if not fits:
            log.error(
                "The copy for %s is too large for a letter: triage admin export %s FOLDER.", home.handle, home.handle
            )
        with home.store.writing() as work:
            if not _settled(work, member, wanted, now):
                return Outcome.SUPERSEDED
            if fits:
                home.service.pipeline.hand_in(_letter(home, packed, wanted), work, now.astimezone(_zone(home)))
                queue.defer_poll(driver(work.connection), member)
        return Outcome.DONE if fits else Outcome.FAILED

    def _packed(self, home: Home, now: datetime) -> bytes:
        """The store and the settings, as one file. Copies that are still on their way are not in it."""
        with home.store.reading() as work:
            earlier = t.letter.c.about.startswith(_ABOUT) & t.letter.c.sent.is_(None)
            store = file_of(work.connection, now, earlier)
            settings = Secrets(work.connection, self.keys, home.store.member).get(SETTINGS) or b""
        whole = BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(FILE, store)
            file.writestr(THEIR_SETTINGS, settings)
        return whole.getvalue()


def _settled(work: Work, member: int, wanted: datetime, now: datetime) -> bool:
    """It is no longer asked for, from now on; False where another one has made it meanwhile."""
    made = update(table).where(table.c.id == member, table.c.wanted == wanted).values(wanted=None, due=now)
    return work.connection.execute(made).rowcount > 0


def _letter(home: Home, packed: bytes, wanted: datetime) -> Letter:
    seal = home.service.pipeline.stationery.seal
    words = _words()[seal.language]
    hello = words["hello"].format(name=seal.name) if seal.name else words["hello_nameless"]
    return Letter(
        LetterKind.RECEIPT,
        words["subject"],
        f"{hello} {words['greeting']}",
        (Section(paragraphs=tuple(words["text"])),),
        (words["colophon"],),
        events=(),
        wordings=(),
        about=f"{_ABOUT}{wanted.isoformat()}",
        enclosed=Enclosure(NAME, packed),
    )


def _zone(home: Home) -> tzinfo:
    return home.service.pipeline.stationery.cadence.zone


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))
