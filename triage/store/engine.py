"""Opening the store: the file and its rights, the lock, the integrity check, the migrations.

A damaged store, or one written by a newer version, is refused and left as it is; it is never started anew.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from triage.errors import BusyError, StoreError

FILE = "triage.sqlite3"
NEWEST = "0003"
"""The last migration this version knows; a test compares it with the files."""


def open_engine(folder: Path) -> Engine:
    """Open or create the store in `folder`. Raises StoreError: damaged, too new, or not writable."""
    path = folder / FILE
    with translated(path), _usable(path):
        _make_private(folder, path)
        if not path.exists():
            _create(path)
        version = _sound_version(path)
        engine = _engine(path)
        if version < NEWEST:
            _migrate(engine)
    return engine


def _make_private(folder: Path, path: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if path.is_file():
        path.chmod(0o600)
        os.close(os.open(path, os.O_RDWR))


def _create(path: Path) -> None:
    """A new store appears whole or not at all, so that an empty file is always one that was damaged."""
    changes = Path(f"{path}-wal")
    if changes.exists() and changes.stat().st_size:
        # SQLite would play its pages into the new file.
        raise StoreError(
            f"The store {path} is missing, but its log of last changes, {path.name}-wal, is still there. "
            "Put the store back, or move that file away too to begin a new log."
        )
    # The file is private from birth, and the -wal and -shm that SQLite makes later copy its mode.
    descriptor, name = tempfile.mkstemp(prefix=f"{FILE}-new-", dir=path.parent)
    os.close(descriptor)
    engine = _engine(Path(name))
    try:
        _migrate(engine)
        engine.dispose()
        # Unlike a renaming, this cannot replace a store that another process has made meanwhile.
        with suppress(FileExistsError):
            path.hardlink_to(name)
    finally:
        engine.dispose()
        Path(name).unlink()


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 30})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


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


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot change the file: for looking at one that may be damaged, and for copying."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)


def _sound_version(path: Path) -> str:
    """The schema's version, once all is known to be well. Nothing is written before that."""
    try:
        with closing(read_only(path)) as connection:
            sound, version = _findings(connection)
    except UnicodeDecodeError as error:  # SQLite's own words about a damaged file quote it
        raise _damaged(path) from error
    if not (sound and version):
        raise _damaged(path)
    if version > NEWEST:
        raise StoreError(
            f"The store {path} was written by a newer version of triage (schema {version}, this one knows "
            f"{NEWEST}). Install the newer version again; the store was left as it is."
        )
    return version


def _findings(connection: sqlite3.Connection) -> tuple[bool, str]:
    """Whether the file hangs together, and the version of its schema, empty if it is no store of ours."""
    sound = connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables[0] else None
    return sound, str(row[0]) if row else ""


def _damaged(path: Path) -> StoreError:
    return StoreError(
        f"The store {path} is damaged. It was left as it is: move it away, with {path.name}-wal and {path.name}-shm "
        "if they are there, and put a backup copy in its place or let a new log begin."
    )


def _migrate(engine: Engine) -> None:
    # Imported here: it takes longer to load than everything else and is needed once per version.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "triage.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say what the database's errors mean to a person; the only place that knows them."""
    try:
        yield
    except (DatabaseError, sqlite3.Error) as error:
        raise _explained(str(getattr(error, "orig", error)), path) from error


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The store {path} cannot be written ({error.strerror}). Check the folder's owner and rights, "
            "or set [store] path in the configuration."
        ) from error


def _explained(said: str, path: Path) -> StoreError:
    text = said.lower()
    if any(words in text for words in ("malformed", "not a database", "decode")):
        return _damaged(path)
    if "full" in text:
        return StoreError(f"The disk that holds the store {path} is full. Nothing was lost; make room.")
    if "locked" in text:
        return StoreError(f"The store {path} is held by another program. Close it and try again.")
    if "readonly" in text or "unable to open" in text:
        return StoreError(f"The store {path} cannot be written. Check the file's owner and rights.")
    return StoreError(f"The store {path} failed: {said}.")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the store for one running service. Raises BusyError where another one holds it.

    The kernel lets go of the lock when the process dies, however it dies, so none is ever left behind.
    """
    with _usable(folder / FILE):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BusyError(
            f"Another triage service already works on the store in {folder}. Stop that one first "
            "(systemctl --user stop triage), or give this one a store of its own."
        ) from error
