"""Everything remembered, in one transaction domain. Contains no decisions.

    with store.writing() as work:
        work.log.record(event, ...)
        work.log.move(cursor)          # both or neither

Never stored: the body or the subject of a mail, and passwords.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from triage.errors import StoreError
from triage.store.acts import Acts
from triage.store.cipher import PLAIN, Cipher
from triage.store.corrections import Corrections
from triage.store.engine import held, open_engine, read_only
from triage.store.faults import readable, translated
from triage.store.folder import FILE, sync
from triage.store.log import Log
from triage.store.notes import Notes
from triage.store.outbox import Outbox
from triage.store.trials import Trials

SECRET = "secret"  # noqa: S105  # the name of the setting, not its value


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction's view of the store."""

    log: Log
    outbox: Outbox
    notes: Notes
    corrections: Corrections
    acts: Acts
    trials: Trials


class Store:
    """The store in one folder. Safe to use from several threads: each transaction has its own connection."""

    def __init__(self, folder: Path, cipher: Cipher = PLAIN) -> None:
        """Open it, or create it. Raises StoreError."""
        self.path = folder / FILE
        self.cipher = cipher
        self._engine: Engine = open_engine(folder, cipher)
        self.secret = self._secret()
        self.run = secrets.token_hex(8)
        """Names this run of the program, to tell it from one that died."""

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
            with readable("its secret"):
                return bytes.fromhex(work.notes.setting(SECRET))

    def shrink(self) -> None:
        """Write the file anew without what was deleted, and empty the write-ahead log. Raises StoreError."""
        with translated(self.path), self._engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            raw.execute("VACUUM")
            busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            # SQLite cuts it and does not sync that: after a loss of power it could be whole again.
            sync(Path(f"{self.path}-wal"))
        if busy:
            raise StoreError(
                f"Traces of what was deleted are still in {self.path}-wal, because another program reads the store. "
                "Close it and try again."
            )

    def close(self) -> None:
        self._engine.dispose()


def _work_over(connection: Connection) -> Work:
    return Work(
        Log(connection),
        Outbox(connection),
        Notes(connection),
        Corrections(connection),
        Acts(connection),
        Trials(connection),
    )


def copy(source: Path, target: Path, cipher: Cipher = PLAIN) -> None:
    """Copy the store in folder `source` to folder `target`, consistent even while a service writes to it.

    Raises StoreError.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (source / FILE).exists():
        return
    (target / FILE).touch(mode=0o600)
    with (
        translated(source / FILE),
        closing(read_only(source / FILE, cipher)) as old,
        closing(cipher.connect(target / FILE)) as new,
    ):
        old.backup(new)


__all__ = ["FILE", "Acts", "Corrections", "Log", "Notes", "Outbox", "Store", "Trials", "Work", "copy", "held"]
