"""Mailboxes that come due, hands that take them, providers that let them in or not, and a database with few cores.

Hands are shared out by the program's own `triage.hosting.shares`, at this clock. Simplified where it makes the service
look no better: hands and cores of the workers are one pool, as if the load were spread evenly; a core of the database
works off one statement after the other, first come, first served.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from dataclasses import dataclass, field

import simpy

from bench.swarm.model import Job, Limits, Model, Provider
from triage.hosting.politeness import AT_ONCE, SPREAD
from triage.hosting.shares import CROWDED, Shares

Steps = Generator[simpy.Event, object, None]
WARM = 330.0
"""Seconds until every mailbox has been looked at once: not counted."""


@dataclass(slots=True)
class Outage:
    """A provider that takes calls and does not answer, between two moments."""

    name: str = ""
    begins: float = math.inf
    ends: float = math.inf


@dataclass(slots=True)
class Found:
    """Seconds from due to done of each poll, by the name of the provider; and what was busy for how long."""

    lags: dict[str, list[float]] = field(default_factory=dict)
    polls: int = 0
    deferrals: int = 0
    """Jobs put back because the provider had no room, or there was no hand for it."""
    taken_over: int = 0
    failures: int = 0
    hands_busy: float = 0.0
    worker_busy: float = 0.0
    database_busy: float = 0.0
    most_waiting: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds until it is to be tried again, and over how many more they are spread. `turn`: that moment is kept
    free."""

    seconds: float
    turn: bool = False
    spread: float = 0.0


@dataclass(slots=True)
class Host:
    """A provider's server, as politeness keeps it in one row."""

    name: str
    address: str
    visit: float
    spread: float
    limits: Limits
    connections: int
    gap: float
    turn: float = 0.0
    inside: int = 0
    failures: int = 0
    rested: int = 0
    open_until: float = 0.0

    def wait(self, now: float, *, reserved: bool) -> Wait | None:
        """None to go on now. Asking for a turn takes it."""
        if self.open_until > now:
            return Wait(self.open_until - now, spread=SPREAD)
        if self.open_until:
            self.open_until = now + self.limits.timeout_seconds * 2  # this one goes and looks; others wait for it
        elif not reserved:
            mine = max(self.turn, now)
            self.turn = mine + self.gap
            if mine - now > AT_ONCE.total_seconds():
                return Wait(mine - now, turn=True)
        return Wait(CROWDED.total_seconds(), turn=True) if self.inside >= self.connections else None

    def failed(self, now: float) -> None:
        self.failures += 1
        opened = self.open_until > 0.0
        if opened or self.failures >= self.limits.open_after:
            self.open_until = now + min(self.limits.longest, self.limits.open_for * 2**self.rested)
            self.rested += 1

    def worked(self) -> None:
        self.failures = self.rested = 0
        self.open_until = 0.0


class World:
    """One run. The same dice give the same run."""

    def __init__(self, model: Model, mailboxes: int, workers: int, outage: Outage, seed: int = 7) -> None:
        self.model = model
        self.found = Found()
        self._outage = outage
        self._dice = random.Random(seed)  # noqa: S311  # the same each time is what is wanted
        self._clock = simpy.Environment()
        self._hands = simpy.Resource(self._clock, workers * model.worker.threads)
        self._cores = simpy.Resource(self._clock, workers)
        self._database = simpy.Resource(self._clock, model.database.cores)
        one, silent = (max(1, int(part * self._hands.capacity)) for part in (model.limits.share, model.limits.silent))
        self._shares = Shares(one, silent if model.limits.silent < 1 else None, clock=lambda: self._clock.now)
        for provider in model.providers:
            self._settle(provider, round(mailboxes * provider.share))
        for _ in range(workers):
            self._clock.process(self._asking(self._past_all(mailboxes)))

    def run(self, seconds: float) -> Found:
        """Let it happen for so long, after it has become warm."""
        self._clock.run(until=WARM)
        self.found = Found(seconds=seconds)
        self._clock.run(until=WARM + seconds)
        return self.found

    def _settle(self, provider: Provider, mailboxes: int) -> None:
        hosts = [self._host(provider, number) for number in range(provider.hosts)]
        shares = [1.0 / rank for rank in range(1, provider.hosts + 1)]
        for host in self._dice.choices(hosts, shares, k=mailboxes):
            self._clock.process(self._mailbox(host))

    def _host(self, provider: Provider, number: int) -> Host:
        limits = self.model.limits
        gap, inside = 1.0 / (provider.per_second or limits.per_second), provider.connections or limits.connections
        address = f"{provider.name} {number}"
        return Host(provider.name, address, provider.visit, provider.spread, limits, inside, gap)

    def _past_all(self, mailboxes: int) -> float:
        """Seconds of the database for a question that finds nothing: it goes past every job that waits for later."""
        every, database = self.model.polls.every_seconds, self.model.database
        return mailboxes * min(database.ahead_seconds, every) / every * database.waiting_seconds

    def _asking(self, cost: float) -> Steps:
        """One worker that looks for more to do while it has a free hand. A question that finds a job is the poll's."""
        fetch = self.model.database.fetch_seconds
        while True:
            yield self._clock.timeout(fetch * self._dice.uniform(0.9, 1.1))
            if cost and self._hands.count < self._hands.capacity:
                yield from self._query(cost)

    def _mailbox(self, host: Host) -> Steps:
        polls = self.model.polls
        yield self._clock.timeout(self._dice.uniform(0, polls.every_seconds))
        while True:
            due = self._clock.now
            yield from self._polled(host)
            self.found.polls += 1
            self.found.lags.setdefault(host.name, []).append(self._clock.now - due)
            yield self._clock.timeout(polls.every_seconds * self._dice.uniform(1 - polls.jitter, 1 + polls.jitter))

    def _polled(self, host: Host) -> Steps:
        turn, job = False, self._job(self.model.polls.every_seconds)
        while True:
            with self._hands.request() as hand:
                self.found.most_waiting = max(self.found.most_waiting, len(self._hands.queue))
                yield hand
                began = self._clock.now
                wait = yield from self._carried_out(host, job, turn=turn)
                self.found.hands_busy += self._clock.now - began
            if wait is None:
                return
            self.found.deferrals += 1
            seconds = wait.seconds + self._dice.uniform(0, wait.spread)
            turn = wait.turn
            job = self.model.known if turn else self._job(seconds)  # a moment that is promised stays in the queue
            yield self._clock.timeout(seconds)

    def _job(self, ahead: float) -> Job:
        """Of what kind the next one is, so many seconds before it is due."""
        return self.model.known if ahead <= self.model.database.ahead_seconds else self.model.swept

    def _carried_out(self, host: Host, job: Job, *, turn: bool) -> Generator[simpy.Event, object, Wait | None]:
        """What to wait for, or None where the mailbox was looked at."""
        database = self.model.database
        look = database.begin_seconds + database.end_seconds
        with self._shares.hand(host.address) as crowded:
            yield from self._query(job.asks * look)
            wait = Wait(crowded.total_seconds()) if crowded else host.wait(self._clock.now, reserved=turn)
            if wait is not None:
                yield from self._query((job.put_back - job.asks) * look)
                yield from self._worked(job.cpu_put_back * self.model.worker.cpu_poll)
                return wait
            yield from self._query(max(0.0, database.begin_seconds - job.asks * look))
            wait = yield from self._visited(host)
            yield from self._query(database.end_seconds)
        return wait

    def _visited(self, host: Host) -> Generator[simpy.Event, object, Wait | None]:
        """When it is to be tried again, or None where all went well."""
        host.inside += 1
        try:
            if host.name == self._outage.name and self._outage.begins <= self._clock.now < self._outage.ends:
                yield self._clock.timeout(host.limits.timeout_seconds)
                host.failed(self._clock.now)
                self._shares.failed(host.address)
                self.found.failures += 1
                spread = SPREAD if host.open_until else 0.0
                return Wait(max(1.0, host.open_until - self._clock.now), spread=spread)
            if self._dies():
                yield self._clock.timeout(self.model.worker.takeover_seconds)
                self.found.taken_over += 1
            yield self._clock.timeout(self._dice.lognormvariate(math.log(host.visit), host.spread))
            yield from self._judged()
            host.worked()
            self._shares.answered(host.address)
            return None
        finally:
            host.inside -= 1

    def _dies(self) -> bool:
        return self._dice.random() < self.model.worker.deaths_per_hour / 3600.0

    def _judged(self) -> Steps:
        polls, worker = self.model.polls, self.model.worker
        cost = worker.cpu_poll
        if self._dice.random() < polls.with_mail:
            cost += polls.mails_when_any * worker.cpu_mail
            if self._dice.random() < polls.mails_when_any * polls.job_mail:
                cost += worker.cpu_job_mail
        yield from self._worked(cost)

    def _worked(self, cost: float) -> Steps:
        with self._cores.request() as core:
            yield core
            yield self._clock.timeout(cost)
        self.found.worker_busy += cost

    def _query(self, seconds: float) -> Steps:
        if not seconds:
            return
        cost = self._dice.expovariate(1.0 / seconds)
        with self._database.request() as core:
            yield core
            yield self._clock.timeout(cost)
        self.found.database_busy += cost
