"""What a job costs that is put back, because all that its provider bears is promised to others: beside looks, in one
run, so that the shares hold on other days."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.hosting import rates, trees
from bench.hosting.house import House

_FROM, _TO = 0.1, 0.85
_PATIENCE = 300.0
_GLANCE = 0.2


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of one job, and the statements it asks."""

    worker: float
    database: float
    statements: float


@dataclass(frozen=True, slots=True)
class Crowded:
    """`swept`: jobs that the sweep has deferred, which do not name the provider: the member's rooms are opened first.
    `known`: jobs that the job before has deferred, which do."""

    look: Cost
    swept: Cost
    known: Cost


def crowded(house: House, workers: int, among: Sequence[int]) -> Crowded:
    """These members are due at once, with nothing new in their mailboxes: first their looks, then put back twice.

    Raises TimeoutError.
    """
    rates.none_due(house)
    house.work(workers)
    rates.due(house, among)
    look = _middle(house, among)
    house.ask(_PROMISED)
    rates.none_due(house)
    rates.due(house, among)
    swept = _middle(house, among)
    house.ask("UPDATE member SET due = now() WHERE id = ANY(%s)", list(among))
    house.ask(_BROUGHT_FORWARD)
    known = _middle(house, among)
    house.rest()
    house.ask("UPDATE provider SET turn = NULL")
    return Crowded(look, swept, known)


def _middle(house: House, among: Sequence[int]) -> Cost:
    """Of one job, in the middle of the work."""
    first, before = _once(house, among, _FROM)
    last, after = _once(house, among, _TO)
    _once(house, among, 1.0)
    worker, database, statements = ((to - of) / max(1, last - first) for of, to in zip(before, after, strict=True))
    return Cost(worker, database, statements)


def _once(house: House, among: Sequence[int], share: float) -> tuple[int, tuple[float, float, int]]:
    """When so many are done: how many they are, and what the workers and the database have taken so far."""
    end = time.monotonic() + _PATIENCE
    while True:
        ((done, statements),) = house.ask(_SO_FAR, list(among))
        if done >= share * len(among):
            return done, (trees.cpu(*(one.pid for one in house.workers)), _database(house), statements)
        if time.monotonic() > end:
            raise TimeoutError(f"{done} of {len(among)} jobs were done within {_PATIENCE:.0f} s")
        time.sleep(_GLANCE)


def _database(house: House) -> float:
    """Without what it takes to look on: that is much beside so little."""
    server = house.cluster.process
    return trees.cpu(server.pid) - trees.cpu(house.desk.info.backend_pid) if server else 0.0


_PROMISED = "UPDATE provider SET turn = now() + interval '5 minutes'"
# Due now, and nothing is kept free for them.
_BROUGHT_FORWARD = """
UPDATE procrastinate_jobs SET scheduled_at = now(),
       args = jsonb_set(args, '{standings,0}', jsonb_build_array(extract(epoch FROM now()), 0, 0))
WHERE task_name = 'poll' AND status = 'todo'
"""
_SO_FAR = """
SELECT (SELECT count(*) FROM member WHERE id = ANY(%s) AND due > now() + interval '2 minutes'),
       (SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE userid = 'triage_worker'::regrole)
"""
