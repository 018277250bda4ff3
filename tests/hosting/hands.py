"""A worker's hands, without the worker: each job of a colony's members is done here and now, at a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from tests.hosting.colony import Colony, Person
from triage.cli.hosting.assemble import home
from triage.hosting import members, queue
from triage.hosting.home import Home, Terms
from triage.hosting.looking import Outcome
from triage.hosting.politeness import Limits, Politeness
from triage.hosting.queue import Visit
from triage.hosting.work import Visits
from triage.store.postgres import take

MINUTE = timedelta(minutes=1)
GENEROUS = Limits(connections=50, per_second=1000)


@dataclass
class Hands:
    """A worker's hands, without the worker: every job is done here and now."""

    town: Colony
    engine: Engine
    limits: Limits = GENEROUS
    terms: Terms = field(default_factory=Terms)
    elsewhere: str = ""
    """Where letters are said to go."""
    politeness: Politeness | None = None
    """Another one than usual."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0) + MINUTE)

    def build(self, member: int, fence: int) -> Home:
        made = home(members.load(self.engine, self.town.desk.keys, member, fence), lambda: self.now)
        return replace(made, courier_host=self.elsewhere or made.courier_host)

    def do(self, visit: Visit, stops: Callable[[], bool] = lambda: False, build: str = "build") -> Outcome:
        politeness = self.politeness or Politeness(self.engine, {}, self.limits, 8)
        visits = Visits(
            self.engine,
            getattr(self, build),
            politeness,
            self.terms,
            clock=lambda: self.now,
            spread=lambda low, high: (low + high) / 2,
        )
        try:
            return visits.carry_out(visit, stops)
        finally:
            politeness.close()

    def next(self, person: Person) -> Visit:
        """The job that waits for them: there is exactly one. It is taken from the queue."""
        rows = self.town.ask(
            "DELETE FROM procrastinate_jobs WHERE lock = %s RETURNING task_name, scheduled_at, args",
            f"member:{person.number}",
        )
        [(task, at, args)] = rows
        return queue.visit_of(task, at, args)

    def fails_to_build(self, member: int, fence: int) -> Home:
        raise ValueError("a word of a mail")

    def is_overtaken(self, member: int, fence: int) -> Home:
        """Another worker takes the member over in the middle of the job."""
        made = self.build(member, fence)
        take(self.engine, member)
        return made
