"""Where applications stop: how far each had come when it ended, and in which way it did.

Counts, and no share of anything below twenty: of a few, a share says nothing and sounds as if it did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from triage.core.journey import ENDED, State, reached, stage_of, state
from triage.core.situation.standing import last_no
from triage.core.values import Application, Stage

FEWEST = 20
"""Ended applications before shares are told."""
STAGES = (Stage.APPLICATION, Stage.SCREEN, Stage.INTERVIEW, Stage.FINAL)
WAYS = (State.CLOSED, State.SILENT, State.LET_GO, State.WITHDRAWN)
"""How an application can end."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stage: how many have ended there in which way, and how many stand there now."""

    stage: Stage
    ways: Mapping[State, int]
    """Each of `WAYS`, in its order."""
    open: int

    @property
    def ended(self) -> int:
        return sum(self.ways.values())


@dataclass(frozen=True, slots=True)
class Stops:
    """Every stage, the first one first."""

    rows: tuple[Stop, ...]

    @property
    def ended(self) -> int:
        return sum(row.ended for row in self.rows)

    @property
    def most(self) -> int:
        return max(row.ended for row in self.rows)

    def share(self, row: Stop) -> int | None:
        """Of all that have ended, how many in a hundred did so here; None where they are too few to say."""
        return round(100 * row.ended / self.ended) if self.ended >= FEWEST else None


def stops(applications: Iterable[Application]) -> Stops:
    """How many stopped where."""
    found = Counter((stopped_at(one), _way(one)) for one in applications)
    return Stops(
        tuple(Stop(stage, {way: found[stage, way] for way in WAYS}, open=found[stage, None]) for stage in STAGES)
    )


def _way(one: Application) -> State | None:
    where = state(one)
    return where if where in ENDED else None


def stopped_at(one: Application) -> Stage:
    """How far it had come: by its last no, where that is what ended it, as the letters count."""
    no = last_no(one) if state(one) is State.CLOSED else None
    return stage_of(no, one) if no is not None else reached(one)
