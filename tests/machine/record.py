"""What the store says, read with plain SQL: the machine does not ask the code that it tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from tests.machine.repertoire import name
from triage.core.values import Kind
from triage.store import Memory

NOTICES = ("quiet", "silence")
_EVENTS = "SELECT id, key, kind, message_id, company, role, folder, received, application FROM event"
_LETTERS = "SELECT id, kind, message_id, composed, sent, about FROM letter ORDER BY id"
_ACTS = "SELECT id, kind, letter, text FROM act ORDER BY id"
_TOLD = "SELECT telling.event, letter.message_id FROM telling JOIN letter ON letter.id = telling.letter"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log."""

    id: int
    name: str
    kind: Kind
    company: str
    application: int


@dataclass(frozen=True, slots=True)
class Written:
    """One letter of ours."""

    id: int
    kind: str
    message_id: str
    composed: datetime
    sent: bool
    about: str


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the reader said."""

    kind: str
    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """The whole store at one moment."""

    lines: Sequence[Line]
    letters: Sequence[Written]
    said: Sequence[Said]
    told: Sequence[tuple[int, str]]
    """Ids of events, each with the Message-ID of the letter that tells it."""
    dangling: int
    """Rows that name one which is not there."""

    @property
    def mails(self) -> list[Line]:
        return [line for line in self.lines if line.kind not in NOTICES]

    @property
    def on_their_way(self) -> list[Written]:
        return [letter for letter in self.letters if not letter.sent]

    def names(self) -> Counter[str]:
        return Counter(line.name for line in self.mails)

    def told_by(self, message_id: str) -> list[Line]:
        ids = {event for event, letter in self.told if letter == message_id}
        return [line for line in self.lines if line.id in ids]


def read(store: Memory) -> Record:
    with store.reading() as work:
        ask = work.log.connection.exec_driver_sql
        return Record(
            [_line(row) for row in ask(_EVENTS)],
            [_written(row) for row in ask(_LETTERS)],
            [Said(*row[1:]) for row in ask(_ACTS)],
            [(event, letter) for event, letter in ask(_TOLD)],
            len(ask("PRAGMA foreign_key_check").all()),
        )


def sound(store: Memory) -> bool:
    with store.reading() as work:
        return work.log.connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def _line(row: Row[Any]) -> Line:
    if row.kind in NOTICES:
        called = row.key
    elif row.kind == Kind.UNREADABLE:
        called = unreadable(row.folder, _time(row.received))
    else:
        called = name(row.message_id, row.company, row.role)
    return Line(row.id, called, Kind(row.kind), row.company, row.application or 0)


def unreadable(folder: str, received: datetime) -> str:
    """A mail of which nothing can be read is known by where it lies and when it came."""
    return f"unreadable, {folder}, {received}"


def _written(row: Row[Any]) -> Written:
    return Written(row.id, row.kind, row.message_id, _time(row.composed), row.sent is not None, row.about)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
