"""A member's letters in a job: written and delivered at their provider's pace, and when there is more to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.errors import StoreError
from triage.hosting.home import Home
from triage.hosting.pauses import RARE
from triage.hosting.politeness import Politeness, Wait
from triage.service import SOON
from triage.store.postgres.faults import translated

log = logging.getLogger(__name__)

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ahead:
    """When letters can be due again; None: not within the hour.

    `waits`: they are due, and it is not their turn; `turn`: their provider keeps that moment free for them.
    """

    at: datetime | None = None
    waits: bool = False
    turn: bool = False


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes and delivers. For any number of threads."""

    politeness: Politeness
    clock: Callable[[], datetime]

    def by_themselves(self, home: Home, *, turn: bool) -> Ahead:
        """Whatever is due, when it is their turn at the provider. Raises StoreError."""
        ahead = self._ahead(home)
        if ahead is None or ahead > self.clock():
            return Ahead(ahead)
        try:
            with translated(), self.politeness.visit(home.courier_host, turn=turn):
                return self.within_a_visit(home)
        except Wait as wait:
            return Ahead(self.clock() + wait.until, waits=True, turn=wait.turn)

    def within_a_visit(self, home: Home) -> Ahead:
        """The same, where it is our turn already."""
        ahead = self._ahead(home)
        if ahead is None or ahead > self.clock():
            return Ahead(ahead)
        try:
            home.service.tick()
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # the fence: the next time finds the same things to do
            log.warning("Letters of %s: %s.", home.handle, type(error).__name__)
            return Ahead(self.clock() + RARE)
        now, ahead = self.clock(), self._ahead(home)
        # What is due and not done could not be done just now.
        return Ahead(ahead if ahead is None or ahead > now else now + timedelta(seconds=SOON))

    def _ahead(self, home: Home) -> datetime | None:
        return home.service.pipeline.next_look(self.clock(), AN_HOUR)
