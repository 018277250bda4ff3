"""Putting another file in the store's place: decided by one renaming, and carried through whoever dies meanwhile.

The store that is replaced is kept under another name. Its write-ahead log must be gone before the new file is there,
or SQLite would play it into that one; and the old file must not be found without it. So the new file first lies
beside the old under the name of a decision, and whoever next opens the store carries it out.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from triage.store.folder import FILE, alone, beside, changes, name_aside, put_aside
from triage.whole import sync

_DECIDED = f"{FILE}-restored"


def replace(folder: Path, new: Path, now: datetime) -> tuple[Path, ...]:
    """Put `new`, which lies in the same folder and is on the disk, in the store's place. To be called `alone`.

    Returns what there was, under its new names.
    """
    kept = _set_aside(folder, now)
    new.replace(folder / _DECIDED)
    sync(folder)
    _carry_out(folder)
    return kept


def _set_aside(folder: Path, now: datetime) -> tuple[Path, ...]:
    """Second names for the store and what lies beside it; the first ones still hold."""
    store = folder / FILE
    for earlier in put_aside(folder):
        if store.exists() and earlier.samefile(store):
            earlier.unlink()  # from a replacement that was killed before it was decided
    aside = name_aside(folder, now.strftime("%Y%m%d-%H%M%S"))
    there = [one for one in (store, *changes(store)) if one.exists()]
    kept = tuple(aside.with_name(aside.name + one.name.removeprefix(FILE)) for one in there)
    for one, name in zip(there, kept, strict=True):
        name.hardlink_to(one)
    sync(folder)
    return kept


def settle(folder: Path) -> None:
    """Carry out a replacement that was decided by a process that was killed then."""
    if decided(folder):
        with alone(folder):
            if decided(folder):
                _carry_out(folder)


def decided(folder: Path) -> bool:
    """Is there a replacement that was decided and not carried out to its end?"""
    return (folder / _DECIDED).exists()


def _carry_out(folder: Path) -> None:
    for old in beside(folder / FILE):
        old.unlink(missing_ok=True)
    sync(folder)  # before the new file may be found: names need not reach the disk in the order they were changed
    (folder / _DECIDED).replace(folder / FILE)
    sync(folder)
