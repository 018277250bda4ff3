"""What it costs the database to be asked for a job, by how many wait: the one cost that grows with the queue."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from bench.hosting import trees
from tests.rig.postgres import Database

_TIMES = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """Processor seconds of one question, where so many jobs wait."""

    waiting: int
    none_due: float
    all_due: float


def asked(database: Database, waiting: int) -> Asked:
    """Ask with so many jobs that wait for later; and again when all have just become due, unknown to the statistics."""
    with psycopg.connect(database.superuser, autocommit=True) as connection:
        connection.execute("TRUNCATE procrastinate_jobs CASCADE")
        connection.execute(_FILL, (waiting,))
        connection.execute("VACUUM ANALYZE procrastinate_jobs")
        later = _cost(database)
        connection.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")
        return Asked(waiting, later, _cost(database))


def _cost(database: Database) -> float:
    """In transactions that are taken back."""
    with psycopg.connect(database.worker, autocommit=True) as connection:
        row = connection.execute("SELECT worker_id FROM procrastinate_register_worker_v1()").fetchone()
        before = trees.cpu(connection.info.backend_pid)
        for _ in range(_TIMES):
            connection.execute("BEGIN")
            connection.execute("SELECT FROM procrastinate_fetch_job_v2(ARRAY['triage'], %s)", row)
            connection.execute("ROLLBACK")
        return (trees.cpu(connection.info.backend_pid) - before) / _TIMES


_FILL = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, scheduled_at)
SELECT 'triage', 'poll', 'member:' || number, 'member:' || number, '{}', 'todo', now() + interval '1 hour'
FROM generate_series(1, %s::int) AS number
"""
