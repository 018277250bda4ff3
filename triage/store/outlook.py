"""What was found when nothing was due, and for how long it holds.

It holds until something changes that letters depend on: SQLite then removes it itself (`triggers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Nothing comes about by the clock alone between `made` and `look`."""

    made: datetime
    letter: datetime | None
    """When the next letter will be due, if nothing more comes; None where none is to be foreseen."""
    look: datetime
    terms: str
    """How the reader wanted letters then."""
    patience: str
    """How long waits might be."""

    def rests(self, terms: str, patience: str, now: datetime) -> bool:
        """Is there nothing to do now?"""
        return self.terms == terms and self.patience == patience and self.made <= now < self.look

    def foresees(self, terms: str, now: datetime) -> bool:
        """Is `letter` what one would come to now?"""
        if self.terms != terms or now < self.made:
            return False
        return now < self.letter if self.letter is not None else now < self.made + A_DAY
