"""Everything remembered, in one transaction domain. Contains no decisions.

    with store.writing() as work:
        work.log.record(event, ...)
        work.log.move(cursor)          # both or neither

Never stored: the body or the subject of a mail, and passwords.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from triage.errors import StoreError
from triage.store.acts import Acts
from triage.store.corrections import Corrections
from triage.store.engine import FILE, held, open_engine, read_only, translated
from triage.store.log import Log
from triage.store.notes import Notes
from triage.store.outbox import Outbox

SECRET = "secret"  # noqa: S105  # the name of the setting, not its value


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction's view of the store."""

    log: Log
    outbox: Outbox
    notes: Notes
    corrections: Corrections
    acts: Acts


class Store:
    """The store in one folder. Safe to use from several threads: each transaction has its own connection."""

    def __init__(self, folder: Path) -> None:
        """Open it, or create it. Raises StoreError."""
        self.path = folder / FILE
        self._engine: Engine = open_engine(folder)
        self.secret = self._secret()

    def writing(self) -> AbstractContextManager[Work]:
        """One transaction: all of it is kept, or nothing. Writers wait for each other."""
        return self._work(reading=False)

    def reading(self) -> AbstractContextManager[Work]:
        """One consistent view; writers are not held up."""
        return self._work(reading=True)

    @contextmanager
    def _work(self, *, reading: bool) -> Iterator[Work]:
        with translated(self.path), self._engine.connect() as connection:
            connection.execution_options(reading=reading)
            with connection.begin():
                yield _work_over(connection)

    def _secret(self) -> bytes:
        """Makes our Message-IDs unguessable, so that only someone who has a letter can answer one."""
        with self.writing() as work:
            if not work.notes.setting(SECRET):
                work.notes.set(SECRET, secrets.token_hex(32))
            return bytes.fromhex(work.notes.setting(SECRET))

    def shrink(self) -> None:
        """Write the file anew without what was deleted, and empty the write-ahead log. Raises StoreError."""
        with translated(self.path), self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)  # noqa: S101  # the engine is SQLite's
            raw.execute("VACUUM")
            busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(
                f"Traces of what was deleted are still in {self.path}-wal, because another program reads the store. "
                "Close it and try again."
            )

    def close(self) -> None:
        self._engine.dispose()


def _work_over(connection: Connection) -> Work:
    return Work(Log(connection), Outbox(connection), Notes(connection), Corrections(connection), Acts(connection))


def copy(source: Path, target: Path) -> None:
    """Copy the store in folder `source` to folder `target`, consistent even while a service writes to it.

    Raises StoreError.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (source / FILE).exists():
        return
    (target / FILE).touch(mode=0o600)
    with (
        translated(source / FILE),
        closing(read_only(source / FILE)) as old,
        closing(sqlite3.connect(target / FILE)) as new,
    ):
        old.backup(new)


__all__ = ["FILE", "Acts", "Corrections", "Log", "Notes", "Outbox", "Store", "Work", "copy", "held"]
