"""Connections to the database, and whether its tables are those that this program knows."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.string import StrDumper
from sqlalchemy import Connection, Engine, create_engine, event, text

from triage.errors import StoreError, Unserved
from triage.store.postgres.faults import translated
from triage.store.postgres.tables import member
from triage.store.version import NEWEST

CONNECT_SECONDS = 10
WAIT_SECONDS = 30
"""For a connection, where all are in use."""
_ALIVE: dict[str, Any] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


_LASTING = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
"""What is committed is on the disk: a server may be tuned not to wait for it, and then a letter could go out twice."""
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
"""Each statement sees what was committed before it, whatever the server's own default is: so waiting for a member's
row ends with the row as it is then."""

AT_WORK = (
    "SELECT DISTINCT application_name FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE 'triage worker %'"
)
"""Whoever connects gives its name and the newest schema it knows. These are those of the workers."""


class _Whole(StrDumper):
    """PostgreSQL takes every character but this one, and a mail may have it."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def open_engine(url: str, *, name: str, size: int) -> Engine:
    """Up to `size` connections, for a program of this name. Raises StoreError: not reached, too old, or too new.

    Also refused is a role that would see the rows of all members.
    """
    engine = connected(url, name=name, size=size)
    try:
        with translated(), engine.connect() as connection:
            _check(connection)
    except StoreError:
        engine.dispose()
        raise
    return engine


def require_served(engine: Engine) -> None:
    """Raises Unserved where the tables have become those of other versions. A database that is away is no reason."""
    for _ in range(2):  # the first may be told that its connection has gone
        try:
            with translated(), engine.connect() as connection:
                _check(connection)
            return
        except Unserved:
            raise
        except StoreError:
            continue


def connected(url: str, *, name: str, size: int) -> Engine:
    """The same, with any tables and any role. `url` is what libpq takes, several hosts included."""

    def connect() -> psycopg.Connection[Any]:
        # Transactions are begun by `_on_begin`, in one step with what they begin with.
        connection = psycopg.connect(
            url, autocommit=True, application_name=f"{name} {NEWEST}", connect_timeout=CONNECT_SECONDS, **_ALIVE
        )
        connection.adapters.register_dumper(str, _Whole)
        connection.execute(_LASTING)
        return connection

    engine = create_engine(
        "postgresql+psycopg://",
        creator=connect,
        pool_size=size,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_use_lifo=True,
        use_native_hstore=False,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_begin(connection: Connection) -> None:
    if opening := connection.get_execution_options().get("opening", BEGIN):
        connection.exec_driver_sql(opening)


_ASKED = text(
    "SELECT row_security_active('event'), version_num, oldest, ARRAY(SELECT attname::text FROM pg_attribute "
    "WHERE attrelid = 'member'::regclass AND attnum > 0 AND NOT attisdropped) FROM alembic_version, served"
)


def _check(connection: Connection) -> None:
    separated, version, oldest, columns = connection.execute(_ASKED).one()
    if not separated:
        raise StoreError("This role of the database sees the rows of all members. Use triage_worker.")
    if version < NEWEST:
        raise Unserved(
            f"The database's tables are those of an older version (schema {version}, this one needs {NEWEST}). "
            "Run `triage admin migrate`."
        )
    if not set(member.columns.keys()) <= set(columns):
        raise Unserved("The database's tables are those of an older version. Run `triage admin migrate`.")
    if oldest > NEWEST:
        raise Unserved(
            f"The database's tables are made for newer versions (schema {oldest}, this one knows {NEWEST}). "
            "Install the newer version here too."
        )
