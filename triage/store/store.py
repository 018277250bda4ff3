"""The store as a whole: opening it, and one transaction after the other."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unicodedata import unidata_version

from sqlalchemy import Connection, Engine

from triage.core.journey import near
from triage.errors import StoreError
from triage.store.acts import Acts
from triage.store.cipher import PLAIN, Cipher
from triage.store.corrections import Corrections
from triage.store.engine import open_engine, read_only
from triage.store.faults import readable, translated
from triage.store.folder import FILE, sync
from triage.store.log import Log
from triage.store.notes import Notes
from triage.store.outbox import Outbox
from triage.store.quick import Quick
from triage.store.search import Search
from triage.store.trials import Trials

TRAITS = "traits"
"""The setting that says by which rules the applications are marked: ours, of letters, and of domains."""
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
    search: Search


class Store:
    """The store in one folder. Safe to use from several threads: each transaction has its own connection."""

    def __init__(self, folder: Path, cipher: Cipher = PLAIN, *, whole: bool = True) -> None:
        """Open it, or create it. Raises StoreError.

        Without `whole`, one that is very large is not checked from end to end: for what only looks at it.
        """
        self.path = folder / FILE
        self.cipher = cipher
        self._engine: Engine = open_engine(folder, cipher, whole=whole)
        self.quick = Quick(self.path, cipher)
        self._settle()
        self.secret = self._secret()
        self.run = secrets.token_hex(8)
        """Names this run of the program, to tell it from one that died."""

    def writing(self, *, lasting: bool = True) -> AbstractContextManager[Work]:
        """One transaction: all of it is kept, or nothing. Writers wait for each other.

        Where it need not last, a loss of power may take it back, as a whole, until the next one that does: the disk is
        not woken for it.
        """
        return self._work(reading=False, lasting=lasting)

    def reading(self) -> AbstractContextManager[Work]:
        """One consistent view; writers are not held up."""
        return self._work(reading=True)

    @contextmanager
    def _work(self, *, reading: bool, lasting: bool = True) -> Iterator[Work]:
        with translated(self.path), self._engine.connect() as connection:
            connection.execution_options(reading=reading)
            with _synced(connection, lasting=lasting), connection.begin():
                work = _work_over(connection)
                yield work
                if not reading:
                    work.search.settle()

    def _settle(self) -> None:
        """After an upgrade, of the program or of what it goes by, what follows from the log is made anew for all."""
        rules = f"{near.VERSION} {unidata_version} {version('publicsuffixlist')}"
        with self.reading() as work:
            known = work.notes.setting(TRAITS) == rules
        if not known:
            with self.writing() as work:
                work.search.unsettle()
                work.notes.set(TRAITS, rules)

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
        self.quick.close()
        self._engine.dispose()


@contextmanager
def _synced(connection: Connection, *, lasting: bool) -> Iterator[None]:
    """Within this, a commit is on the disk when it returns, unless it need not last."""
    if lasting:
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        raw.execute("PRAGMA synchronous = FULL")


def _work_over(connection: Connection) -> Work:
    return Work(
        Log(connection),
        Outbox(connection),
        Notes(connection),
        Corrections(connection),
        Acts(connection),
        Trials(connection),
        Search(connection),
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
