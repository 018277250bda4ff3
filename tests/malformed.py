"""The table of malformed mails (tests/corpus/malformed): what is wrong with each, and what has to come of it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bombs import BOMBS
from tests.fakes import MONDAY
from triage.core.message import parse
from triage.core.values import Cursor, Kind, Message, RawMessage

FOLDER = Path(__file__).parent / "corpus" / "malformed"


@dataclass(frozen=True, slots=True)
class Expected:
    """A row of the table: what is None is not looked at. The table says what the fields mean."""

    name: str
    why: str
    defects: list[str] | None = None
    kind: Kind | None = None
    subject: str | None = None
    subject_starts: str = ""
    sender: str | None = None
    sender_name: str | None = None
    name_lacks: str = "\0"
    message_id: str | None = None
    message_id_length: int | None = None
    text: str | None = None
    has: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    sole: bool | None = None
    forwarded: bool | None = None
    calendar: bool | None = None
    company: str | None = None
    interview_at: str | None = None
    deadline: str | None = None

    def data(self) -> bytes:
        return BOMBS[self.name]() if self.name in BOMBS else (FOLDER / f"{self.name}.eml").read_bytes()


def _table() -> Iterator[Expected]:
    for row in tomllib.loads((FOLDER / "expected.toml").read_text("utf-8"))["mail"]:
        yield Expected(**row | ({"kind": Kind(row["kind"])} if "kind" in row else {}))


TABLE = {one.name: one for one in _table()}


def parsed(name: str) -> Message:
    """The mail of that name, read by itself."""
    return parse(RawMessage(Cursor("mine", "INBOX", 1, 1), MONDAY, TABLE[name].data()))


def wrong(wanted: Mapping[str, object], got: object) -> list[str]:
    """What is not as wanted; of what is None, nothing is wanted."""
    there = {name: getattr(got, name) for name, value in wanted.items() if value is not None}
    return [f"{name}: {there[name]!r}, not {wanted[name]!r}" for name in there if there[name] != wanted[name]]
