"""Bringing the database to what this version knows: the store's own migrations, those of hosting, and the separation.

Later migrations are made so that workers of the version before go on meanwhile (docs/hosting.md): first what is
new is added; what is old goes only with a later version, which then names the oldest program it still serves
(`oldest`, in the migration), and waits until no older worker is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Connection, Index, MetaData, Table, text
from sqlalchemy.exc import DBAPIError

from triage.errors import StoreError
from triage.store.postgres import apart, keeping
from triage.store.postgres.engine import AT_WORK, connected
from triage.store.postgres.faults import translated
from triage.store.postgres.roles import OWNER
from triage.store.postgres.separation import define, separate
from triage.store.postgres.tables import SHARED
from triage.store.schema import MEMBER

FIRST_SERVED = "0005"
"""The oldest schema that was ever hosted."""
_STORE, _HOSTING = "triage.store:migrations/versions", "triage.store.postgres:migrations"
_LOCK = 0x7472_6961_6765
"""Names the lock under which one migrates at a time."""
_IN_USE = "55P03", "40P01"
"""Waited for a lock for too long, or in a circle (PostgreSQL's documentation, appendix A)."""


def migrate(url: str, *, more: Sequence[str] = ()) -> None:
    """Bring the database to this version, as the owner's role; a second one at the same time waits. Raises StoreError.

    Safe while workers run; refused while some do that would not be served any more. `more` are folders with further
    migrations of the store.
    """
    engine = connected(url, name="triage migrate", size=1)
    try:
        with translated(), _all_or_nothing(), engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            # A change that waits for a long transaction lets all others wait behind it.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
            connection.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
            _upgrade(connection, _HOSTING, version_table="hosting_version")
            _upgrade(connection, _STORE, *more)
            separate(connection)
    finally:
        engine.dispose()


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """Nobody comes back to this by themselves, as workers do to theirs."""
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _IN_USE:
            raise
        raise StoreError(
            "The tables are in use, by a backup that is being made or something else that takes long, and were left as "
            "they are. Run this again when that is over."
        ) from None


def _upgrade(connection: Connection, *places: str, **more: str) -> None:
    config = Config()
    config.set_main_option("script_location", "triage.store:migrations")
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(places))
    config.attributes.update(connection=connection, more=more)
    oldest = "" if more else _oldest(ScriptDirectory.from_config(config))
    if oldest:
        _require_no_older(connection, oldest)
    try:
        command.upgrade(config, "head")
    except CommandError:  # a version that is none of ours
        raise StoreError(
            "The database's tables are those of a newer version, and were left as they are. Migrate with that one."
        ) from None
    if oldest:
        _serve(connection, oldest)


def _oldest(scripts: ScriptDirectory) -> str:
    """The oldest program that works with what all of these lead to."""
    return str(max(getattr(one.module, "oldest", FIRST_SERVED) for one in scripts.walk_revisions()))


def _require_no_older(connection: Connection, oldest: str) -> None:
    """A worker whose tables are taken from under it would fail at every member, and take them from the others."""
    if (connection.execute(text("SELECT max(oldest) FROM served")).scalar() or oldest) >= oldest:
        return
    # Who starts from now on waits, and is refused then.
    connection.execute(text("LOCK TABLE served IN ACCESS EXCLUSIVE MODE"))
    names = connection.execute(text(AT_WORK)).scalars()
    if found := sorted({name.rpartition(" ")[2] for name in names if name.rpartition(" ")[2] < oldest}):
        raise StoreError(
            f"Workers of an older version are at work (schema {', '.join(found)}); these tables would be for {oldest} "
            "and newer. Nothing was changed. Restart or stop those workers, then run this again."
        )


def _serve(connection: Connection, oldest: str) -> None:
    """Note down which programs these tables are for."""
    connection.execute(text("DELETE FROM served WHERE oldest <> :oldest"), {"oldest": oldest})
    connection.execute(text("INSERT INTO served VALUES (:oldest) ON CONFLICT DO NOTHING"), {"oldest": oldest})


class Separating(PostgresqlImpl):
    """How Alembic carries out a migration of the store here: with a member in every table and every key."""

    __dialect__ = "postgresql"

    def create_table(self, table: Table, **options: Any) -> None:
        if table.name in SHARED:
            super().create_table(table, **options)
            return
        if apart.numbered(table) and self.connection is not None:
            define(self.connection, keeping.next_id(table.name))
        super().create_table(apart.apart(table, MetaData()), **options)

    def create_index(self, index: Index, **options: Any) -> None:
        table = index.table
        if table is not None and table.name not in SHARED:
            columns = [Column(one.name, one.type) for one in table.columns]
            here = Table(table.name, MetaData(), *columns, Column(MEMBER))
            index = apart.index(index, here)
        super().create_index(index, **options)

    def add_column(self, table_name: str, column: Column[Any], **options: Any) -> None:
        made = column if table_name in SHARED else apart.column(column)
        if made is not column:
            Table(table_name, MetaData(), made)
        super().add_column(table_name, made, **options)

    def add_constraint(self, const: Any, **kw: Any) -> None:
        if const.table.name not in SHARED:
            raise NotImplementedError("Say how this constraint holds for each member.")
        super().add_constraint(const, **kw)
