"""Looking at a store without opening it for use: nothing in its folder changes by that, not even a name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from triage.store.cipher import Cipher, database_errors
from triage.store.engine import read_only, sound_version, version_if_sound
from triage.store.faults import translated
from triage.store.folder import BACKUPS, FILE, beside
from triage.store.glance import CHECKED
from triage.store.version import NEWEST


@dataclass(frozen=True, slots=True)
class Looked:
    """A store that is sound. `is_current`: no upgrade of its tables is due."""

    size: int
    is_current: bool
    checked: str = ""
    """Names the configuration that a service last found good (`config.outline.seal`)."""
    polled: datetime | None = None
    """When some mailbox was last read."""


def look(folder: Path, cipher: Cipher) -> Looked:
    """Check the store in this folder from end to end. Raises StoreError, saying what is wrong with it."""
    path = folder / FILE
    size = sum(one.stat().st_size for one in (path, *beside(path)) if one.exists())
    version = _by_itself(path, cipher)
    if not version:
        with translated(path):
            version = sound_version(path, cipher)
    if version != NEWEST:
        return Looked(size, is_current=False)
    with translated(path), _reading(path, cipher) as connection:
        polled = connection.execute("SELECT max(polled) FROM health").fetchone()[0]
    moment = datetime.fromisoformat(polled).replace(tzinfo=UTC) if polled else None
    return Looked(size, True, checked(folder, cipher), moment)


def checked(folder: Path, cipher: Cipher) -> str:
    """Names the configuration that a service last found good; empty where none did. Raises StoreError."""
    path = folder / FILE
    with translated(path), _reading(path, cipher) as connection:
        row = connection.execute("SELECT value FROM setting WHERE name = ?", [CHECKED]).fetchone()
    return str(row[0]) if row else ""


def _stands_alone(path: Path) -> bool:
    """Nobody has it open, and nothing of it lies elsewhere."""
    return not any(one.exists() for one in beside(path))


def _by_itself(path: Path, cipher: Cipher) -> str:
    """The version of a sound store that nobody has open; empty where it takes a closer look to say what is wrong."""
    if not _stands_alone(path):
        return ""
    try:
        with _reading(path, cipher) as connection:
            version = version_if_sound(connection) if cipher.intact(connection) else ""
            return version if version <= NEWEST else ""
    except database_errors():
        return ""
    except (ValueError, OSError):
        return ""


@contextmanager
def _reading(path: Path, cipher: Cipher) -> Iterator[Any]:
    """SQLite would put its index beside a store that nobody has open, and leave it there: `immutable` keeps it off."""
    alone = _stands_alone(path)
    with closing(cipher.connect(path, "mode=ro&immutable=1") if alone else read_only(path, cipher)) as connection:
        yield connection


def newest_backup(folder: Path) -> date | None:
    """The day of the newest copy, by the names; None where there is none."""
    days = sorted(path.stem.removeprefix("triage-") for path in (folder / BACKUPS).glob("triage-*.sqlite3"))
    for day in reversed(days):
        try:
            return date.fromisoformat(day)
        except ValueError:
            continue
    return None
