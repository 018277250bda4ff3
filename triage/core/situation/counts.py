"""What a letter may count: how often no, how far, for how long. Figures of the log, never of the reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from triage.core.journey import GOING_ON, State, normal, reached, stage_of, state
from triage.core.situation.told import TALKED
from triage.core.values import GOOD_NEWS, Application, Event, Kind, Stage

WEEK, FORTNIGHT, MONTH = timedelta(days=7), timedelta(days=14), timedelta(days=30)
_BREAK = timedelta(days=56)
"""After so long without a mail, a search begins anew."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Applications unless it says otherwise; "refused" is answered with a no."""

    week: int = 0
    """Refused within seven days."""
    fortnight: int = 0
    """Refused within fourteen days."""
    ever: int = 0
    """Refused, in the whole log."""
    late: int = 0
    """Refused after an interview, within thirty days."""
    early: int = 0
    """Refused at the first stage since the search began."""
    invited: int = 0
    """That came to a talk since the search began, by an invitation or by what a mail says later."""
    applications: int = 0
    """Since the search began."""
    titles: int = 0
    """Different roles among those of the last thirty days."""
    roles: int = 0
    """Different roles since the search began."""
    answered: int = 0
    """With an answer that is more than a receipt, in the whole log."""
    talks: int = 0
    """Of those, how many came to a talk."""
    good: int = 0
    """Mails with good news within fourteen days."""
    weeks: int = 0
    """Since the search began."""
    stops: Mapping[Stage, int] = field(default_factory=dict)
    """Refused by the stage they had come to, since the search began."""


def count(applications: Sequence[Application], now: datetime) -> Counts:
    """All figures, as of `now`."""
    began = _began([event.received for one in applications for event in one.mails if event.received <= now], now)
    current = [one for one in applications if any(event.received >= began for event in one.mails)]
    refused = [(one, event) for one in applications if (event := _last_no(one)) is not None]
    recent = [(one, event) for one, event in refused if event.received >= began]
    stages = Counter(stage_of(event, one) for one, event in recent)
    month = [one for one in applications if any(event.received > now - MONTH for event in one.mails)]
    answered = [one for one in applications if _answered(one)]
    return Counts(
        week=_since(refused, now - WEEK),
        fortnight=_since(refused, now - FORTNIGHT),
        ever=len(refused),
        late=sum(stage_of(event, one) in TALKED for one, event in refused if event.received > now - MONTH),
        early=stages[Stage.APPLICATION],
        invited=sum(reached(one) in TALKED for one in current),
        applications=len(current),
        titles=len(_roles(month)),
        roles=len(_roles(current)),
        answered=len(answered),
        talks=sum(reached(one) in TALKED for one in answered),
        good=sum(e.kind in GOOD_NEWS and e.received > now - FORTNIGHT for one in applications for e in one.events),
        weeks=(now - began).days // 7,
        stops=dict(stages),
    )


def _began(times: Iterable[datetime], now: datetime) -> datetime:
    """The first mail after the last long break."""
    ordered = sorted(times)
    if not ordered:
        return now
    starts = [after for before, after in pairwise(ordered) if after - before > _BREAK]
    return starts[-1] if starts else ordered[0]


def _last_no(application: Application) -> Event | None:
    refusals = [event for event in application.events if event.kind is Kind.REJECTION]
    return refusals[-1] if refusals else None


def _since(refused: Iterable[tuple[Application, Event]], moment: datetime) -> int:
    return sum(event.received > moment for _, event in refused)


def _answered(application: Application) -> bool:
    return any(event.kind is Kind.REJECTION or event.kind in GOOD_NEWS for event in application.events)


def _roles(applications: Iterable[Application]) -> set[str]:
    return {normal(one.role) for one in applications if one.role}


def alive(application: Application) -> bool:
    """Is there still something to hope for, as far as the log tells?"""
    return state(application) in GOING_ON | {State.OFFERED}
