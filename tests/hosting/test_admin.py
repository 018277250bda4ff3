"""`triage admin` as those who run the service type it, and what the operator's role of the database keeps from them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from tests.hosting.desk import ADDRESS, PASSWORD, Desk, desk
from tests.rig.postgres import Cluster
from triage.errors import ConfigError, InputError, StoreError
from triage.hosting import members
from triage.store.postgres import take

pytestmark = pytest.mark.server


def _as_superuser(here: Desk, statement: LiteralString, *values: object) -> None:
    with psycopg.connect(here.database.superuser, autocommit=True) as connection:
        connection.execute(statement, values)


def test_from_the_invitation_to_the_end(here: Desk) -> None:
    (made,) = here.told("admin", "invite", "--days", "3")
    assert here.told("admin", "list") == [
        {
            "handle": made["handle"],
            "state": "invited",
            "provider": "",
            "fault": "",
            "failures": 0,
            "polled": None,
            "due": None,
            "enrolled": None,
        }
    ]
    _, handle, _ = here.member()
    assert [one["handle"] for one in here.told("admin", "list", "--state", "active")] == [handle]
    assert here.told("admin", "suspend", handle) == {"handle": handle, "before": "active", "state": "suspended"}
    assert here.told("admin", "resume", handle)["state"] == "active"
    assert here.told("admin", "forget", handle, "--yes")["state"] == "forgotten"
    assert [one["handle"] for one in here.told("admin", "list")] == [made["handle"]]


def test_a_dry_run_changes_nothing(here: Desk) -> None:
    _, handle, _ = here.member()
    before = here.everything()
    here.types("admin", "invite", "--dry-run")
    here.types("admin", "invite", "--again", handle, "--dry-run")
    for change in ("suspend", "resume", "forget"):
        assert "would be" in here.types("admin", change, handle, "--dry-run").stderr
    here.types("admin", "migrate", "--dry-run")
    here.types("admin", "rotate-keys", "--dry-run")
    assert here.everything() == before


def test_to_forget_is_asked_for_once_more(here: Desk) -> None:
    _, handle, _ = here.member()
    done = here.types("admin", "forget", handle, stdin="n\n")
    assert done.exit_code == 1
    assert handle in here.everything()
    assert "is forgotten" in here.types("admin", "forget", handle, stdin="y\n").stderr
    assert handle not in here.everything()


def test_a_handle_that_nobody_has_is_a_sentence(here: Desk) -> None:
    for change in ("suspend", "resume", "forget"):
        with pytest.raises(InputError, match="There is no member m-nobody"):
            here.types("admin", change, "m-nobody", "--dry-run")


def test_nothing_that_is_shown_names_anybody(here: Desk) -> None:
    number, *_ = here.member()
    with here.engine("worker") as engine:
        found = members.load(engine, here.keys, number, take(engine, number))
        with found.store.writing() as work:
            work.notes.set("Lillehammer", "rejection")
    for command in (("list",), ("health",), ("lag",), ("list", "--json"), ("health", "--json"), ("rotate-keys",)):
        said = here.types("admin", *command).output
        assert not [word for word in (ADDRESS, "robin", PASSWORD, "Lillehammer", "rejection") if word in said]


def test_health_says_what_to_do(here: Desk) -> None:
    done = here.types("admin", "health", "--json")
    assert done.exit_code == 1
    found = {one["name"]: one for one in json.loads(done.stdout)["findings"]}
    assert found["workers"]["remedy"].startswith("start one")
    assert found["members"]["told"] == "nobody yet"
    _as_superuser(here, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert here.types("admin", "health").exit_code == 0
    _, handle, _ = here.member()
    _as_superuser(here, "UPDATE member SET fault = 'locked-out', due = now() - interval '1 hour'")
    _as_superuser(
        here,
        "INSERT INTO provider (host, failures, open_until) VALUES (%s, 9, now() + interval '1 hour')",
        "imap.x.org",
    )
    done = here.types("admin", "health", "--json")
    assert done.exit_code == 1
    found = {one["name"]: one for one in json.loads(done.stdout)["findings"]}
    assert found["mailboxes"]["told"] == "1 locked-out"
    assert "after 9 failures" in found["provider imap.x.org"]["told"]
    assert "more workers" in found["work"]["remedy"]
    assert [one["handle"] for one in here.told("admin", "list", "--fault")] == [handle]


def test_lag_counts_what_waits(here: Desk) -> None:
    here.member()
    _as_superuser(here, "UPDATE member SET due = now() - interval '1 minute'")
    told = here.told("admin", "lag")
    assert told["overdue"] > 59
    assert (told["waiting"], told["doing"], told["later"], told["members"]) == (1, 0, 0, 1)
    _as_superuser(here, "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
    told = here.told("admin", "lag")
    assert (told["waiting"], told["oldest"], told["later"]) == (0, 0.0, 1)


def test_migrate_makes_all_tables_and_may_be_done_again(tmp_path: Path, cluster: Cluster) -> None:
    database = cluster.empty()
    here = desk(tmp_path / "desk", database)
    with pytest.raises(StoreError, match="triage admin migrate"):
        here.types("admin", "list")
    for _ in range(2):
        assert here.told("admin", "migrate")["migrated"]
    here.member()
    assert len(here.told("admin", "list")) == 1
    cluster.drop(database)


@pytest.mark.parametrize(
    ("missing", "command"),
    [("procrastinate", ("admin", "list")), ("psycopg", ("enrol", "X")), ("psycopg", ("leave", "X", "--yes"))],
)
def test_without_what_hosting_takes_it_says_how_to_get_it(missing: str, command: tuple[str, ...]) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from triage.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=False)
    assert done.returncode == ConfigError.exit_code
    assert done.stderr.strip().endswith(f"({missing}): pip install 'triage[hosting]'.")


# --- What the operator's role may not ------------------------------------------------------------------------------

_TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
_OPEN = {"provider", "served", "alembic_version"}
"""What the operator may look into: nothing in them is about a member."""


def test_the_operators_role_reads_no_table_of_a_member_and_writes_none_at_all(here: Desk) -> None:
    here.member()
    with psycopg.connect(here.database.superuser) as connection:
        tables = [name for (name,) in connection.execute(_TABLES)]
    assert {"event", "letter", "application", "setting", "secret", "member"} <= set(tables)
    with psycopg.connect(here.database.operator, autocommit=True) as connection:
        connection.execute("SELECT set_config('triage.member', '1', false)")  # pretending does not help
        for name in tables:
            table = sql.Identifier(name)
            if name not in _OPEN and not name.startswith("procrastinate"):
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(sql.SQL("SELECT 1 FROM {}").format(table))
            for order in (
                "DELETE FROM {}",
                "TRUNCATE {}",
                "DROP TABLE {}",
                "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
            ):
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(sql.SQL(order).format(table))


ATTEMPTS: tuple[LiteralString, ...] = (
    "SELECT sealed FROM secret",
    "SELECT invitation FROM member",
    "SELECT hosting_hold(1, 1)",
    "SELECT hosting_wrote(1, 'x')",
    "SELECT hosting_corrected(1)",
    "SET ROLE triage_worker",
    "SET ROLE triage_owner",
    "CREATE VIEW spy AS SELECT 1",
    "CREATE FUNCTION spy() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "COPY (SELECT 1) TO '/tmp/spied'",
    "SELECT pg_read_file('/etc/passwd')",
    "ALTER ROLE triage_operator BYPASSRLS",
)


def test_nor_by_any_other_way(here: Desk) -> None:
    here.member()
    with psycopg.connect(here.database.operator, autocommit=True) as connection:
        for attempt in ATTEMPTS:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(attempt)


def test_what_the_operator_is_shown_has_no_kinds_no_names_and_no_numbers_of_members(here: Desk) -> None:
    here.member()
    with psycopg.connect(here.database.operator, autocommit=True) as connection:
        columns = {
            view: [column.name for column in connection.execute(f"SELECT * FROM {view}").description or ()]
            for view in ("member_health", "hosting_counts", "secret_keys")
        }
    assert columns == {
        "member_health": ["name", "state", "provider", "fault", "failures", "polled", "due", "enrolled", "seen"],
        "hosting_counts": ["what", "number"],
        "secret_keys": ["key", "sealed"],
    }
