"""Opening the store: the file and its rights, the integrity check, the migrations.

A damaged store, or one written by a newer version, is refused and left as it is; it is never started anew.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event

from triage.errors import StoreError
from triage.store import schema, swap, triggers
from triage.store.cipher import PLAIN, Cipher, database_errors, is_plain
from triage.store.faults import damaged, translated, usable
from triage.store.folder import BACKUPS, FILE, alone, changes, draft_name, drafts, erase, put_aside
from triage.store.version import NEWEST
from triage.whole import rooted, sync

SMALL = 16 * 1024 * 1024
"""Bytes of a store that is always checked from end to end: they take a fifth of a second, and years of a search."""


class Check(Enum):
    """How closely a store is looked at before it is believed."""

    WHOLE = "from end to end, and each index against its table"
    PAGES = "every page, every row and what it refers to: a sixth of the time, and no index is compared with its table"
    TABLES = "the description of the tables"


def open_engine(folder: Path, cipher: Cipher = PLAIN, *, whole: bool = True) -> Engine:
    """Open or create the store in `folder`. Raises StoreError: damaged, too new, not writable, or not its key.

    A large one is not checked as a whole: that is done before each backup is made. Without `whole`, as for commands
    that only look, of a large one the tables alone are.
    """
    path = folder / FILE
    with translated(path), usable(path):
        _make_private(folder, path)
        swap.settle(folder)
        if not path.exists():
            with alone(folder):
                _create(path, cipher)
        large = Check.PAGES if whole else Check.TABLES
        version = sound_version(path, cipher, Check.WHOLE if path.stat().st_size <= SMALL else large)
        engine = _engine(path, cipher)
        _settle(engine)
        if version < NEWEST:
            _migrate(engine)
    return engine


def _make_private(folder: Path, path: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if path.is_dir():
        raise StoreError(f"{path} is a folder, and should be the store's file. Move it away.")
    if path.is_file():
        path.chmod(0o600)
        os.close(os.open(path, os.O_RDWR))


def _create(path: Path, cipher: Cipher) -> None:
    """A new store appears whole or not at all, so that an empty file is always one that was damaged."""
    if path.exists():
        return  # another process has made it meanwhile
    refuse_to_forget(path)
    rooted(path.parent)
    for draft in drafts(path.parent):
        erase(draft)
    # The file is private from birth, and the -wal and -shm that SQLite makes later copy its mode.
    descriptor, name = tempfile.mkstemp(prefix=draft_name(path), dir=path.parent)
    os.close(descriptor)
    engine = _engine(Path(name), cipher)
    try:
        _migrate(engine)
        engine.dispose()
        if changes(Path(name)):
            # Closing moves SQLite's log of changes into the file, and does not say where the disk refused that.
            raise StoreError(f"The disk failed while the store {path} was made on it. Look at it, and start again.")
        # Unlike a renaming, this cannot replace a store that a person has put there meanwhile.
        with suppress(FileExistsError):
            path.hardlink_to(name)
        sync(path.parent)
    finally:
        engine.dispose()
        Path(name).unlink()


def refuse_to_forget(path: Path) -> None:
    """A new log would begin in silence where there was one."""
    for left in changes(path):
        # SQLite would play its pages into the new file.
        raise StoreError(
            f"The store {path} is missing, but its log of last changes, {left.name}, is still there. Put the store "
            "back, or let `triage restore` bring back a backup; to begin a new log, move that file away."
        )
    copies = [*(path.parent / BACKUPS).glob("triage-*"), *put_aside(path.parent)]
    if copies:
        raise StoreError(
            f"The store {path} is missing, but copies of it are there, such as {copies[0]}. `triage restore` puts "
            "one in its place; to begin a new log, move them away."
        )


def _settle(engine: Engine) -> None:
    """What a killed process had written and not synced, we see: before anybody relies on it, it is on the disk."""
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _engine(path: Path, cipher: Cipher) -> Engine:
    address = URL.create("sqlite", database=str(path))
    # A creator, because the key has to be said before anything else is.
    # The connection that was used last comes first: SQLite has the pages at hand that it has read or written itself.
    engine = create_engine(address, module=cipher.driver, creator=lambda: cipher.connect(path), pool_use_lifo=True)
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


def image(fill: Callable[[Connection], object]) -> bytes:
    """A new store that `fill` has filled, in one transaction, as the bytes of its file; nothing of it is on a disk."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    try:
        raw: Any = engine.raw_connection().driver_connection
        raw.execute("PRAGMA temp_store = MEMORY")
        _migrate(engine)
        with engine.begin() as connection:
            fill(connection)
        return bytes(raw.serialize())
    finally:
        engine.dispose()


def read_only(path: Path, cipher: Cipher = PLAIN) -> Any:
    """A connection that cannot change the file: for looking at one that may be damaged, and for copying."""
    return cipher.connect(path, "mode=ro")


def sound_version(path: Path, cipher: Cipher = PLAIN, check: Check = Check.WHOLE) -> str:
    """The schema's version, once all is known to be well. Nothing is written before that. Raises StoreError."""
    try:
        with closing(_looking(path, cipher)) as connection:
            _unlock(connection, path, cipher)
            intact = check is Check.TABLES or cipher.intact(connection)
            version = version_if_sound(connection, check) if intact else ""
    except UnicodeDecodeError as error:  # SQLite's own words about a damaged file quote it
        raise damaged(path) from error
    if not version:
        raise damaged(path)
    if version > NEWEST:
        raise StoreError(
            f"The store {path} was written by a newer version of triage (schema {version}, this one knows "
            f"{NEWEST}), and was left as it is. Install the newer version again, or go back to a backup from before: "
            "`triage restore`."
        )
    return version


def _looking(path: Path, cipher: Cipher) -> Any:
    """Read-only; but what a process left that was killed in the middle of a change, SQLite has to take back first."""
    unfinished = any(one.name.endswith("-journal") for one in changes(path))
    return cipher.connect(path) if unfinished else read_only(path, cipher)


def _unlock(connection: Any, path: Path, cipher: Cipher) -> None:
    """Read the first page, which tells whether this is the way to read it. Raises StoreError where it is not."""
    if cipher.key and is_plain(path):
        raise StoreError(
            f"The store {path} is not encrypted, but [store] encrypted = true. `triage encrypt` encrypts it."
        )
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except database_errors() as error:
        if "not a database" not in str(error) or path.stat().st_size == 0:
            raise
        why = "the key is another one" if cipher.key else "it is encrypted, and [store] encrypted = true is missing"
        raise StoreError(
            f"The store {path} cannot be read: it is damaged, or {why}. It was left as it is. Where it is damaged, "
            "`triage restore` puts the newest sound backup in its place."
        ) from error


_ASKED: Mapping[Check, Mapping[str, object]] = {
    Check.WHOLE: {"integrity_check(1)": ("ok",), "foreign_key_check": None},
    Check.PAGES: {"quick_check(1)": ("ok",), "foreign_key_check": None},
    Check.TABLES: {},
}
"""SQLite's checks, and what it answers where all is well."""


def version_if_sound(connection: Any, check: Check = Check.WHOLE) -> str:
    """The version of the schema; empty if the file does not hang together, or is no store of ours.

    SQLite checks how pages and indexes fit, and that rows refer to rows there are. It has no checksum of what stands
    in them: a word may be wrong and still be a word.
    """
    ask = connection.execute
    for pragma, sound in _ASKED[check].items():
        if ask(f"PRAGMA {pragma}").fetchone() != sound:
            return ""
    if not ask("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]:
        return ""
    row = ask("SELECT version_num FROM alembic_version").fetchone()
    version = str(row[0]) if row else ""
    return version if version != NEWEST or _has_our_columns(connection) else ""


def _has_our_columns(connection: Any) -> bool:
    """The words in which the tables are described may be damaged like any other, and still describe tables."""
    try:
        for table in schema.metadata.sorted_tables:
            names = ", ".join(column.name for column in table.columns)
            connection.execute(f"SELECT {names} FROM {table.name} LIMIT 0")  # noqa: S608  # our own names
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    except database_errors():
        return False
    return found >= triggers.NAMES


def _migrate(engine: Engine) -> None:
    # Imported here: it takes longer to load than everything else and is needed once per version.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "triage.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
