"""A database that was put back from a backup: no worker starts in it until what the backup cannot know is put right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.hosting.desk import Desk, desk
from tests.rig.postgres import Cluster, Database
from triage.errors import BusyError, InputError, StoreError
from triage.hosting.putting_back import require_settled, settle_in
from triage.store.backup import COPIED

pytestmark = pytest.mark.server


@pytest.fixture
def before(tmp_path: Path, hosted: Database) -> Desk:
    """A service that knows where its tables lie."""
    made = desk(tmp_path / "before", hosted)
    with psycopg.connect(hosted.owner, autocommit=True) as connection:
        settle_in(connection)
    return made


@pytest.fixture
def copied(tmp_path: Path, before: Desk, cluster: Cluster) -> Iterator[Desk]:
    """The same in another database, as a backup has it, with two members."""
    before.member()
    before.member()
    copy = cluster.copy(before.database)
    yield desk(tmp_path / "copy", copy)
    cluster.drop(copy)


def starts(here: Desk) -> bool:
    with here.engine("worker") as engine:
        try:
            require_settled(engine)
        except StoreError as error:
            assert "triage admin after-restore" in str(error)  # noqa: PT017  # the other way out is no error at all
            return False
    return True


def marked(here: Desk) -> int:
    with psycopg.connect(here.database.superuser, autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM setting WHERE name = %s", (COPIED,)).fetchone()
    return int(row[0]) if row else 0


def listing(here: Desk, *left_out: str, **change: str) -> str:
    """The list of members there, on disk, without these, and with this changed of all others."""
    told = [one | change for one in here.told("admin", "list") if one["handle"] not in left_out]
    path = here.folder / "members.json"
    path.write_text(json.dumps(told))
    return str(path)


def test_a_worker_starts_where_the_tables_were_made_and_where_nothing_is_noted(before: Desk, hosted: Database) -> None:
    assert starts(before)
    with psycopg.connect(hosted.owner, autocommit=True) as connection:
        settle_in(connection)  # a second time it changes nothing
        connection.execute("COMMENT ON TABLE member IS NULL")
    assert starts(before)


def test_in_a_copy_it_starts_after_every_store_was_marked(copied: Desk, before: Desk) -> None:
    assert not starts(copied)
    told = copied.told("admin", "after-restore", "--dry-run")
    assert (told["members"], told["done"], marked(copied), starts(copied)) == (2, False, 0, False)
    copied.types("admin", "migrate")
    assert not starts(copied), "to bring the tables up to date does not say where they come from"
    assert copied.told("admin", "after-restore")["done"]
    assert (marked(copied), starts(copied)) == (2, True)
    assert (marked(before), starts(before)) == (0, True)


def test_who_has_left_who_was_suspended_and_who_came_since(copied: Desk, before: Desk) -> None:
    gone, stays = (one["handle"] for one in before.told("admin", "list"))
    before.types("admin", "forget", gone, "--yes")
    before.types("admin", "suspend", stays)
    _, late, _ = before.member()
    told = copied.told("admin", "after-restore", "--members", listing(before), "--yes")
    assert (told["left"], told["suspended"], told["lost"]) == ([gone], [stays], [late])
    assert {one["handle"]: one["state"] for one in copied.told("admin", "list")} == {stays: "suspended"}
    assert gone not in copied.everything()


def test_nobody_is_removed_without_a_yes(copied: Desk, before: Desk) -> None:
    known = listing(before, before.told("admin", "list")[0]["handle"])
    assert copied.types("admin", "after-restore", "--members", known, stdin="n\n").exit_code != 0
    assert len(copied.told("admin", "list")) == 2
    assert not starts(copied)


def test_a_list_that_is_older_than_the_backup_removes_nobody(copied: Desk) -> None:
    with psycopg.connect(copied.database.superuser, autocommit=True) as connection:
        connection.execute("UPDATE member SET polled = now() - interval '1 day'")
        old = listing(copied, copied.told("admin", "list")[0]["handle"])
        connection.execute("UPDATE member SET polled = now()")
    with pytest.raises(InputError, match="older than the backup"):
        copied.types("admin", "after-restore", "--members", old, "--yes")
    assert len(copied.told("admin", "list")) == 2


@pytest.mark.parametrize("text", ["", "[]", "[1]", '[{"handle": "m-1"}]', '{"a": 1}'])
def test_what_is_no_list_is_refused(copied: Desk, text: str) -> None:
    (copied.folder / "members.json").write_text(text)
    with pytest.raises(InputError, match="no list of members"):
        copied.types("admin", "after-restore", "--members", str(copied.folder / "members.json"))


def test_not_while_workers_are_connected(copied: Desk) -> None:
    with copied.engine("worker") as engine, engine.connect(), pytest.raises(BusyError, match="Stop all of them"):
        copied.types("admin", "after-restore")
