"""A worker process: jobs side by side, told to end, killed, stopped, and its database gone for a while."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.hosting.handmade import TABLES
from tests.rig.postgres import Cluster, Database
from triage.hosting import queue
from triage.hosting.manner import Manner
from triage.hosting.worker import HUNG

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]
TAKEOVER = 3.0
PATIENCE = 30.0


@dataclass
class Bench:
    """Workers on one database, and what they have done."""

    database: Database
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def worker(self, concurrency: int = 4, farewell: float = 5.0, longest: float = 600.0) -> subprocess.Popen[str]:
        numbers = [str(number) for number in (concurrency, TAKEOVER, farewell, longest)]
        command = [sys.executable, "-m", "tests.hosting.handmade", self.database.worker, *numbers]
        made = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        self.workers.append(made)
        return made

    def defer(self, *members: int) -> None:
        with psycopg.connect(self.database.worker, autocommit=True) as connection:
            for member in members:
                queue.defer_poll(connection, member)

    def hold(self, *members: int, deaf: bool = False) -> None:
        for member in members:
            self.ask("INSERT INTO held VALUES (%s, %s)", member, deaf)

    def let_go(self) -> None:
        self.ask("DELETE FROM held")

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database.superuser, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def begun(self) -> list[tuple[int, int]]:
        """Member and worker of every job that was begun, in order."""
        return [(row[0], row[1]) for row in self.ask("SELECT member, worker FROM done ORDER BY begun")]

    def ended(self) -> list[int]:
        return [row[0] for row in self.ask("SELECT member FROM done WHERE ended IS NOT NULL ORDER BY member")]

    def left(self) -> list[tuple[str, str]]:
        """What is in the queue for members, with its state."""
        return self.ask("SELECT lock, status::text FROM procrastinate_jobs WHERE lock IS NOT NULL ORDER BY lock")

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"{self.begun()} {self.left()}"
            time.sleep(0.05)


@pytest.fixture
def bench(hosted: Database) -> Iterator[Bench]:
    made = Bench(hosted)
    made.ask(TABLES)
    yield made
    for worker in made.workers:
        if worker.poll() is None:
            worker.send_signal(signal.SIGCONT)
            worker.kill()
        worker.communicate(timeout=10)


def test_jobs_run_side_by_side_and_those_of_one_member_never(bench: Bench) -> None:
    """More of them than Python would have threads for, by itself, on a machine with two cores."""
    bench.hold(*range(1, 11))
    bench.defer(*range(1, 11))
    bench.worker(concurrency=10)
    bench.until(lambda: len(bench.begun()) == 10)
    bench.defer(1)
    bench.let_go()
    bench.until(lambda: len(bench.ended()) == 11)
    assert bench.left() == []


def test_told_to_end_it_gives_back_what_it_has_in_hand_and_takes_no_more(bench: Bench) -> None:
    bench.hold(1)
    bench.defer(1)
    worker = bench.worker(concurrency=1)
    bench.until(lambda: len(bench.begun()) == 1)
    bench.defer(2)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(PATIENCE) == 0
    assert bench.ended() == [1]
    assert bench.left() == [("member:2", "todo")]


def test_what_does_not_end_in_time_is_left_to_others(bench: Bench) -> None:
    bench.hold(1, deaf=True)
    bench.defer(1)
    first = bench.worker(farewell=0.5)
    bench.until(lambda: len(bench.begun()) == 1)
    began = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE) == 0
    assert time.monotonic() - began < PATIENCE / 2
    bench.let_go()
    second = bench.worker()
    bench.until(lambda: bench.ended() == [1])
    assert [worker for _, worker in bench.begun()] == [first.pid, second.pid]


def test_one_with_a_job_that_does_not_end_is_to_be_started_anew(bench: Bench) -> None:
    bench.hold(1, deaf=True)
    bench.defer(1)
    worker = bench.worker(farewell=0.5, longest=1.0)
    assert worker.wait(PATIENCE) == HUNG
    assert bench.left() == [("member:1", "doing")]  # for the sweep of another one


def test_one_that_was_only_slow_does_not_end_the_job_of_its_successor(bench: Bench) -> None:
    bench.hold(1)
    bench.defer(1)
    first = bench.worker()
    bench.until(lambda: len(bench.begun()) == 1)
    first.send_signal(signal.SIGSTOP)
    bench.worker()
    bench.until(lambda: len(bench.begun()) == 2)
    bench.defer(1)
    # The first one comes to its end, and says so in the queue; the second one is still at it.
    first.send_signal(signal.SIGCONT)
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE) == 0
    assert bench.left() == [("member:1", "doing"), ("member:1", "todo")]
    bench.let_go()
    bench.until(lambda: bench.left() == [])
    assert len(bench.begun()) == 3


def test_a_job_that_fails_ends_nothing_else_and_its_words_are_told_nowhere(bench: Bench) -> None:
    bench.defer(-1, 1)
    worker = bench.worker()
    bench.until(lambda: 1 in bench.ended() and len(bench.ended()) > 2)  # it is done again
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 0
    assert "word of a mail" not in said


def test_without_a_queue_it_says_what_to_do(cluster: Cluster) -> None:
    made = cluster.empty()
    command = [sys.executable, "-m", "tests.hosting.handmade", made.worker, "1", "3", "1", "600"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    cluster.drop(made)
    assert "triage admin migrate" in ended.stderr


def test_signs_of_life_come_several_times_before_one_counts_as_dead() -> None:
    for takeover in (3.0, 45.0, 600.0):
        manner = Manner(takeover=takeover)
        assert manner.beat * 3 < manner.silence.total_seconds()
        assert 60 % manner.sweeps == 0
        assert manner.silence.total_seconds() + manner.sweeps <= takeover
