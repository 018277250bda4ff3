"""The tables on PostgreSQL are those of the code, and workers of the version before go on while they change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql

from tests.rig.hosted import Host
from tests.rig.hosted import host as working
from tests.rig.postgres import Cluster, Database
from tests.store.making import recorded, untold
from tests.store.postgres.catalogue import faults
from triage.errors import StoreError
from triage.store.postgres import PREPARE, migrate, open_engine
from triage.store.postgres.engine import connected
from triage.store.postgres.tables import metadata
from triage.store.version import NEWEST

pytestmark = pytest.mark.server

EXPANDED = '''
"""Something new: a column, a table, an index."""
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{before}"
{oldest}

def upgrade() -> None:
    op.add_column("event", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.Integer()),
        sa.Column("note", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_visit_event"),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.UniqueConstraint("note", name="uq_visit_note"),
    )
    op.create_index("ix_visit_event", "visit", ["event"], sqlite_where=sa.text("event IS NOT NULL"))
'''
EXPLAINED = {
    "reached": ("postgresql://triage_worker@127.0.0.1:1/none", "cannot be reached"),
    "known": ("postgresql://triage_worker@127.0.0.1:{port}/none", "no such database"),
    "a role": ("postgresql://nobody@127.0.0.1:{port}/{name}", "does not let this program in"),
    "the worker": ("postgresql://triage_owner@127.0.0.1:{port}/{name}", "sees the rows of all members"),
    "no superuser": ("postgresql://postgres@127.0.0.1:{port}/{name}", "sees the rows of all members"),
}


def description(database: Database) -> set[tuple[object, ...]]:
    """All tables, columns, keys, indexes, triggers, functions, views, rules and rights."""
    asked = """
        SELECT 'column', table_name, column_name, data_type, column_default, is_nullable
            FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'key', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', ''
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text, ''
            FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function', proname, prosrc, prosecdef::text, proacl::text, ''
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 'rule', tablename, policyname, qual, with_check, roles::text FROM pg_policies
        UNION ALL SELECT 'rights', relname, relkind::text, relacl::text, relrowsecurity::text, ''
            FROM pg_class WHERE relnamespace = 'public'::regnamespace
    """
    with psycopg.connect(database.superuser) as connection:
        return set(connection.execute(asked).fetchall())


def test_the_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    engine = connected(database.owner, name="test", size=1)
    options = {"compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    versions = {"alembic_version", "hosting_version"}
    assert [one for one in found if not (one[0] == "remove_table" and one[1].name in versions)] == []


def test_to_migrate_again_changes_nothing_and_waits_for_nobody(host: Host) -> None:
    before = description(host.database)
    store = host.store(host.enrol())
    with store.writing() as work:
        work.log.knows("anything")
        migrate(host.database.owner)
    assert description(host.database) == before


SPOILT = (
    "DROP TRIGGER event_in ON event",
    "CREATE OR REPLACE FUNCTION keep_letter_in() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DROP VIEW hosting_counts",
    "REVOKE SELECT ON event FROM triage_worker",
    "COMMENT ON TRIGGER act_in ON act IS 'as an earlier version made it'",
    "GRANT EXECUTE ON FUNCTION hosting_hold(bigint, bigint) TO PUBLIC",
)


@pytest.mark.parametrize("change", SPOILT)
def test_what_another_version_made_otherwise_is_brought_to_this_one(database: Database, change: str) -> None:
    before = description(database)
    with psycopg.connect(database.owner) as connection:
        connection.execute(change.encode())
    migrate(database.owner)
    assert before <= description(database)


def test_two_at_once_take_turns(cluster: Cluster) -> None:
    empty = cluster.empty()
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(migrate, [empty.owner] * 3)) == [None] * 3
    cluster.drop(empty)


def test_an_administrator_migrates_in_the_owners_name(cluster: Cluster, database: Database) -> None:
    empty = cluster.empty()
    migrate(empty.superuser)
    assert description(empty) == description(database)
    with psycopg.connect(empty.superuser) as connection:
        assert faults(connection) == set()
    cluster.drop(empty)


def test_a_worker_may_not_migrate(database: Database) -> None:
    with pytest.raises(StoreError, match="may not do this"):
        migrate(database.worker)


def later(folder: Path, oldest: str = "") -> str:
    """A folder with a migration to come."""
    (folder / "v9001.py").write_text(EXPANDED.format(before=NEWEST, oldest=oldest))
    return str(folder)


def test_a_worker_of_the_version_before_goes_on_while_tables_are_added(host: Host, tmp_path: Path) -> None:
    """Its statements too, which the driver has prepared by then."""
    store = host.store(host.enrol())
    for number in range(8):
        assert len(untold(store)) == number
        recorded(store, f"before {number}")
    migrate(host.database.owner, more=[later(tmp_path)])
    recorded(store, "after")
    assert len(untold(store)) == 9
    with working(host.database) as another:
        assert len(untold(another.store(store.member))) == 9


def test_what_a_later_version_adds_is_kept_apart_as_all_else(host: Host, tmp_path: Path) -> None:
    migrate(host.database.owner, more=[later(tmp_path)])
    one, other = host.store(host.enrol()), host.store(host.enrol())
    recorded(one, "mine")
    recorded(other, "theirs", "and more")
    with one.writing() as work:
        work.connection.exec_driver_sql("INSERT INTO visit (event) VALUES (1)")
        assert work.connection.exec_driver_sql("SELECT v.id, note, urgent FROM visit v, event e").all() == [
            (1, "[]", False)
        ]
    with other.reading() as work:
        assert work.connection.exec_driver_sql("SELECT * FROM visit").all() == []
    with psycopg.connect(host.database.superuser) as connection:
        assert faults(connection) == set()
    with pytest.raises(StoreError, match="ForeignKeyViolation"), one.writing() as work:
        work.connection.exec_driver_sql("INSERT INTO visit (event, note) VALUES (2, 'another')")


def test_tables_that_serve_newer_programs_alone_are_refused(database: Database, tmp_path: Path) -> None:
    migrate(database.owner, more=[later(tmp_path, 'oldest = "9001"')])
    with pytest.raises(StoreError, match="made for newer versions"):
        open_engine(database.worker, name="test", size=1)


def test_an_older_program_takes_nothing_back(database: Database, tmp_path: Path) -> None:
    migrate(database.owner, more=[later(tmp_path)])
    before = description(database)
    with pytest.raises(StoreError, match="of a newer version"):
        migrate(database.owner)
    assert description(database) == before


def test_the_roles_can_be_prepared_again(cluster: Cluster, database: Database) -> None:
    before = description(database)
    cluster.ask(sql.SQL(PREPARE))
    assert description(database) == before


def test_tables_of_an_older_version_are_refused(database: Database) -> None:
    with psycopg.connect(database.owner) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
    with pytest.raises(StoreError, match="triage admin migrate"):
        open_engine(database.worker, name="test", size=1)


def test_so_are_those_that_lack_only_what_is_of_hosting(database: Database) -> None:
    """Its migrations have a count of their own."""
    with psycopg.connect(database.superuser) as connection:
        connection.execute("ALTER TABLE member DROP COLUMN wanted")
    with pytest.raises(StoreError, match="triage admin migrate"):
        open_engine(database.worker, name="test", size=1)


def test_a_database_without_tables_is_told(cluster: Cluster) -> None:
    empty = cluster.empty()
    with pytest.raises(StoreError, match="triage admin migrate"):
        open_engine(empty.worker, name="test", size=1)
    cluster.drop(empty)


@pytest.mark.parametrize(("url", "said"), EXPLAINED.values(), ids=EXPLAINED)
def test_what_keeps_it_from_opening_is_said_plainly(database: Database, url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        open_engine(url.format(port=database.port, name=database.name), name="test", size=1)
    assert caught.value.__cause__ is None
    assert "127.0.0.1" not in str(caught.value)
