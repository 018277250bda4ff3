"""Writing a store and its backups anew, encrypted or in plain, with nothing of the old ones left under any name."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

from triage.errors import StoreError
from triage.store import backup, swap
from triage.store.cipher import Cipher, export, is_plain
from triage.store.engine import sound_version, version_if_sound
from triage.store.faults import translated, usable
from triage.store.folder import FILE, alone, beside, draft_name, erase
from triage.store.restore import merge
from triage.whole import sync


def convert(folder: Path, old: Cipher, new: Cipher, now: datetime) -> None:
    """Turn the store in `folder` from one into the other. To be called while nothing works on it (`held`).

    Done twice, it finishes what was broken off. Raises StoreError; the store is then as it was, or as it should be.
    """
    path = folder / FILE
    with usable(path):
        swap.settle(folder)
        if is_plain(path) == bool(new.key):
            with translated(path), alone(folder):
                _convert(folder, old, new, now)
    backup.rewrite(folder, now, new)


def _convert(folder: Path, old: Cipher, new: Cipher, now: datetime) -> None:
    path = folder / FILE
    sound_version(path, old)
    merge(path, old)
    descriptor, name = tempfile.mkstemp(prefix=draft_name(path), dir=folder)
    os.close(descriptor)
    draft = Path(name)
    try:
        export(path, old, draft, new)
        if _contents(draft, new) != _contents(path, old):
            raise StoreError(f"The new file came out damaged; {path} was left as it is. The disk may be failing.")
        _ready(draft, new)
        sync(draft)
        for former in swap.replace(folder, draft, now):
            erase(former)
    finally:
        for left in (draft, *beside(draft)):
            left.unlink(missing_ok=True)


def _ready(draft: Path, cipher: Cipher) -> None:
    with closing(cipher.connect(draft)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # as it will be; turned later, it could be found half turned


def _contents(path: Path, cipher: Cipher) -> tuple[str, int]:
    """The version of a sound store, and all that is in it, as one number. Raises StoreError where it is not sound."""
    with closing(cipher.connect(path, "mode=ro")) as connection:
        version = version_if_sound(connection) if cipher.intact(connection) else ""
        if not version:
            raise StoreError(f"{path} is damaged; nothing was changed. `triage restore` goes back to a backup.")
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = 0
        for name in sorted(names):
            for row in connection.execute(f"SELECT * FROM {name}"):  # noqa: S608  # one of the names above
                found = hash((found, name, row))
        return version, found
