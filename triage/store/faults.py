"""What the errors of the database and of the file system mean to a person; the only place that knows their words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from triage.errors import StoreError
from triage.store.cipher import database_errors


def damaged(path: Path) -> StoreError:
    return StoreError(
        f"The store {path} is damaged, or the disk cannot read it. It was left as it is: `triage restore` puts the "
        "newest sound backup in its place and keeps the damaged one under another name."
    )


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Within this, values that make no sense are a StoreError; `what` names the row they stand in.

    SQLite checks how its pages hang together, not what stands in them.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"The store is damaged: {what} cannot be read. `triage restore` puts the newest sound backup in its place."
        ) from error


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Within this, errors of the database about `path` are StoreErrors."""
    try:
        yield
    except database_errors() as error:
        raise _explained(str(getattr(error, "orig", error)), path) from error


@contextmanager
def usable(path: Path, what: str = "store") -> Iterator[None]:
    """Within this, errors of the file system are StoreErrors. `what` says in a word what is to lie at `path`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(path, what) from error
        raise StoreError(
            f"The {what} {path} cannot be written ({error.strerror}). Check the folder's owner and rights, "
            "or set [store] path in the configuration."
        ) from error


def _full(path: Path, what: str = "store") -> StoreError:
    return StoreError(f"The disk that holds the {what} {path} is full. Nothing was lost; make room.")


def _explained(said: str, path: Path) -> StoreError:
    text = said.lower()
    if any(words in text for words in ("malformed", "not a database", "decode")):
        return damaged(path)
    if "disk i/o" in text:
        return StoreError(
            f"The disk that holds the store {path} fails, or allows no more ({said}). What was logged before stays; "
            "look at the disk, at how it is mounted, and at your quota."
        )
    if "full" in text:
        return _full(path)
    if "locked" in text:
        return StoreError(f"The store {path} is held by another program. Close it and try again.")
    if "readonly" in text or "unable to open" in text:
        return StoreError(f"The store {path} cannot be written. Check the file's owner and rights.")
    return StoreError(f"The store {path} failed: {said}.")
