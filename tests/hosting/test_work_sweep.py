"""The sweep: no mailbox is forgotten, whatever becomes of the queue, and no job is given to two."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from tests.rig.postgres import Database
from triage.hosting import queue
from triage.hosting.queue import Errand, Standing, Visit
from triage.hosting.sweep import LONGEST, Swept, sweep

pytestmark = pytest.mark.server

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
SILENCE = timedelta(seconds=20)


class Table:
    """Members and jobs, put there by hand."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def member(self, due: datetime | None, state: str = "active") -> int:
        row = self.connection.execute(
            "INSERT INTO member (name, state, due) VALUES (gen_random_uuid()::text, %s, %s) RETURNING id", (state, due)
        ).fetchone()
        assert row
        return int(row[0])

    def worker(self, silent: timedelta = timedelta(0)) -> int:
        row = self.connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s) RETURNING id", (silent,)
        ).fetchone()
        assert row
        return int(row[0])

    def in_hand(self, visit: Visit, worker: int | None, since: timedelta = timedelta(0)) -> None:
        queue.defer(self.connection, visit)
        self.connection.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", (worker,))
        self.connection.execute("UPDATE procrastinate_events SET at = at - %s", (since,))

    def jobs(self) -> list[tuple[str, int, str]]:
        return self.connection.execute(
            "SELECT task_name, (args->>'member')::int, status::text FROM procrastinate_jobs ORDER BY 2, 1, 3"
        ).fetchall()

    def waiting(self, member: int) -> Visit:
        [(task, at, args)] = self.connection.execute(
            "SELECT task_name, scheduled_at, args FROM procrastinate_jobs"
            " WHERE status = 'todo' AND (args->>'member')::int = %s",
            (member,),
        ).fetchall()
        return queue.visit_of(task, at, args)


@pytest.fixture
def table(hosted: Database) -> Iterator[Table]:
    with psycopg.connect(hosted.superuser, autocommit=True) as connection:
        yield Table(connection)


@pytest.fixture
def worker(hosted: Database) -> Iterator[Connection[Any]]:
    with psycopg.connect(hosted.worker, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    ("silent", "since", "gone", "expected"),
    [
        (timedelta(seconds=5), timedelta(0), False, "doing"),
        (timedelta(seconds=30), timedelta(0), False, "todo"),
        (timedelta(0), timedelta(0), True, "todo"),  # its worker was struck off, or has said good-bye
        (timedelta(0), LONGEST + MINUTE, False, "todo"),  # it hangs
    ],
)
def test_a_job_is_taken_up_where_its_worker_gives_no_sign_of_life(
    table: Table, worker: Connection[Any], silent: timedelta, since: timedelta, gone: bool, expected: str
) -> None:
    member = table.member(NOW - MINUTE)
    visit = Visit(member, NOW - MINUTE, Errand.LOOK_BACK, (Standing(NOW - MINUTE, 2),))
    table.in_hand(visit, None if gone else table.worker(silent), since)
    sweep(worker, SILENCE)
    assert table.jobs() == [("look_back", member, expected)]
    if expected == "todo":
        again = table.waiting(member)
        assert (again.standings, again.deaths) == (visit.standings, 1)
        assert again.at <= datetime.now(UTC)


def test_it_is_taken_up_though_its_successor_waits_already(table: Table, worker: Connection[Any]) -> None:
    """As procrastinate's own way to put it back is not: it is told that its name is taken."""
    member = table.member(NOW + 60 * MINUTE)
    table.in_hand(Visit(member, NOW - MINUTE), table.worker(MINUTE))
    queue.defer(table.connection, Visit(member, NOW + 60 * MINUTE))
    assert sweep(worker, SILENCE) == Swept(1, 0)
    assert table.waiting(member).at <= datetime.now(UTC)
    assert len(table.jobs()) == 1


def test_what_workers_die_of_is_tried_more_and_more_rarely(table: Table, worker: Connection[Any]) -> None:
    member = table.member(NOW - MINUTE)
    rests, visit = [], Visit(member, NOW - MINUTE)
    for _ in range(5):
        table.in_hand(visit, table.worker(MINUTE))
        sweep(worker, SILENCE)
        visit = table.waiting(member)
        rests.append(round((visit.at - datetime.now(UTC)) / MINUTE))
    assert rests == [0, 0, 5, 10, 20]


def test_one_that_failed_is_done_again(table: Table, worker: Connection[Any]) -> None:
    member = table.member(NOW - MINUTE)
    queue.defer(table.connection, Visit(member, NOW - MINUTE))
    table.connection.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    sweep(worker, SILENCE)
    assert table.jobs() == [("poll", member, "todo")]


def test_a_sweep_that_died_keeps_nobody_from_sweeping(table: Table, worker: Connection[Any]) -> None:
    table.connection.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status)"
        " VALUES ('triage', 'sweep', 'sweep', 'doing')"
    )
    assert sweep(worker, SILENCE) == Swept(1, 0)
    assert table.jobs() == []


@pytest.mark.parametrize(
    ("state", "due", "ahead", "expected"),
    [
        ("active", -1, 0, ["poll"]),
        ("active", None, 0, ["poll"]),
        ("active", 120, 0, []),
        ("active", 120, 180, ["poll"]),
        ("suspended", -1, 0, []),
        ("invited", -1, 0, []),
        ("leaving", 60, 0, ["forget"]),
    ],
)
def test_whoever_should_have_a_job_is_given_one(
    table: Table, worker: Connection[Any], state: str, due: int | None, ahead: int, expected: list[str]
) -> None:
    member = table.member(None if due is None else NOW + due * MINUTE, state)
    for _ in range(2):
        sweep(worker, SILENCE, ahead * MINUTE)
    assert table.jobs() == [(task, member, "todo") for task in expected]


def test_whoever_is_put_forward_by_hand_is_looked_at_then(table: Table, worker: Connection[Any]) -> None:
    """As an operator's role does, which cannot touch the queue."""
    member = table.member(NOW + 60 * MINUTE)
    queue.defer(table.connection, Visit(member, NOW + 60 * MINUTE))
    table.connection.execute("UPDATE member SET due = now()")
    sweep(worker, SILENCE)
    assert table.waiting(member).at <= datetime.now(UTC)


def test_nobody_is_forgotten_whatever_is_lost_of_the_queue(table: Table, worker: Connection[Any]) -> None:
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    members = [table.member(NOW - MINUTE) for _ in range(40)]
    alive, dead = table.worker(), table.worker(MINUTE)
    for member in members:
        queue.defer(table.connection, Visit(member, NOW - MINUTE))
        fate = chance.choice(["lost", "todo", "failed", "doing", "dead", "nobody's"])
        lost = "DELETE FROM procrastinate_jobs WHERE lock = %s"
        table.connection.execute(lost, (f"member:{member}",)) if fate == "lost" else table.connection.execute(
            "UPDATE procrastinate_jobs SET status = %s, worker_id = %s WHERE lock = %s",
            (
                fate if fate in ("todo", "failed") else "doing",
                {"doing": alive, "dead": dead}.get(fate),
                f"member:{member}",
            ),
        )
    sweep(worker, SILENCE)
    states = {member: state for _, member, state in table.jobs()}
    assert len(table.jobs()) == 40, f"seed {seed}"
    assert sorted(states) == sorted(members), f"seed {seed}"
    assert set(states.values()) <= {"todo", "doing"}
    assert sweep(worker, SILENCE) == Swept(0, 0)


def test_two_sweeps_at_once_take_nothing_up_twice(table: Table, worker: Connection[Any], hosted: Database) -> None:
    member = table.member(NOW - MINUTE)
    table.in_hand(Visit(member, NOW - MINUTE), table.worker(MINUTE))
    with psycopg.connect(hosted.worker, autocommit=True) as other, worker.transaction():
        assert sweep(worker, SILENCE) == Swept(1, 0)
        # The first one has not committed yet.
        other.execute("SET lock_timeout = '1s'")
        with other.transaction():
            rows = other.execute("SELECT 1 FROM procrastinate_jobs FOR UPDATE SKIP LOCKED").fetchall()
        assert rows == []
    assert table.jobs() == [("poll", member, "todo")]


def test_workers_that_are_long_gone_are_struck_off(table: Table, worker: Connection[Any]) -> None:
    table.worker(timedelta(hours=2))
    here = table.worker()
    sweep(worker, SILENCE)
    assert table.connection.execute("SELECT id FROM procrastinate_workers").fetchall() == [(here,)]
