"""A copy of the store for each of the last seven days, so that a damaged one is not the end of the log.

A copy is made from a store that was found sound, is checked itself, and is on the disk before it gets its name; only
then an old one goes. Killed anywhere, this leaves an unfinished file at most, which the next copy clears away.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from triage.errors import StoreError
from triage.store import checksum
from triage.store.cipher import PLAIN, Cipher, database_errors
from triage.store.engine import Check, read_only, sound_version, version_if_sound
from triage.store.faults import translated, usable
from triage.store.folder import BACKUPS, FILE, alone, beside, draft_name, drafts, erase, put_aside
from triage.store.version import NEWEST
from triage.whole import sync

KEEP = 7
"""How many there are, of as many days; the one just made is always among them."""
COPIED = "copied"
"""The setting that a copy has and no other store: when it was made. A store that has it was a backup once."""
_FORGOTTEN = "SELECT count(*) FROM forgotten"
_NAME = re.compile(r"triage-(\d{4}-\d\d-\d\d)\.sqlite3")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy as it lies there. With a `fault`, which is a sentence, it cannot be put in the store's place."""

    path: Path
    size: int
    made: datetime | None = None
    schema: str = ""
    lines: int = 0
    forgotten: int = 0
    fault: str = ""


def daily(folder: Path, now: datetime, cipher: Cipher = PLAIN) -> Path | None:
    """The backup of this day (UTC) of the store in `folder`; None where there is one already that need not be remade.

    Safe while others work on the store. Raises StoreError; what backups there are stay then.
    """
    target = _target(folder, now)
    with usable(target, "backup"):
        if target.exists() and not _remembers_more(target, folder / FILE, cipher):
            return None
    return make(folder, now, cipher)


def _remembers_more(copy: Path, store: Path, cipher: Cipher) -> bool:
    """Was something forgotten since, by someone who was killed before it was forgotten in the copy too?"""
    with translated(store), closing(read_only(store, cipher)) as connection:
        known = connection.execute(_FORGOTTEN).fetchone()[0]
    return _knows_less(copy, int(known), cipher)


def _knows_less(copy: Path, forgotten: int, cipher: Cipher) -> bool:
    """Asked every hour: the copy is read from end to end only where its own word makes a difference."""
    try:
        with closing(_alone_standing(copy, cipher)) as connection:
            if connection.execute(_FORGOTTEN).fetchone()[0] >= forgotten:
                return False
    except database_errors():
        return False  # it is damaged, or no copy of a store
    return not inspect(copy, cipher).fault


def make(folder: Path, now: datetime, cipher: Cipher = PLAIN) -> Path:
    """A backup now, in place of an earlier one of this day. Raises StoreError; what backups there are stay then."""
    target = _target(folder, now)
    with usable(target, "backup"), alone(folder):
        return _make(folder, target, now, cipher)


def _target(folder: Path, now: datetime) -> Path:
    return folder / BACKUPS / f"triage-{now.astimezone(UTC).date()}.sqlite3"


def _make(folder: Path, target: Path, now: datetime, cipher: Cipher) -> Path:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    target.parent.chmod(0o700)
    sync(folder)
    for draft in drafts(folder):
        erase(draft)
    write(folder, target, now, cipher)
    _prune(target, now.astimezone(UTC).date(), cipher)
    return target


def write(folder: Path, target: Path, now: datetime, cipher: Cipher = PLAIN) -> None:
    """A copy of the store in `folder` at `target`, whole or not at all. Raises StoreError, and OSError."""
    source = folder / FILE
    descriptor, name = tempfile.mkstemp(prefix=draft_name(target), dir=target.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        with translated(source):
            sound_version(source, cipher)  # VACUUM would copy what it can of a damaged one
            with closing(read_only(source, cipher)) as connection:
                connection.execute("VACUUM INTO ?", [name])
            _date(draft, now, cipher)
        if not cipher.key:
            checksum.sign(draft)
        # SQLite has just made its indexes, from a store in which they were right: the disk is what is in doubt.
        if inspect(draft, cipher, Check.PAGES).fault:
            raise StoreError(f"A backup came out damaged and was not kept: {target.parent} may lie on a failing disk.")
        sync(draft)
        draft.replace(target)
        sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def _date(draft: Path, now: datetime, cipher: Cipher) -> None:
    with closing(cipher.connect(draft)) as connection:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [COPIED, now.astimezone(UTC).isoformat()])


def _prune(kept: Path, today: date, cipher: Cipher) -> None:
    """The oldest go, and all that knows what the store has forgotten.

    A day that is yet to come is that of a wrong clock, and counts as the oldest.
    """
    with closing(_alone_standing(kept, cipher)) as connection:
        known = int(connection.execute(_FORGOTTEN).fetchone()[0])
    others = sorted((day <= today, day, path) for day, path in _dated(kept.parent) if path != kept)
    for _, _, path in others[: max(0, len(others) - (KEEP - 1))]:
        erase(path)
    for path in (*(path for _, _, path in others), *put_aside(kept.parents[1])):
        if path.exists() and _knows_less(path, known, cipher):
            for one in (path, *beside(path)):
                erase(one)


def _dated(backups: Path) -> Iterator[tuple[date, Path]]:
    for path in backups.glob("triage-*"):
        if name := _NAME.fullmatch(path.name):
            with suppress(ValueError):  # no day is called so
                yield date.fromisoformat(name[1]), path


def existing(folder: Path, cipher: Cipher = PLAIN) -> tuple[Backup, ...]:
    """Every backup of the store in `folder`, the newest first. Raises StoreError where they cannot be read."""
    with usable(folder / BACKUPS, "backup"):
        found = [inspect(path, cipher) for _, path in sorted(_dated(folder / BACKUPS), reverse=True)]
    return tuple(found)


def inspect(path: Path, cipher: Cipher = PLAIN, check: Check = Check.WHOLE) -> Backup:
    """What can be said of a copy that lies by itself; it is not changed, nor is anything put beside it."""
    found = Backup(path, path.stat().st_size)
    try:
        with closing(_alone_standing(path, cipher)) as connection:
            version = version_if_sound(connection, check) if cipher.intact(connection) else ""
            found = _said(found, connection, version) if version else found
    except database_errors():
        version = ""
    except ValueError:  # SQLite's own words about a damaged file, or a time that is none
        version = ""
    if not version or not (cipher.key or checksum.agrees(path)):
        return Backup(path, found.size, fault=f"{path} is damaged, or no copy of a store.")
    if version > NEWEST:
        return Backup(path, found.size, schema=version, fault=f"{path} is of a newer version of triage.")
    return found


def _alone_standing(path: Path, cipher: Cipher) -> Any:
    """`immutable`: nobody writes to it, so SQLite needs no lock, and no index of a write-ahead log beside it."""
    return cipher.connect(path, "mode=ro&immutable=1")


def _said(found: Backup, connection: Any, version: str) -> Backup:
    ask = connection.execute
    made = ask("SELECT value FROM setting WHERE name = ?", [COPIED]).fetchone()
    lines, forgotten = (ask(query).fetchone()[0] for query in ("SELECT count(*) FROM event", _FORGOTTEN))
    return Backup(
        found.path, found.size, datetime.fromisoformat(made[0]) if made else None, version, int(lines), int(forgotten)
    )


def rewrite(folder: Path, now: datetime, cipher: Cipher = PLAIN) -> None:
    """After something was forgotten: `clear`, and one backup is made anew. Raises StoreError."""
    clear(folder, cipher)
    make(folder, now, cipher)


def clear(folder: Path, cipher: Cipher = PLAIN) -> None:
    """Every copy is overwritten and removed, stores that a restore has put aside among them. Raises StoreError.

    Not where the store itself is unsound: then they are all there is.
    """
    with translated(folder / FILE):
        sound_version(folder / FILE, cipher)
    with usable(folder / BACKUPS, "backup"), alone(folder):
        old = [path for _, path in _dated(folder / BACKUPS)]
        for path in (*old, *put_aside(folder), *drafts(folder)):
            erase(path)
