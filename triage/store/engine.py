"""Opening the store: the file and its rights, the lock, the integrity check, the migrations.

A damaged store, or one written by a newer version, is refused and left as it is; it is never started anew.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError

from triage.errors import BusyError, StoreError

FILE = "triage.sqlite3"
NEWEST = "0001"
"""The last migration this version knows; a test compares it with the files."""


def open_engine(folder: Path) -> Engine:
    """Open or create the store in `folder`. Raises StoreError: damaged, too new, or not writable."""
    path = folder / FILE
    _make_private(folder, path)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    with translated(path):
        _check(engine, path)
        _migrate(engine, path)
    return engine


def _make_private(folder: Path, path: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        # Made before SQLite makes it: so it, and the -wal and -shm that copy its mode, are private from birth.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"The store {path} cannot be written ({error.strerror}). Check the folder's owner and rights, "
            "or set [store] path in the configuration."
        ) from error


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own implicit transactions would begin too late and too weak; `_on_begin` begins them.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    # A writer takes its lock at once: a transaction that reads first and then writes could not be upgraded
    # while another one writes, and would fail instead of waiting.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _check(engine: Engine, path: Path) -> None:
    with engine.connect().execution_options(reading=True) as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise _damaged(path)


def _damaged(path: Path) -> StoreError:
    return StoreError(
        f"The store {path} is damaged. It was left as it is: put a backup copy in its place, "
        "or move the file away to begin a new log."
    )


def _migrate(engine: Engine, path: Path) -> None:
    version = _version(engine)
    if version == NEWEST:
        return
    if version > NEWEST:
        raise StoreError(
            f"The store {path} was written by a newer version of triage (schema {version}, this one knows "
            f"{NEWEST}). Install the newer version again; the store was left as it is."
        )
    # Imported here: it takes longer to load than everything else and is needed once per version.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "triage.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(engine: Engine) -> str:
    with engine.connect().execution_options(reading=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say what the database's errors mean to a person; the only place that knows them."""
    try:
        yield
    except DatabaseError as error:
        raise _explained(error, path) from error


def _explained(error: DatabaseError, path: Path) -> StoreError:
    text = str(error.orig).lower()
    if "malformed" in text or "not a database" in text:
        return _damaged(path)
    if "full" in text:
        return StoreError(f"The disk that holds the store {path} is full. Nothing was lost; make room.")
    if "locked" in text:
        return StoreError(f"The store {path} is held by another program. Close it and try again.")
    if "readonly" in text or "unable to open" in text:
        return StoreError(f"The store {path} cannot be written. Check the file's owner and rights.")
    return StoreError(f"The store {path} failed: {error.orig}.")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the store for one running service. Raises BusyError where another one holds it.

    The kernel lets go of the lock when the process dies, however it dies, so none is ever left behind.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BusyError(
            f"Another triage service already works on the store in {folder}. Stop that one first "
            "(systemctl --user stop triage), or give this one a store of its own."
        ) from error
    finally:
        os.close(descriptor)
