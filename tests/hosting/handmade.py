"""A worker whose jobs are made for a test: it writes down what it does, and waits where it is told to.

    python -m tests.hosting.handmade URL CONCURRENCY TAKEOVER FAREWELL LONGEST

Tables `done(member, worker)` and `held(member, deaf)`: while a member stands in the second, their job does not end;
unless this worker is to end, and the job listens.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import psycopg

from triage.hosting.manner import Manner
from triage.hosting.queue import Visit
from triage.hosting.tasks import Jobs
from triage.hosting.worker import Worker

TABLES = """
CREATE TABLE done (member int, worker int, begun timestamptz DEFAULT clock_timestamp(), ended timestamptz);
CREATE TABLE held (member int PRIMARY KEY, deaf boolean);
GRANT ALL ON done, held TO triage_worker;
"""


def main(url: str, concurrency: int, takeover: float, farewell: float, longest: float) -> int:
    """One worker, until it is told to end."""

    def carry_out(visit: Visit, stops: Callable[[], bool]) -> str:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("INSERT INTO done (member, worker) VALUES (%s, %s)", (visit.member, os.getpid()))
            while held := connection.execute("SELECT deaf FROM held WHERE member = %s", (visit.member,)).fetchone():
                if stops() and not held[0]:
                    break
                time.sleep(0.02)
            connection.execute(
                "UPDATE done SET ended = clock_timestamp() WHERE member = %s AND worker = %s",
                (visit.member, os.getpid()),
            )
        if visit.member < 0:
            raise ValueError("a word of a mail")
        return "done"

    manner = Manner(concurrency, takeover, farewell, fetch=0.05, longest=longest)
    return Worker(url, Jobs(carry_out, lambda member: None, lambda member: None), manner).run()


if __name__ == "__main__":
    url, concurrency, *seconds = sys.argv[1:]
    sys.exit(main(url, int(concurrency), *map(float, seconds)))
