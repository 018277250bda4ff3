"""How jobs wait: one for each member, the earliest, in the transaction that notes why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from tests.rig.postgres import Cluster, Database
from triage.errors import StoreError
from triage.hosting import layout, queue
from triage.hosting.layout import lay_out
from triage.hosting.queue import Errand, Standing, Visit

pytestmark = pytest.mark.server

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def connection(hosted: Database) -> Iterator[Connection[Any]]:
    with psycopg.connect(hosted.worker, autocommit=True) as made:
        made.execute("SET timezone = 'UTC'")
        yield made


def waiting(connection: Connection[Any]) -> list[tuple[str, int, int, datetime]]:
    """Errand, member, priority and moment of every job that waits."""
    return connection.execute(
        "SELECT task_name, (args->>'member')::int, priority, scheduled_at FROM procrastinate_jobs"
        " WHERE status = 'todo' ORDER BY id"
    ).fetchall()


def fetch(connection: Connection[Any]) -> int | None:
    """The member whose job a worker would get."""
    connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    row = connection.execute(
        "SELECT (args->>'member')::int FROM procrastinate_fetch_job_v2(ARRAY['triage']::varchar[],"
        " (SELECT max(id) FROM procrastinate_workers))"
    ).fetchone()
    return row[0] if row else None


def test_a_member_has_one_job_that_waits_the_earliest(connection: Connection[Any]) -> None:
    for at in (5, 2, 9):
        queue.defer(connection, Visit(7, NOW + at * MINUTE))
    queue.defer(connection, Visit(8, NOW + 30 * MINUTE))

    assert waiting(connection) == [("poll", 7, 0, NOW + 2 * MINUTE), ("poll", 8, 0, NOW + 30 * MINUTE)]


def test_of_many_at_once_those_that_wait_already_keep_no_other_from_waiting(connection: Connection[Any]) -> None:
    queue.defer(connection, Visit(2, NOW + MINUTE))
    queue.defer(connection, Visit(4, NOW + 9 * MINUTE))
    with connection.transaction():
        queue.defer(connection, *(Visit(member, NOW + 5 * MINUTE) for member in (1, 2, 3, 4)))

    assert {member: at - NOW for _, member, _, at in waiting(connection)} == {
        1: 5 * MINUTE,
        2: MINUTE,
        3: 5 * MINUTE,
        4: 5 * MINUTE,
    }


def test_a_job_is_deferred_with_what_it_belongs_to_or_not_at_all(connection: Connection[Any]) -> None:
    queue.defer(connection, Visit(7, NOW + 5 * MINUTE))

    def changes_their_mind() -> None:
        with connection.transaction():
            queue.defer(connection, Visit(7, NOW + MINUTE))
            queue.defer_poll(connection, 8)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        changes_their_mind()

    assert waiting(connection) == [("poll", 7, 0, NOW + 5 * MINUTE)]


def test_a_transaction_goes_on_where_an_earlier_job_waits(connection: Connection[Any]) -> None:
    queue.defer(connection, Visit(7, NOW))
    with connection.transaction():
        queue.defer(connection, Visit(7, NOW + MINUTE))
        queue.defer(connection, Visit(8, NOW + MINUTE))

    assert [row[1] for row in waiting(connection)] == [7, 8]


def test_what_a_job_knows_comes_back_whole(connection: Connection[Any]) -> None:
    visit = Visit(7, NOW, Errand.LOOK_BACK, (Standing(NOW, 3, turn=True), Standing(NOW + MINUTE)), deaths=2, host="x")
    queue.defer(connection, visit)

    [(task, args)] = connection.execute("SELECT task_name, args FROM procrastinate_jobs").fetchall()
    assert queue.visit_of(task, NOW, args) == visit
    assert queue.visit_of("poll", NOW, {"member": 7}) == Visit(7, NOW)  # as another version may have written it


def test_a_first_look_waits_behind_everybody_elses_mail(connection: Connection[Any]) -> None:
    queue.defer(connection, Visit(7, NOW - 2 * MINUTE, Errand.LOOK_BACK))
    queue.defer(connection, Visit(8, NOW - MINUTE))

    assert [fetch(connection), fetch(connection), fetch(connection)] == [8, 7, None]


def test_forgetting_goes_first_and_alone(connection: Connection[Any]) -> None:
    queue.defer(connection, Visit(8, NOW - MINUTE))
    queue.defer(connection, Visit(7, NOW - MINUTE))
    queue.defer_forget(connection, 7)
    queue.defer_forget(connection, 7)

    assert [fetch(connection), fetch(connection), fetch(connection)] == [7, 8, None]
    assert [row[:2] for row in waiting(connection)] == [("poll", 7)]


def test_a_job_for_later_holds_up_nothing_that_is_due(connection: Connection[Any]) -> None:
    """As it would, had each mailbox of a member a job of its own."""
    queue.defer(connection, Visit(7, NOW + 60 * MINUTE))
    queue.defer_poll(connection, 7)

    assert fetch(connection) == 7


def test_the_queue_is_laid_out_once_and_by_whoever_comes_first(cluster: Cluster) -> None:
    made = cluster.empty()
    with psycopg.connect(made.owner, autocommit=True) as owner:
        for _ in range(2):
            lay_out(owner)
        queue.defer_poll(owner, 1)
        assert len(waiting(owner)) == 1
    cluster.drop(made)


def test_a_job_is_found_at_once_among_very_many_that_are_due(hosted: Database) -> None:
    """After an outage all are, and what the database knows of its tables is from a quiet hour."""
    with psycopg.connect(hosted.superuser, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)"
            " SELECT 'triage', 'poll', 'member:' || n, 'member:' || n, jsonb_build_object('member', n),"
            " now() + interval '1 hour' FROM generate_series(1, 5000) n"
        )
        connection.execute("ANALYZE procrastinate_jobs")
        connection.execute("UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 minute'")
        before = _touched(connection)
        assert fetch(connection) == 1
        assert _touched(connection) - before < 1000


def _touched(connection: Connection[Any]) -> int:
    """Rows of the queue that were looked at so far."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    row = connection.execute(
        "SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_user_tables WHERE relname = 'procrastinate_jobs'"
    ).fetchone()
    assert row
    return int(row[0])


def test_a_queue_of_somebody_else_is_left_alone(cluster: Cluster) -> None:
    made = cluster.empty()
    with psycopg.connect(made.owner, autocommit=True) as owner:
        lay_out(owner)
        owner.execute("COMMENT ON TABLE procrastinate_workers IS 'changed in the year 3000'")
        with pytest.raises(StoreError, match="newer triage"):
            lay_out(owner)
    cluster.drop(made)


def test_later_changes_are_made_in_order_and_once(cluster: Cluster) -> None:
    """From the oldest form that needs no change to the data on to the newest; it is as if it were made anew."""
    made, anew = cluster.empty(), cluster.empty()
    changes = layout.changes()
    with psycopg.connect(made.owner, autocommit=True) as owner, psycopg.connect(anew.owner, autocommit=True) as other:
        for name in changes:
            owner.execute(layout.change(name))
        owner.execute(f"COMMENT ON TABLE procrastinate_workers IS '{changes[-1]}'")
        lay_out(owner)
        lay_out(other)
        assert _columns(owner) == _columns(other)
    cluster.drop(made)
    cluster.drop(anew)


def _columns(connection: Connection[Any]) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_name LIKE 'procrastinate%'"
        " ORDER BY 1, 2"
    ).fetchall()


def test_an_operator_sees_the_queue_and_leaves_it_as_it_is(hosted: Database, connection: Connection[Any]) -> None:
    queue.defer_poll(connection, 7)
    with psycopg.connect(hosted.operator, autocommit=True) as operator:
        assert len(waiting(operator)) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            operator.execute("DELETE FROM procrastinate_jobs")
