"""Looks at mailboxes a second, and what each takes of a processor: all are due at once, and so many workers do them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.hosting import trees
from bench.hosting.house import House

_FROM, _TO = 0.1, 0.85
"""The part of the work that is timed: the beginning is the workers' own, and in the end there is not enough for all."""
_PATIENCE = 600.0
_GLANCE = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """How it went. Processor seconds, jobs and statements are for each look."""

    workers: int
    each_second: float
    worker: float
    database: float
    server: float
    jobs: float
    statements: float
    begin: float
    """The share of the database's time until the mail server is asked."""


@dataclass(frozen=True, slots=True)
class _Moment:
    at: float
    looks: int
    jobs: int
    worker: float
    database: float
    server: float
    statements: int


def pace(house: House, workers: int, among: Sequence[int]) -> Pace:
    """Of so many workers, when these members are due at once, and no others."""
    none_due(house)
    house.work(workers)
    since = house.now()
    house.ask("SELECT pg_stat_statements_reset()")
    due(house, among)
    many = len(among)
    first = _at(house, since, round(_FROM * many))
    last = _at(house, since, round(_TO * many))
    begin = _begin(house)
    _at(house, since, many)
    house.rest()
    looks = max(1, last.looks - first.looks)
    return Pace(
        workers,
        looks / max(_GLANCE, last.at - first.at),
        (last.worker - first.worker) / looks,
        (last.database - first.database) / looks,
        (last.server - first.server) / looks,
        (last.jobs - first.jobs) / looks,
        (last.statements - first.statements) / looks,
        begin,
    )


def none_due(house: House) -> None:
    """Nobody is, for an hour; no job waits."""
    house.ask("DELETE FROM procrastinate_jobs WHERE task_name <> 'sweep'")
    house.ask("UPDATE member SET due = now() + interval '1 hour'")


def due(house: House, among: Sequence[int]) -> None:
    """These are, now, and have a job by the sweep."""
    house.ask("UPDATE member SET due = now() WHERE id = ANY(%s)", list(among))
    house.sweep()


def _at(house: House, since: object, looks: int) -> _Moment:
    """When so many have been looked at."""
    end = time.monotonic() + _PATIENCE
    while (found := _moment(house, since)).looks < looks:
        if time.monotonic() > end:
            raise TimeoutError(f"{found.looks} of {looks} mailboxes were looked at within {_PATIENCE:.0f} s")
        time.sleep(_GLANCE)
    return found


def _moment(house: House, since: object) -> _Moment:
    ((looks, jobs, statements),) = house.ask(_SO_FAR, since)
    return _Moment(
        time.monotonic(),
        looks,
        jobs,
        trees.cpu(*(one.pid for one in house.workers)),
        trees.cpu(house.cluster.process.pid) if house.cluster.process else 0.0,
        trees.cpu(house.served.dovecot.process.pid),
        statements,
    )


def _begin(house: House) -> float:
    ((share,),) = house.ask(_BEGINNING)
    return float(share or 0.0)


_DEAREST = """
SELECT query, calls, total_exec_time FROM pg_stat_statements WHERE userid = 'triage_worker'::regrole
AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC LIMIT 12
"""
_SO_FAR = """
SELECT (SELECT count(*) FROM member WHERE polled > %s), (SELECT sum(fence)::bigint FROM member),
       (SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE userid = 'triage_worker'::regrole)
"""
# Everything that only asks or takes comes before the visit; what notes and defers comes after it.
_BEGINNING = """
SELECT sum(total_exec_time) FILTER (
         WHERE query ~ 'worker_id|fence [+] |FROM secret|FROM member|WITH seen|pg_try_advisory_lock|FROM cursor')
       / sum(total_exec_time)
FROM pg_stat_statements WHERE userid = 'triage_worker'::regrole
"""


def dearest(house: House, looks: int) -> list[tuple[str, float, float]]:
    """The statements the database takes longest for: their words; how often, and milliseconds, for each look."""
    rows = house.ask(_DEAREST)
    return [(" ".join(query.split())[:110], calls / looks, took / looks) for query, calls, took in rows]


def quiet(house: House, seconds: float) -> None:
    """Wait until all members have been looked at once. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while house.ask("SELECT 1 FROM member WHERE polled IS NULL LIMIT 1"):
        if time.monotonic() > end:
            raise TimeoutError(f"the first looks were not over within {seconds:.0f} s")
        time.sleep(_GLANCE)
