"""The store as a whole: opening it, and one transaction after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from triage.errors import StoreError
from triage.store import backup
from triage.store.cipher import PLAIN, Cipher
from triage.store.engine import open_engine, read_only
from triage.store.faults import translated
from triage.store.folder import FILE
from triage.store.quick import Quick
from triage.store.work import Memory, Work, work_over
from triage.whole import sync


class Store(Memory):
    """The store in one folder. Safe to use from several threads: each transaction has its own connection."""

    def __init__(self, folder: Path, cipher: Cipher = PLAIN, *, whole: bool = True) -> None:
        """Open it, or create it. Raises StoreError.

        Without `whole`, one that is very large is not checked from end to end: for what only looks at it.
        """
        super().__init__()
        self.path = folder / FILE
        self.cipher = cipher
        self._engine: Engine = open_engine(folder, cipher, whole=whole)
        self._quick = self.quick = Quick(self.path, cipher)
        self._get_ready()

    def writing(self, *, lasting: bool = True) -> AbstractContextManager[Work]:
        return self._work(reading=False, lasting=lasting)

    def reading(self) -> AbstractContextManager[Work]:
        return self._work(reading=True)

    @contextmanager
    def _work(self, *, reading: bool, lasting: bool = True) -> Iterator[Work]:
        with translated(self.path), self._engine.connect() as connection:
            connection.execution_options(reading=reading)
            with _synced(connection, lasting=lasting), connection.begin():
                work = work_over(connection)
                yield work
                if not reading:
                    work.search.settle()

    def overwrite(self, now: datetime) -> None:
        self.shrink()
        backup.rewrite(self.path.parent, now, self.cipher)

    def back_up(self, now: datetime) -> bool:
        return backup.daily(self.path.parent, now, self.cipher) is not None

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
        self._quick.close()
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
