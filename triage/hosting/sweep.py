"""What nobody has in hand any more is taken up: jobs that failed, or whose worker has died, and members without a job.
Invitations that ran out are cleared away (`triage.hosting.expiring`).

Such a job is removed, and another one put in its place, which its old worker cannot touch: procrastinate would have a
job that was given to a second worker ended by the first one, when that wakes up. And one that is put back cannot wait
where its successor does already (its issue #1446).

What is due, and when, stands in the member's own row. So whatever happens to the queue, even if all of it were lost:
the next sweep finds everybody whose time has come and who has no job.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from procrastinate.sql import queries
from psycopg import Connection
from psycopg.rows import dict_row

from triage.hosting import expiring, queue
from triage.hosting.acting import ACT_FOR
from triage.hosting.pauses import after_deaths
from triage.hosting.queue import CHAIN, Errand, Visit

log = logging.getLogger(__name__)

LONGEST = timedelta(minutes=10)
"""No job takes so long: it is cut into slices, and every wait has an end. One that does hangs."""
AT_ONCE = 2000
"""Members without a job who are given one in one transaction."""
FORGOTTEN = timedelta(hours=1)
"""After which a worker that gives no sign of life is struck off the list."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was found."""

    taken_up: int = 0
    begun: int = 0


# A job that failed, or in hand whose worker is gone, or gives no sign of life; and one in hand for too long.
_STRANDED: LiteralString = """
SELECT job.id, job.task_name, job.args FROM procrastinate_jobs job
LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
WHERE job.status = 'failed' OR job.status = 'doing' AND (
  worker.id IS NULL OR worker.last_heartbeat < now() - %(silence)s
  OR EXISTS (SELECT FROM procrastinate_events event
             WHERE event.job_id = job.id AND event.type = 'started' AND event.at < now() - %(longest)s))
ORDER BY job.id LIMIT 1 FOR UPDATE OF job SKIP LOCKED
"""
# Their time has come, and no job is there that is under way or due by then.
_WITHOUT: LiteralString = """
SELECT id, due, state FROM member
WHERE ((state = 'active' AND coalesce(due, now()) <= now() + %(ahead)s) OR state = 'leaving')
AND NOT EXISTS (SELECT FROM procrastinate_jobs job WHERE job.lock = 'member:' || member.id AND job.status = 'doing')
AND NOT EXISTS (SELECT FROM procrastinate_jobs job WHERE job.status = 'todo'
  AND job.queueing_lock = CASE state WHEN 'active' THEN 'member:' ELSE 'forget:' END || member.id
  AND (job.scheduled_at IS NULL OR job.scheduled_at <= greatest(member.due, now())))
ORDER BY due NULLS FIRST LIMIT %(most)s
"""
# A copy of theirs is wanted, and no job is there that makes it.
_WANTED: LiteralString = """
SELECT id FROM member WHERE wanted IS NOT NULL AND state = 'active'
AND NOT EXISTS (SELECT FROM procrastinate_jobs job
                WHERE job.lock = 'export:' || member.id AND job.status IN ('todo', 'doing'))
ORDER BY wanted LIMIT %(most)s
"""
# Or they would be found to be due before that, and without a job. A worker that was stopped in the middle of a
# transaction has the row: nobody waits for it here.
_DUE = "UPDATE member SET due = %s WHERE id = (SELECT id FROM member WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)"
_STRIKE_OFF = queries["prune_stalled_workers"]


def sweep(
    connection: Connection[Any], silence: timedelta, ahead: timedelta = timedelta(0), longest: timedelta = LONGEST
) -> Swept:
    """Take up what is found, each in a transaction of its own; `connection` has autocommit.

    `silence`: after so long without a sign of life a worker counts as dead. `ahead`: who is due by then is given a job.
    `longest`: a job that is in hand for so long hangs.
    """
    taken = 0
    while _take_one_up(connection, {"silence": silence, "longest": longest}):
        taken += 1
    begun = 0
    while found := _begin(connection, ahead):
        begun += found
        if found < AT_ONCE:
            break
    expiring.clear(connection)
    connection.execute(_STRIKE_OFF, {"seconds_since_heartbeat": FORGOTTEN.total_seconds()})
    if taken:
        log.warning("Jobs that have failed or were left, taken up: %d.", taken)
    return Swept(taken, begun)


def _take_one_up(connection: Connection[Any], limits: Mapping[str, timedelta]) -> bool:
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        job = cursor.execute(_STRANDED, limits).fetchone()
        if job is None:
            return False
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", (job["id"],))
        _put_another(connection, job["task_name"], job["args"])
    return True


def _put_another(connection: Connection[Any], task: str, numbers: Mapping[str, Any]) -> None:
    now = datetime.now(UTC)
    if task == Errand.FORGET:
        queue.defer_forget(connection, int(numbers["member"]))
    elif task == Errand.EXPORT:
        deaths = int(numbers["deaths"]) + 1
        queue.defer_export(connection, int(numbers["member"]), now + after_deaths(deaths), deaths)
    elif task in CHAIN:
        died = queue.visit_of(task, now, numbers)
        deaths = died.deaths + 1
        again = Visit(died.member, now + after_deaths(deaths), died.errand, died.standings, deaths)
        connection.execute(ACT_FOR, (str(again.member),))
        connection.execute(_DUE, (again.at, again.member))
        queue.defer(connection, again)


def _begin(connection: Connection[Any], ahead: timedelta) -> int:
    """Give a job to everybody who should have one."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_WITHOUT, {"ahead": ahead, "most": AT_ONCE}).fetchall()
        now = datetime.now(UTC)
        queue.defer(connection, *(Visit(one["id"], one["due"] or now) for one in found if one["state"] == "active"))
        for one in found:
            if one["state"] == "leaving":
                queue.defer_forget(connection, one["id"])
        for one in cursor.execute(_WANTED, {"most": AT_ONCE}).fetchall():
            queue.defer_export(connection, one["id"])
    return len(found)
