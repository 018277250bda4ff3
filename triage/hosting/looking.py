"""A look at one mailbox, at its provider's pace: a slice of what is new, and how the mailbox stands after that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from triage.errors import ServerError, StoreError
from triage.hosting.home import Home, Terms
from triage.hosting.pauses import Fault, Spread, fault_of, pause
from triage.hosting.politeness import Place, Politeness, Wait
from triage.hosting.queue import Standing
from triage.hosting.slices import Slice, Sliced, SliceEnd
from triage.service import Watched
from triage.store.postgres.faults import translated


class Outcome(StrEnum):
    """What came of a job, for the log and for whoever counts."""

    DONE = "done"
    MORE = "more"
    """A slice was read; the rest is the next job."""
    WAITS = "wait"
    """It was not its turn at its provider."""
    FAILED = "failed"
    """The member's mailbox could not be read."""
    BROKEN = "broken"
    """Something of ours."""
    SUPERSEDED = "superseded"
    """Another worker has taken over: nothing of this was kept from then on."""
    GONE = "gone"
    """They are not active, or no member any more."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to: how the mailbox stands now, and what is to be noted of it."""

    standing: Standing
    outcome: Outcome = Outcome.DONE
    error: Exception | None = None
    name: str = ""
    folder: str = ""
    """Where a slice has ended."""

    @property
    def fault(self) -> Fault:
        return fault_of(self.error) if self.error else Fault.NONE


@dataclass(frozen=True, slots=True)
class Looks:
    """Looks at mailboxes. For any number of threads."""

    politeness: Politeness
    terms: Terms
    clock: Callable[[], datetime]
    spread: Spread

    def look(
        self,
        home: Home,
        index: int,
        standing: Standing,
        stops: Callable[[], bool],
        then: Callable[[], None],
        place: Place | None,
    ) -> Looked:
        """Read a slice of one mailbox. Raises StoreError; all else that fails is the mailbox's.

        `then` is called after a good look, while it is still our turn at this provider. `place`: where that was asked
        for already.
        """
        watched, host = home.service.watched[index], home.hosts[index]
        looked = Looked(standing, name=watched.mailbox.name)
        ours = place is not None and place.host == host  # they may have moved since
        visit = place.visit() if place and ours else self.politeness.visit(host, turn=standing.turn)
        try:
            with translated(), visit:
                folder = self._read(home, watched, stops)
                then()
        except Wait as wait:
            return replace(looked, standing=waiting(standing, wait, self.clock()), outcome=Outcome.WAITS)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # the fence: this mailbox pauses, all else goes on
            return self._failed(looked, watched, error)
        if folder:
            return replace(looked, standing=Standing(self.clock()), outcome=Outcome.MORE, folder=folder)
        rest = pause(Fault.NONE, 0, self._every(watched), self.spread)
        return replace(looked, standing=Standing(self.clock() + rest))

    def _read(self, home: Home, watched: Watched, stops: Callable[[], bool]) -> str:
        """The folder in which the slice has ended; empty where all is read."""
        part = Sliced(watched.mailbox, Slice(self.terms.slice_seconds, self.terms.slice_messages, stops))
        since = self.clock() - watched.look_back
        folder = ""
        try:
            for folder in part.folders:
                home.service.pipeline.read(part, folder, since)
        except SliceEnd:
            return folder
        finally:
            part.close()
        return ""

    def _failed(self, looked: Looked, watched: Watched, error: Exception) -> Looked:
        failures = looked.standing.failures + 1
        asked = error.retry_after if isinstance(error, ServerError) else None
        rest = pause(fault_of(error), failures, self._every(watched), self.spread, asked)
        stands = Standing(self.clock() + rest, failures)
        ours = fault_of(error) is Fault.BROKEN
        return replace(looked, standing=stands, outcome=Outcome.BROKEN if ours else Outcome.FAILED, error=error)

    def _every(self, watched: Watched) -> timedelta:
        return max(timedelta(seconds=watched.poll), self.terms.shortest_poll)


def waiting(standing: Standing, wait: Wait, now: datetime) -> Standing:
    """How a mailbox stands whose turn comes later."""
    return replace(standing, due=now + wait.until, turn=wait.turn)
