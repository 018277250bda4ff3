"""The tasks of the queue, as procrastinate calls them: each in a thread, each behind a fence.

What goes wrong is told in our own log, by its kind alone. procrastinate would log whatever is raised with all that has
led to it, and that may hold words of a mail.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from procrastinate import App, JobContext, PsycopgConnector

from triage.errors import StoreError
from triage.hosting import queue
from triage.hosting.manner import Manner
from triage.hosting.queue import ALONE, CHAIN, QUEUE, Errand, Visit
from triage.hosting.sweep import sweep

log = logging.getLogger(__name__)

NAME = "triage-worker"
"""What the database calls a worker."""
_CONNECTIONS = 3
"""To the queue: one that asks for jobs, and two that say what has become of them."""

Carry = Callable[[Visit, Callable[[], bool]], object]
"""Does a job of a chain; the call given to it says whether it is to be cut short."""
Observe = Callable[[str, str, float, float], object]
"""Hears what was done, what came of it, in how many seconds, and how many after it was due."""


def unobserved(_errand: str, _outcome: str, _seconds: float, _late: float) -> None:
    """Nobody counts."""


class Undone(Exception):  # noqa: N818  # what went wrong is told in our own log
    """This job stays in the queue as failed, and the sweep puts another one in its place."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """What the tasks do."""

    carry_out: Carry
    forget: Callable[[int], object]
    """Removes the member of this number."""
    export: Callable[[int], object]
    """Sends the member of this number a copy of what is kept for them."""
    observe: Observe = unobserved


@dataclass(slots=True)
class InHand:
    """What the threads are at, and since when."""

    began: dict[int, float] = field(default_factory=dict)

    @contextmanager
    def holding(self, job: int) -> Iterator[None]:
        self.began[job] = time.monotonic()
        try:
            yield
        finally:
            self.began.pop(job, None)

    def hangs(self, longest: float) -> bool:
        """Has any of them been at it for so many seconds?"""
        now = time.monotonic()
        return any(now - began > longest for began in list(self.began.values()))


class Tasks:
    """What one worker process knows how to do, and what of it it has in hand."""

    def __init__(self, url: str, jobs: Jobs, manner: Manner) -> None:
        self.in_hand = InHand()
        self.stopping = False
        """Jobs that can be cut short are to be."""
        self._url = url
        self._jobs = jobs
        self._manner = manner

    def app(self) -> App:
        """The queue, with these tasks."""
        connector = PsycopgConnector(
            conninfo=self._url,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=10.0,
            # A silent network must not look like a database that takes its time.
            kwargs={
                "autocommit": True,
                "application_name": NAME,
                "connect_timeout": 10,
                "tcp_user_timeout": 20_000,
            },
        )
        app = App(connector=connector)
        for errand in CHAIN:
            app.task(name=errand, queue=QUEUE, pass_context=True)(self._visit)
        app.task(name=Errand.FORGET, queue=QUEUE, pass_context=True)(self._forget)
        app.task(name=Errand.EXPORT, queue=QUEUE, pass_context=True)(self._export)
        task = app.task(name=Errand.SWEEP, queue=QUEUE, priority=ALONE, queueing_lock=Errand.SWEEP)(self._sweep)
        app.periodic(cron=f"* * * * * */{self._manner.sweeps}")(task)
        return app

    def _visit(self, context: JobContext, /, **numbers: Any) -> None:
        visit = queue.visit_of(context.job.task_name, context.job.scheduled_at or datetime.now(UTC), numbers)
        self._do(context, visit.errand, lambda: self._jobs.carry_out(visit, lambda: self.stopping))

    def _forget(self, context: JobContext, member: int) -> None:
        self._do(context, Errand.FORGET, lambda: self._jobs.forget(member))

    def _export(self, context: JobContext, member: int, deaths: int = 0) -> None:
        """`deaths`: for the sweep."""
        self._do(context, Errand.EXPORT, lambda: self._jobs.export(member))

    def _do(self, context: JobContext, errand: Errand, job: Callable[[], object]) -> None:
        began, outcome = time.monotonic(), ""
        try:
            with self.in_hand.holding(context.job.id or 0):
                outcome = str(job())
        except StoreError as error:
            log.warning("A job was not done: %s", error)
        except Exception as error:  # noqa: BLE001  # the fence: what it says may hold words of a mail
            log.error("A job was not done: %s.", type(error).__name__)
        due = context.job.scheduled_at
        late = (datetime.now(UTC) - due).total_seconds() if due else 0.0
        self._jobs.observe(errand, outcome or "broken", time.monotonic() - began, late)
        if not outcome:
            raise Undone  # here: procrastinate logs what is raised, with all that has led to it

    def _sweep(self, timestamp: int) -> None:
        """`timestamp`: for when procrastinate has deferred it."""
        try:
            with psycopg.connect(self._url, autocommit=True, connect_timeout=10) as connection:
                manner = self._manner
                longest, ahead = timedelta(seconds=manner.longest), timedelta(seconds=manner.ahead)
                sweep(connection, manner.silence, ahead, longest)
        except psycopg.Error as error:
            log.warning("The sweep: %s.", type(error).__name__)
