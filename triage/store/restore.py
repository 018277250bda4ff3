"""Going back to a copy of the store. The one that is replaced is kept, and at every moment one of the two is there."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from triage.errors import InputError, StoreError
from triage.store import checksum, swap
from triage.store.backup import COPIED, Backup, existing, inspect
from triage.store.cipher import PLAIN, Cipher, database_errors
from triage.store.engine import sound_version
from triage.store.faults import translated, usable
from triage.store.folder import BACKUPS, FILE, alone, beside, changes, draft_name
from triage.whole import sync

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def chosen(folder: Path, which: str = "", cipher: Cipher = PLAIN) -> Path:
    """The copy that is meant: by its day, by its path, or the newest that is sound. Raises InputError, StoreError."""
    if which and not _DAY.fullmatch(which):
        return _readable(Path(which))
    backups = existing(folder, cipher)
    fitting = [one.path for one in backups if (which in one.path.name if which else not one.fault)]
    if not fitting:
        named = f"of {which}" if which else "that can be used"
        raise InputError(
            f"There is no backup {named} in {folder / BACKUPS}; `triage backup --list` shows what there is."
        )
    return fitting[0]


def _readable(path: Path) -> Path:
    try:
        path.open("rb").close()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}; `triage backup --list` shows the backups there are.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    return path


@contextmanager
def prepared(folder: Path, source: Path, cipher: Cipher = PLAIN) -> Iterator[Backup]:
    """The copy at `source`, checked, and ready in the store's folder for `put_back`. `source` itself is only read.

    Raises StoreError where it is damaged, or of a newer version. If it is not put back, nothing of it stays.
    """
    with usable(folder / FILE):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=draft_name(folder / FILE), dir=folder)
        os.close(descriptor)
    draft = Path(name)
    try:
        with usable(folder / FILE):
            found = _ready(draft, source, cipher)
        yield found
    finally:
        for path in (draft, *beside(draft)):
            path.unlink(missing_ok=True)


def _ready(draft: Path, source: Path, cipher: Cipher) -> Backup:
    try:
        _copy(source, draft, cipher)
        found = inspect(draft, cipher)
    except database_errors():
        found = Backup(draft, 0, fault="damaged")
    if found.fault:
        newer = found.schema and f"was made by a newer version of triage (schema {found.schema})"
        raise StoreError(f"{source} {newer or 'is damaged, or no copy of a store'}. Nothing was changed.")
    made = found.made or datetime.fromtimestamp(source.stat().st_mtime, UTC)
    _awaken(draft, made, cipher)
    sync(draft)
    return Backup(draft, found.size, made, found.schema, found.lines, found.forgotten)


def _copy(source: Path, draft: Path, cipher: Cipher) -> None:
    """With the write-ahead log that lies beside it, where someone has copied a store that was at work."""
    for one in (source, *changes(source)):
        shutil.copyfile(one, draft.with_name(draft.name + one.name.removeprefix(source.name)))
    if changes(draft):
        with closing(cipher.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")


def _awaken(draft: Path, made: datetime, cipher: Cipher) -> None:
    """A store at work again: it changes, and it knows that letters may have been sent that it has no record of."""
    with closing(cipher.connect(draft)) as connection:
        for order in checksum.CLEAR:
            connection.execute(order)
        connection.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", [COPIED, made.isoformat()])
        connection.execute("PRAGMA journal_mode = WAL")  # as it will be; turned later, it could be found half turned


def put_back(folder: Path, draft: Path, now: datetime, cipher: Cipher = PLAIN) -> tuple[Path, ...]:
    """Put the prepared copy in the store's place. Returns the names under which the store of before is kept.

    To be called while nothing works on the store (`held`). Raises StoreError; the store is then as it was.
    """
    with usable(folder / FILE), alone(folder):
        merge(folder / FILE, cipher)
        return swap.replace(folder, draft, now)


def merge(path: Path, cipher: Cipher) -> None:
    """Play the write-ahead log into a sound store, which fails where another program has it open.

    A damaged one is kept as it is, log and all.
    """
    try:
        with translated(path):
            sound_version(path, cipher)
    except StoreError:
        return
    with translated(path), closing(cipher.connect(path, timeout=5)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
