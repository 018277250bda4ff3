"""Events, letters and stores for the tests of the store, and looks at what is in one."""

from __future__ import annotations

import shutil
import stat
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from triage.core.letter import Composed, LetterKind
from triage.core.values import Details, Event, Kind
from triage.store import FILE, Memory, Store

COMPANIES = [f"Company {number}" for number in range(150)]
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def event(key: str, company: str = "Fjord", kind: Kind = Kind.REJECTION) -> Event:
    return Event(key, f"<{key}@x.example>", "mine", "INBOX", NOW, kind, 0.9, details=Details(company=company))


def letter(message_id: str, *events: int, data: bytes = b"a letter") -> Composed:
    return Composed(LetterKind.DAILY, message_id, data, events, (("close", 1), ("wait", 2)))


def as_kept(memory: Memory, one: Any) -> Any:
    """A value as it comes back: PostgreSQL has every character but one, outside of JSON."""
    if isinstance(memory, Store):
        return one
    if isinstance(one, str) and not isinstance(one, Enum):
        return one.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if is_dataclass(one) and not isinstance(one, type):
        return replace(one, **{part.name: as_kept(memory, getattr(one, part.name)) for part in fields(one)})
    return one


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that is not empty, but for SQLite's index, which is made anew whenever a store is opened."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    files = {name: data for name, data in files.items() if not name.endswith("-shm")}
    return {name: data for name, data in files.items() if data or name == FILE}


def log_of(folder: Path) -> list[str]:
    store = Store(folder)
    try:
        with store.reading() as work:
            return [known.details.company for known in work.log.events()]
    finally:
        store.close()


def recorded(store: Memory, *keys: str) -> list[int]:
    with store.writing() as work:
        return [work.log.record(event(key)) for key in keys]


def queued(store: Memory, message_id: str, *events: int) -> int:
    with store.writing() as work:
        return work.outbox.enqueue(letter(message_id, *events), NOW)


def waiting(store: Memory, now: datetime = NOW) -> list[int]:
    with store.reading() as work:
        return [one.id for one in work.outbox.waiting(now)]


def untold(store: Memory) -> list[int]:
    with store.reading() as work:
        return [one.id for one in work.log.untold(Kind)]


def copied(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "store"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
