"""How many workers and how much of a database 100,000 mailboxes need, by simulation; and what gives out first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.folder import say
from bench.options import Options
from bench.report import Report, Table, number
from bench.swarm.model import Model, boundless, read
from bench.swarm.world import WARM, Outage, World

MAILBOXES = 100_000
QUICK = 2_000
SECONDS, WITH_AN_OUTAGE = 300.0, 900.0
"""That count, after the first five and a half minutes."""
WORKERS = (16, 20, 24, 28, 32)
SIZES = (50_000, 100_000, 150_000, 200_000)
LARGE = (200_000, 300_000, 350_000)
AMPLE = 3_000
"""Mailboxes for each worker where workers are not to be what gives out first."""
OUTAGE = 600.0


@dataclass(frozen=True, slots=True)
class Case:
    """One run that is wanted. `down`: the provider that does not answer for ten minutes. `unlimited`: they bear all."""

    mailboxes: int
    workers: int
    down: str = ""
    unlimited: bool = False

    @property
    def seconds(self) -> float:
        return WITH_AN_OUTAGE if self.down else SECONDS

    def __str__(self) -> str:
        more = f", {self.down} down" if self.down else ", providers without limits" if self.unlimited else ""
        return f"{self.mailboxes:,} mailboxes, {self.workers} workers{more}"


def run(options: Options) -> Report:
    """The part `simulated`."""
    model = read()
    if options.quick:
        cases = {"a small fleet": [Case(QUICK, 1), Case(QUICK, 1, model.providers[0].name)]}
    else:
        downs = [Case(MAILBOXES, MAILBOXES // AMPLE, model.providers[place].name) for place in (0, 2)]
        cases = {
            "how many workers": [Case(MAILBOXES, one) for one in WORKERS],
            "a provider that does not answer for ten minutes": downs,
            "what gives out first": [Case(one, one // AMPLE) for one in SIZES],
            "how far one database goes": [Case(one, one // AMPLE, unlimited=True) for one in LARGE],
        }
    tables = tuple(_table(title, runs, model) for title, runs in cases.items())
    return Report("simulated", tables, notes=(_assumed(model),))


def _table(title: str, cases: Sequence[Case], model: Model) -> Table:
    columns = (
        "simulated",
        "polls/s",
        "due to done: p50",
        "p99",
        "p99 of the others",
        "hands busy",
        "workers' cores",
        "database's cores",
        "put back",
        "failed",
        "taken over",
        "connections",
    )
    return Table(f"{title}; {cases[0].seconds / 60:.0f} minutes", columns, tuple(_row(case, model) for case in cases))


def _row(case: Case, model: Model) -> tuple[str, ...]:
    say(f"simulating {case}")
    began = WARM + case.seconds / 10
    outage = Outage(case.down, began, began + OUTAGE) if case.down else Outage()
    found = World(boundless(model) if case.unlimited else model, case.mailboxes, case.workers, outage).run(case.seconds)
    every = [lag for lags in found.lags.values() for lag in lags]
    others = [lag for name, lags in found.lags.items() if name != case.down for lag in lags]
    hands = case.workers * model.worker.threads
    return (
        str(case),
        number(found.polls / case.seconds),
        f"{quantile(every, 0.5):.1f} s",
        f"{quantile(every, 0.99):.1f} s",
        f"{quantile(others, 0.99):.1f} s",
        _busy(found.hands_busy, hands * case.seconds),
        _busy(found.worker_busy, case.workers * case.seconds),
        _busy(found.database_busy, model.database.cores * case.seconds),
        f"{found.deferrals:,}",
        f"{found.failures:,}",
        f"{found.taken_over:,}",
        f"{round(hands * model.database.connections_per_thread):,}",
    )


def _busy(seconds: float, capacity: float) -> str:
    return f"{100 * seconds / capacity:.0f} %"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed; NaN of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def _assumed(model: Model) -> str:
    worker, database = model.worker, model.database
    return (
        f"Assumed: a poll each {model.polls.every_seconds:.0f} s, {worker.threads} hands and one core a worker, "
        f"{1000 * worker.cpu_poll:.1f} ms of it a poll; {database.cores} cores of the database, "
        f"{1000 * (database.begin_seconds + database.end_seconds):.1f} ms of one a poll. All of it: "
        "bench/swarm/fleet.toml."
    )
