"""What a job does: one look at one mailbox of one member, the letters that are due, and the next job of their chain.

    a place at their provider -> take a fence -> their rooms -> poll (a slice) -> write, deliver
    -> note the result and defer the next, together

Where it is not their turn, that is all: the job is put back, and their rooms stay closed.

Whoever takes a fence later makes this one blunt: nothing is written any more by a worker that was taken for dead, and
its job ends quietly. Killed anywhere, the job is taken up by another worker (`triage.hosting.sweep`), and all that
`triage.pipeline` promises holds.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select, update

from triage.errors import StoreError, Superseded
from triage.hosting import queue
from triage.hosting.acting import acting_for, driver
from triage.hosting.home import AT_WORK, USUAL, Build, Home, Terms
from triage.hosting.letters import Ahead, Letters
from triage.hosting.looking import Looked, Looks, Outcome, waiting
from triage.hosting.pauses import SPREAD, Fault, Spread, pause
from triage.hosting.politeness import Place, Politeness, Wait
from triage.hosting.queue import Errand, Standing, Visit
from triage.service import sentence, utc_now
from triage.store import Work
from triage.store.postgres import MemberStore, holding
from triage.store.postgres.faults import translated
from triage.store.postgres.tables import member as table

log = logging.getLogger(__name__)

ACTIVE = "active"
WITH_THE_NEXT = timedelta(minutes=10)
"""A letter is written at a look that comes so soon anyway: else everybody's would be written at the same minute."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What of a member is known before they are taken over."""

    fence: int
    handle: str


class Visits:
    """Carries out the jobs of members' chains. One for a worker, safe to use from all of its threads."""

    def __init__(
        self,
        engine: Engine,
        build: Build,
        politeness: Politeness,
        terms: Terms = USUAL,
        *,
        clock: Callable[[], datetime] = utc_now,
        spread: Spread = random.uniform,
    ) -> None:
        self._engine = engine
        self._build = build
        self._terms = terms
        self._clock = clock
        self._spread = spread
        self._politeness = politeness
        self._looks = Looks(politeness, terms, clock, spread)
        self._letters = Letters(politeness, clock)

    def carry_out(self, visit: Visit, stops: Callable[[], bool] = lambda: False) -> Outcome:
        """Do what is due for this member. `stops`: this worker is to end, and what is left is the next one's.

        Raises StoreError where the database fails: the job is taken up again then.
        """
        try:
            with translated():
                return self._in_turn(visit, stops) if self._looks_at(visit) else self._open(visit, stops)
        except Superseded:
            return Outcome.SUPERSEDED

    def _looks_at(self, visit: Visit) -> bool:
        """Is a mailbox to be looked at, and is it known at which provider?"""
        return bool(visit.host) and visit.standings[visit.first].due <= self._clock()

    def _in_turn(self, visit: Visit, stops: Callable[[], bool]) -> Outcome:
        """The provider is asked first: in a crowd most jobs end there, and need nothing of what is the member's."""
        seen = self._seen(visit.member)
        if seen is None:
            return Outcome.GONE
        with ExitStack() as held:
            asked = self._politeness.place(visit.host, turn=visit.standings[visit.first].turn)
            try:
                place = held.enter_context(asked)
            except Wait as wait:
                return self._put_back(visit, seen, wait)
            return self._open(visit, stops, place)

    def _seen(self, member: int) -> _Seen | None:
        """As they stand now; None for one who is not active, or not there."""
        theirs = select(table.c.fence, table.c.name).where(table.c.id == member, table.c.state == ACTIVE)
        with self._engine.connect().execution_options(opening="") as connection:
            row = connection.execute(theirs).first()
        return _Seen(row.fence, row.name) if row else None

    def _put_back(self, visit: Visit, seen: _Seen, wait: Wait) -> Outcome:
        """Raises Superseded where somebody has taken them over since: theirs is the next job, then."""
        AT_WORK.set(seen.handle)
        index = visit.first
        stands = waiting(visit.standings[index], wait, self._clock())
        later = Visit(
            visit.member, visit.at, standings=(*visit.standings[:index], stands, *visit.standings[index + 1 :])
        )
        host = visit.host if later.first == index else ""
        with holding(self._engine, visit.member, seen.fence) as connection:
            self._follow(connection, replace(later, at=later.standings[later.first].due, host=host), {})
        _tell(visit.errand, seen.handle, Looked(stands, Outcome.WAITS))
        return Outcome.WAITS

    def _open(self, visit: Visit, stops: Callable[[], bool], place: Place | None = None) -> Outcome:
        fence = self._take(visit.member)
        return Outcome.GONE if fence is None else self._visit(visit, fence, stops, place)

    def _take(self, member: int) -> int | None:
        """A new fence, as `triage.store.postgres.take` has it; None for a member who is not active, or not there."""
        taken = update(table).where(table.c.id == member, table.c.state == ACTIVE)
        with acting_for(self._engine, member) as connection:
            found: int | None = connection.execute(
                taken.values(fence=table.c.fence + 1).returning(table.c.fence)
            ).scalar()
        return found

    def _visit(self, visit: Visit, fence: int, stops: Callable[[], bool], place: Place | None) -> Outcome:
        try:
            home = self._build(visit.member, fence)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # the fence: this member's job fails, all others go on
            return self._broken(visit, fence, error)
        AT_WORK.set(home.handle)
        standings = self._standings(visit, home)
        index = min(range(len(standings)), key=lambda one: standings[one].due)
        looked, ahead = self._do(visit, home, index, standings[index], stops, place)
        now_stand = (*standings[:index], looked.standing, *standings[index + 1 :])
        successor = self._successor(visit.member, home, now_stand, ahead)
        self._conclude(home, looked, successor)
        _tell(visit.errand, home.handle, looked)
        return looked.outcome

    def _do(
        self, visit: Visit, home: Home, index: int, standing: Standing, stops: Callable[[], bool], place: Place | None
    ) -> tuple[Looked, Ahead]:
        """Look at this mailbox, if it is due, and see to the letters.

        Whoever is let in is done: in a turn of their own, letters would come last where a provider is crowded.
        """
        same, found = home.courier_host == home.hosts[index], Looked(standing)
        seen_to: list[Ahead] = []
        if standing.due <= self._clock():
            then = (lambda: seen_to.append(self._letters.within_a_visit(home))) if same else _nothing
            found = self._looks.look(home, index, standing, stops, then, place)
        if same and found.outcome in (Outcome.WAITS, Outcome.FAILED):
            return found, Ahead()  # they come with the next look
        return found, seen_to[0] if seen_to else self._letters.by_themselves(home, turn=visit.turn)

    def _standings(self, visit: Visit, home: Home) -> tuple[Standing, ...]:
        """Where the member has changed which mailboxes there are, all are to be looked at."""
        watched = home.service.watched
        known = visit.standings if len(visit.standings) == len(watched) else ()
        return known or tuple(Standing(visit.at) for _ in watched)

    def _successor(self, member: int, home: Home, standings: tuple[Standing, ...], letters: Ahead) -> Visit:
        first = min(range(len(standings)), key=lambda one: standings[one].due)
        mail, at = standings[first].due, letters.at
        if at is not None and letters.waits and at < mail:
            return Visit(member, at, self._errand_of_letters(home), standings, turn=letters.turn)
        if at is not None and at + WITH_THE_NEXT < mail:
            spread = at + WITH_THE_NEXT * self._spread(0, SPREAD)
            return Visit(member, spread, self._errand_of_letters(home), standings)
        behind = mail <= self._clock() and self._looks_back(home, first)
        host = home.hosts[first] if home.hosts[first] == home.courier_host else ""
        return Visit(member, mail, Errand.LOOK_BACK if behind else Errand.POLL, standings, host=host)

    def _errand_of_letters(self, home: Home) -> Errand:
        with home.store.reading() as work:
            return Errand.FLUSH if work.outbox.next_due() else Errand.LETTERS

    def _looks_back(self, home: Home, index: int) -> bool:
        name = home.service.watched[index].mailbox.name
        with home.store.reading() as work:
            return any(one.mailbox == name and one.uid < one.lookback for one in work.log.cursors())

    def _conclude(self, home: Home, looked: Looked, successor: Visit) -> None:
        """The result and the next job, in one transaction."""
        # No news need not be on the disk: what a loss of power takes back is due again.
        with home.store.writing(lasting=looked.error is not None) as work:
            if looked.name and looked.outcome is not Outcome.WAITS:
                self._note(work, looked)
            self._put(work, looked, successor)

    def _note(self, work: Work, looked: Looked) -> None:
        """What the member themselves can see of it."""
        if looked.error:
            work.notes.failed(looked.name, sentence(looked.error), self._clock())
            if looked.fault is Fault.LOCKED_OUT:
                work.notes.lock_out(looked.name)
            return
        work.notes.let_in(looked.name)
        if looked.folder:
            work.trials.end(looked.name, looked.folder)  # it was not broken off: it is to go on
        else:
            work.notes.polled(looked.name, self._clock())

    def _put(self, work: Work, looked: Looked, successor: Visit) -> None:
        """What their operator can see of it, and the next job."""
        failures = max((one.failures for one in successor.standings), default=looked.standing.failures)
        values: dict[str, object] = {"failures": failures}
        if looked.error or not failures:
            values["fault"] = looked.fault.value
        if looked.name and looked.outcome is Outcome.DONE:
            values["polled"] = self._clock()
        self._follow(work.connection, successor, values)

    def _follow(self, connection: Connection, successor: Visit, values: Mapping[str, object]) -> None:
        """The next job, and what else their row is to say."""
        noted = update(table).where(table.c.id == successor.member).values(due=successor.at, **values)
        connection.execute(noted)
        if successor.promised or successor.at <= self._clock() + self._terms.ahead:
            queue.defer(driver(connection), successor)

    def _broken(self, visit: Visit, fence: int, error: Exception) -> Outcome:
        """Nothing could be built for this member: their settings, their keys, or a fault of ours."""
        log.warning("Member %d: %s.", visit.member, type(error).__name__)
        failures = max((one.failures for one in visit.standings), default=0) + 1
        rest = pause(Fault.BROKEN, failures, self._terms.shortest_poll, self._spread)
        stands = Standing(self._clock() + rest, failures)
        looked = Looked(stands, Outcome.BROKEN, error)
        store = MemberStore(self._engine, visit.member, fence)
        try:
            with store.writing() as work:
                self._put(work, looked, Visit(visit.member, stands.due, standings=(stands,)))
        finally:
            store.close()
        return Outcome.BROKEN


def _nothing() -> None:
    """They are delivered elsewhere."""


def _tell(errand: Errand, handle: str, looked: Looked) -> None:
    """In the log, by the member's handle. What went well is worth a line only to whoever looks closely."""
    level = logging.INFO if looked.error else logging.DEBUG
    told = {"task": errand, "member": handle, "outcome": looked.outcome, "fault": looked.fault}
    log.log(level, "Job %s of %s: %s %s", errand, handle, looked.outcome, looked.fault, extra={"told": told})
