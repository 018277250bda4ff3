"""The outbox: letters on their way, what they tell, and the wordings they used, over one open transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select

from triage.core.letter import Composed, LetterKind, Sent
from triage.store import schema as t
from triage.store.faults import readable
from triage.store.rows import add, unless_known


@dataclass(frozen=True, slots=True)
class Queued:
    """One letter waiting for its delivery. With `attempts` above 0 it may have arrived already."""

    id: int
    message_id: str
    data: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as the record keeps it; `sent` is None while it is on its way."""

    kind: LetterKind
    composed: datetime
    sent: datetime | None
    told: tuple[int, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Outbox:
    """Reads and writes within the transaction it was made for."""

    connection: Connection

    def enqueue(self, letter: Composed, now: datetime) -> int:
        """Put a letter in the outbox, with what it tells marked as told. Returns its id."""
        values = {
            "kind": letter.kind.value,
            "message_id": letter.message_id,
            "composed": now,
            "data": letter.data,
            "attempts": 0,
            "due": now,
            "refused": False,
            "error": "",
            "about": letter.about,
        }
        key = add(self.connection, t.letter, values)
        self.connection.execute(t.act.update().where(t.act.c.id.in_(letter.acts)).values(confirmed=key))
        for event in letter.events:
            self.connection.execute(insert(t.telling).values(event=event, letter=key))
        for block, variant in letter.wordings:
            self.connection.execute(insert(t.wording).values(letter=key, block=block, variant=variant))
        return key

    @readable("a letter in it")
    def waiting(self, now: datetime, longest: timedelta = timedelta(days=1)) -> tuple[Queued, ...]:
        """The letters to deliver now, oldest first.

        No letter is ever put off for longer than `longest`: one that seems to be was put off by a clock that was wrong.
        """
        table = t.letter
        due = (table.c.due <= now) | (table.c.due > now + longest)
        query = select(table).where(table.c.sent.is_(None), ~table.c.refused, due)
        rows = sorted(self.connection.execute(query), key=attrgetter("id"))  # as in `sent`
        return tuple(Queued(row.id, row.message_id, row.data, row.attempts) for row in rows)

    @readable("a letter in it")
    def next_due(self) -> datetime | None:
        """When the next letter is to be tried."""
        return self.connection.execute(
            select(func.min(t.letter.c.due, type_=t.letter.c.due.type)).where(
                t.letter.c.sent.is_(None), ~t.letter.c.refused
            )
        ).scalar()

    def begin_attempt(self, letter: int, due: datetime) -> bool:
        """To be committed before the courier is called: whoever comes after a crash looks first, from `due` on.

        False where the letter was withdrawn meanwhile.
        """
        values = {"attempts": t.letter.c.attempts + 1, "due": due}
        begun = t.letter.update().where(t.letter.c.id == letter).values(values)
        return self.connection.execute(begun).rowcount > 0

    def remember(self, kind: LetterKind, message_id: str, about: str, told: Sequence[int], sent: datetime) -> None:
        """Enter a letter that was sent without our knowing. What another letter has told stays with that one."""
        values = {
            "kind": kind.value,
            "message_id": message_id,
            "about": about,
            "composed": sent,
            "sent": sent,
            "due": sent,
        }
        key = add(self.connection, t.letter, values | {"attempts": 1, "refused": False, "error": ""})
        for event in told:
            self.connection.execute(unless_known(self.connection, t.telling).values(event=event, letter=key))

    def mark_sent(self, letter: int, now: datetime) -> None:
        """It has arrived: its content is no longer needed here."""
        values = {"sent": now, "data": None, "error": ""}
        self.connection.execute(t.letter.update().where(t.letter.c.id == letter).values(values))

    def postpone(self, letter: int, error: str, due: datetime) -> None:
        """It did not arrive, as far as we know; try again at `due`."""
        values = {"error": error, "due": due}
        self.connection.execute(t.letter.update().where(t.letter.c.id == letter).values(values))

    def refuse(self, letter: int, error: str) -> None:
        """It cannot be delivered as things are; kept, and shown in the status."""
        values = {"error": error, "refused": True}
        self.connection.execute(t.letter.update().where(t.letter.c.id == letter).values(values))

    def retry_refused(self, now: datetime) -> int:
        """Try the refused ones again, for the person has been at work. Returns how many there are."""
        refused = t.letter.update().where(t.letter.c.refused).values(refused=False, due=now)
        return self.connection.execute(refused).rowcount

    def troubles(self) -> tuple[str, ...]:
        """What keeps letters from arriving, one sentence each."""
        query = select(t.letter.c.error).where(t.letter.c.sent.is_(None), t.letter.c.error != "").distinct()
        return tuple(self.connection.execute(query).scalars())

    @readable("a letter in it")
    def sent(self, since: datetime) -> tuple[Sent, ...]:
        """Every letter written since then, delivered or on its way, oldest first."""
        asked = exists().where(t.wording.c.letter == t.letter.c.id, t.wording.c.block.like("step-%"))
        columns = t.letter.c.id, t.letter.c.kind, t.letter.c.composed, t.letter.c.about, asked
        query = select(*columns).where(t.letter.c.composed >= since)
        # Ordered here: SQLite would rather read all of them in order than take these from their index.
        rows = sorted(self.connection.execute(query), key=attrgetter("id"))
        return tuple(Sent(LetterKind(kind), at, about, asks) for _, kind, at, about, asks in rows)

    @readable("a letter in it")
    def letters(self) -> tuple[Written, ...]:
        """Every letter ever written, oldest first."""
        told: dict[int, list[int]] = {}
        for row in self.connection.execute(select(t.telling).order_by(t.telling.c.event)):
            told.setdefault(row.letter, []).append(row.event)
        rows = self.connection.execute(select(t.letter).order_by(t.letter.c.id))
        return tuple(_written(row, told.get(row.id, ())) for row in rows)

    @readable("a letter in it")
    def by_message_id(self, message_id: str) -> Written | None:
        """Our own letter with this Message-ID."""
        row = self.connection.execute(select(t.letter).where(t.letter.c.message_id == message_id)).first()
        if row is None:
            return None
        told = select(t.telling.c.event).where(t.telling.c.letter == row.id).order_by(t.telling.c.event)
        return _written(row, self.connection.execute(told).scalars().all())

    def clear(self) -> None:
        """Drop the record of every letter that is not on its way, and of the wordings it used."""
        done = select(t.letter.c.id).where(t.letter.c.sent.is_not(None) | t.letter.c.refused)
        self._drop(self.connection.execute(done).scalars().all())

    def unsent(self) -> int:
        """How many letters are on their way."""
        return int(self.connection.execute(select(func.count()).where(t.letter.c.sent.is_(None))).scalar_one())

    def wrote(self, message_id: str) -> bool:
        """Is this the Message-ID of one of our own letters?"""
        own = exists().where(t.letter.c.message_id == message_id)
        return bool(self.connection.execute(select(own)).scalar())

    def used(self) -> Mapping[str, Sequence[int]]:
        """The variants each block has used, newest first: as many as there were, but of one variant only the last use.

        What is older than the last use of every variant decides nothing, and stands there as the oldest once more.
        """
        variants: dict[str, list[int]] = {}
        total: Counter[str] = Counter()
        for block, variant, uses, _ in self._worn():
            variants.setdefault(block, []).append(variant)
            total[block] += uses
        return {block: found + found[-1:] * (total[block] - len(found)) for block, found in variants.items()}

    def given(self) -> Mapping[str, datetime]:
        """When each block was last written."""
        found: dict[str, datetime] = {}
        for block, _, _, at in self._worn():
            found.setdefault(block, at)
        return found

    @readable("a letter in it")
    def _worn(self) -> Sequence[tuple[str, int, int, datetime]]:
        """Each wording that was ever used, those last used first: how often it was, and when it was last."""
        its = (t.wording.c.block == t.worn.c.block) & (t.wording.c.variant == t.worn.c.variant)
        last = select(func.max(t.wording.c.letter)).where(its).correlate(t.worn).scalar_subquery()
        columns = t.worn.c.block, t.worn.c.variant, t.worn.c.uses, t.letter.c.composed
        both = t.worn.join(t.letter, t.letter.c.id == last)
        query = select(*columns).select_from(both).where(t.worn.c.uses > 0)
        return [tuple(row) for row in self.connection.execute(query.order_by(t.letter.c.id.desc()))]

    def withdraw(self, events: Sequence[int]) -> None:
        """Drop letters that tell any of these events and cannot have arrived; what else they told is untold again.

        One whose delivery was begun may be in the mailbox already: it stays, or the rest of it would be told twice.
        """
        query = select(t.telling.c.letter).where(t.telling.c.event.in_(events)).distinct()
        letters = self.connection.execute(query).scalars().all()
        not_there = (t.letter.c.attempts == 0) | t.letter.c.refused
        unsent = t.letter.c.id.in_(letters) & t.letter.c.sent.is_(None) & not_there
        self._drop(self.connection.execute(select(t.letter.c.id).where(unsent)).scalars().all())

    def _drop(self, ids: Sequence[int]) -> None:
        """What they told is untold then, and what they confirmed is not confirmed."""
        self.connection.execute(t.act.update().where(t.act.c.confirmed.in_(ids)).values(confirmed=None))
        for table, column in ((t.telling, t.telling.c.letter), (t.wording, t.wording.c.letter)):
            self.connection.execute(delete(table).where(column.in_(ids)))
        self.connection.execute(delete(t.letter).where(t.letter.c.id.in_(ids)))


def _written(row: Row[Any], told: Sequence[int]) -> Written:
    return Written(LetterKind(row.kind), row.composed, row.sent, tuple(told), row.about)
