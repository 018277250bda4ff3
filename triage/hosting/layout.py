"""The queue's own tables in the database: made, brought up to date, and set up for a queue that turns over quickly.

procrastinate brings its schema and the changes to it as files, and keeps no account of which of them were made: so
the name of the last one stands in a comment on its table.
"""

from __future__ import annotations

from importlib import resources
from typing import Any, LiteralString

from procrastinate.schema import SchemaManager
from psycopg import Connection, sql

from triage.errors import StoreError

_FOLDER = resources.files("procrastinate.sql") / "migrations"
_ONE_AT_A_TIME = 7_204_191
"""Names the lock in the database, for whoever lays it out."""
_TABLES = "procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers"
_SETTINGS: LiteralString = """
ALTER TABLE procrastinate_jobs SET (
  fillfactor = 70, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000,
  autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 2000);
ALTER TABLE procrastinate_events SET (
  autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE procrastinate_workers SET (fillfactor = 50, autovacuum_vacuum_threshold = 100);
CREATE INDEX IF NOT EXISTS triage_jobs_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing');
DO $body$
DECLARE
  found regprocedure;
BEGIN
  FOR found IN SELECT oid FROM pg_proc WHERE proname ~ '^procrastinate_fetch_job' LOOP
    EXECUTE format('ALTER FUNCTION %s SET enable_sort = off', found);
  END LOOP;
END
$body$
"""
"""Every job is a few rows that live for minutes: they are cleared away often, and not by the size of the tables.

To take a job, procrastinate asks for each that is due whether another one of its lock goes before it, for which it has
no index; and by the statistics of a quiet hour it would rather sort all that are due than walk along its index to the
first of them. With 20,000 due, after an outage, that took seconds a job; so it takes a millisecond.
"""


def lay_out(connection: Connection[Any], workers: str = "triage_worker", operators: str = "triage_operator") -> None:
    """Make the queue's tables, or bring them up to date, as their owner. The roles are given what they need.

    Raises StoreError where somebody else has made them, or a newer version of procrastinate.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ONE_AT_A_TIME,))
        last = changes()[-1]
        for change in _missing(_known(connection)):
            connection.execute(change)
        connection.execute(sql.SQL("COMMENT ON TABLE procrastinate_workers IS {}").format(sql.Literal(last)))
        connection.execute(_SETTINGS)
        for role, rights in ((workers, "SELECT, INSERT, UPDATE, DELETE"), (operators, "SELECT")):
            _allow(connection, role, rights)


def _known(connection: Connection[Any]) -> str | None:
    """The last change that was made; None where there is nothing yet."""
    row = connection.execute(
        "SELECT obj_description(found.oid, 'pg_class') FROM to_regclass('procrastinate_workers') AS found(oid) "
        "WHERE found.oid IS NOT NULL"
    ).fetchone()
    return None if row is None else row[0] or ""


def _missing(known: str | None) -> list[LiteralString]:
    if known is None:
        return [SchemaManager.get_schema()]
    if known not in changes():
        raise StoreError(
            "The queue in this database was not made by this version of triage, nor by an older one. "
            "Use a database of its own, or the newer triage."
        )
    return [change(name) for name in changes() if name > known]


def changes() -> list[str]:
    """The names of all changes that were ever made to the tables, in order."""
    return sorted(file.name for file in _FOLDER.iterdir() if file.name.endswith(".sql"))


def change(name: str) -> LiteralString:
    """What one of them does. Whatever procrastinate brings along is as safe as its code."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def _allow(connection: Connection[Any], role: str, rights: LiteralString) -> None:
    """For a role that exists; tables are theirs to use as `rights` say, never to change."""
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
        return
    name = sql.Identifier(role)
    for table in _TABLES:
        grant = sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), sql.Identifier(table), name)
        connection.execute(grant)
    connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
