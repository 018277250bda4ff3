"""A member leaves by answering a letter: from the answer that says so again to the last letter, and then to nothing.

    their answer -> `leaving`, and the job that forgets, with the cursor -> the last letter -> sign-ins taken back
    -> forgotten

From the first step on they are as good as gone: nothing else is done for them. Killed anywhere after it, the job is
taken up again, and where there is none, the sweep puts one. The letter is an ordinary one of the outbox, written and
delivered by whoever comes first, the job that has read the answer or the one that forgets: so it comes once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, update

from triage.core.acts import Did
from triage.errors import ConfigError, CredentialError, Superseded
from triage.hosting import members, queue
from triage.hosting.acting import acting_for, driver
from triage.hosting.enrolment import ACTIVE, LEAVING
from triage.hosting.home import Build, Home
from triage.hosting.letters import Letters
from triage.hosting.looking import Outcome
from triage.service import utc_now
from triage.store import Work
from triage.store.postgres.tables import member as table

LONGEST = timedelta(hours=1)
"""After which nobody waits for the last letter any more: to be forgotten counts for more than to be told."""


def leave(member: int, work: Work) -> bool:
    """Let this member go, in the transaction that notes their answer; False where they are leaving already."""
    of_theirs = update(table).where(table.c.id == member, table.c.state == ACTIVE)
    if not work.connection.execute(of_theirs.values(state=LEAVING, due=func.now())).rowcount:
        return False
    queue.defer_forget(driver(work.connection), member)
    return True


@dataclass(frozen=True, slots=True)
class Farewell:
    """The job that forgets. For any number of threads.

    `take_back`: takes the sign-ins of a member back where they were given.
    """

    engine: Engine
    build: Build
    letters: Letters
    take_back: Callable[[int], object]
    clock: Callable[[], datetime] = utc_now

    def see_off(self, member: int) -> Outcome:
        """Forget a member who is leaving, once they were told so. Raises StoreError.

        Where they could not be told yet, nothing is done: the next sweep has another job put for them.
        """
        taken = self._take(member)
        if taken is None:
            return Outcome.GONE
        fence, since = taken
        try:
            if self.clock() < since + LONGEST and not self._told(member, fence):
                return Outcome.WAITS
        except Superseded:
            return Outcome.SUPERSEDED
        self.take_back(member)
        members.forget(self.engine, member)
        return Outcome.DONE

    def _take(self, member: int) -> tuple[int, datetime] | None:
        """A new fence, as `triage.store.postgres.take` has it, and since when they wait; None: they do not leave."""
        taken = update(table).where(table.c.id == member, table.c.state == LEAVING)
        values = taken.values(fence=table.c.fence + 1).returning(table.c.fence, func.coalesce(table.c.due, func.now()))
        with acting_for(self.engine, member) as connection:
            row = connection.execute(values).first()
        return (row[0], row[1]) if row else None

    def _told(self, member: int, fence: int) -> bool:
        """Has the last letter come, or can none?"""
        try:
            home = self.build(member, fence)
        except (ConfigError, CredentialError):  # their settings, or a key of ours
            return True
        if _waits(home):
            self.letters.by_themselves(home, turn=False)
        return not _waits(home)


def _waits(home: Home) -> bool:
    """Is there a last letter to be written, or to be delivered? Who leaves otherwise than by an answer gets none."""
    with home.store.reading() as work:
        left = any(act.kind is Did.LEFT for act in work.acts.all())
        unwritten = any(act.kind is Did.LEFT for act in work.acts.unconfirmed())
        return left and (unwritten or work.outbox.next_due() is not None)
