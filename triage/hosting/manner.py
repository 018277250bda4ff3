"""How a worker works: how much at once, how often it gives a sign of life, and when others count it as dead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from triage.hosting.sweep import LONGEST


@dataclass(frozen=True, slots=True)
class Manner:
    """How a worker works; all in seconds but the number of jobs at once. `takeover`: until a dead one is replaced."""

    concurrency: int = 8
    takeover: float = 45.0
    farewell: float = 30.0
    fetch: float = 1.0
    ahead: float = 30.0
    longest: float = LONGEST.total_seconds()
    """A job that takes so long hangs."""

    @property
    def beat(self) -> float:
        """Between two signs of life."""
        return self.takeover / 9

    @property
    def silence(self) -> timedelta:
        """After which a worker counts as dead."""
        return timedelta(seconds=self.takeover / 2)

    @property
    def sweeps(self) -> int:
        """Between two sweeps: a part of a minute, as cron has it."""
        return next(part for part in (30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1) if part <= max(1.0, self.takeover / 3))
