"""procrastinate alone, for comparison: a process that takes jobs which do nothing, with the locks that ours have."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

import psycopg
from procrastinate import App, PsycopgConnector

from bench.hosting.house import HANDS
from bench.program import until
from tests.rig.postgres import Database

_FROM, _TO = 0.1, 0.85
_PATIENCE = 300.0
_QUEUE, _TASK = "bare", "nothing"
_START = f"import sys; from {__name__} import main; main(sys.argv[1:])"


def pace(database: Database, workers: int, jobs: int) -> float:
    """Jobs a second of so many processes."""
    with ExitStack() as stack:
        connection = stack.enter_context(psycopg.connect(database.superuser, autocommit=True))
        connection.execute("TRUNCATE procrastinate_jobs CASCADE")
        connection.execute(_FILL, (_QUEUE, _TASK, jobs))
        connection.execute("ANALYZE procrastinate_jobs")
        for _ in range(workers):
            stack.callback(_end, subprocess.Popen([sys.executable, "-c", _START, database.worker]))
        return _timed(connection, jobs)


def _timed(connection: psycopg.Connection[tuple[int]], jobs: int) -> float:
    def left() -> int:
        row = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'").fetchone()
        return row[0] if row else 0

    began = until(lambda: left() <= (1 - _FROM) * jobs, _PATIENCE), left()
    ended = until(lambda: left() <= (1 - _TO) * jobs, _PATIENCE), left()
    return (began[1] - ended[1]) / (ended[0] - began[0])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


_FILL = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, scheduled_at)
SELECT %s, %s, 'member:' || number, 'member:' || number, '{}', 'todo', now() FROM generate_series(1, %s::int) AS number
"""


def main(urls: Sequence[str]) -> None:
    """Work until told to end."""
    app = App(connector=PsycopgConnector(conninfo=urls[0], min_size=1, max_size=3))

    @app.task(name=_TASK, queue=_QUEUE)
    def nothing() -> None:
        """In a thread, as ours are."""
        time.sleep(0)

    asyncio.run(_work(app))


async def _work(app: App) -> None:
    async with app.open_async():
        await app.run_worker_async(
            queues=[_QUEUE],
            concurrency=HANDS,
            fetch_job_polling_interval=1.0,
            abort_job_polling_interval=3600.0,
            listen_notify=False,
            delete_jobs="successful",
        )
