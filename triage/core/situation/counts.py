"""What a letter may count: how often no, how far, for how long. Figures of the log, never of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from triage.core.journey import GOING_ON, State, normal, stage_of, state
from triage.core.situation.standing import History, last_no
from triage.core.situation.told import TALKED
from triage.core.values import GOOD_NEWS, Application, Event, Stage

WEEK, FORTNIGHT, MONTH = timedelta(days=7), timedelta(days=14), timedelta(days=30)


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
    """Different roles since the search began, as far as two (`standing.SEVERAL`)."""
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


def count(applications: Sequence[Application], now: datetime, past: History) -> Counts:
    """All figures, as of `now`: those of weeks from the applications, those of all that was before from `past`."""
    refused = [(one, event) for one in applications if (event := last_no(one)) is not None]
    month = [one for one in applications if any(event.received > now - MONTH for event in one.mails)]
    return Counts(
        week=_since(refused, now - WEEK),
        fortnight=_since(refused, now - FORTNIGHT),
        ever=past.ever,
        late=sum(stage_of(event, one) in TALKED for one, event in refused if event.received > now - MONTH),
        early=past.stops.get(Stage.APPLICATION, 0),
        invited=past.invited,
        applications=past.applications,
        titles=len(_roles(month)),
        roles=past.roles,
        answered=past.answered,
        talks=past.talks,
        good=sum(e.kind in GOOD_NEWS and e.received > now - FORTNIGHT for one in applications for e in one.events),
        weeks=(now - past.began).days // 7,
        stops=past.stops,
    )


def _since(refused: Iterable[tuple[Application, Event]], moment: datetime) -> int:
    return sum(event.received > moment for _, event in refused)


def _roles(applications: Iterable[Application]) -> set[str]:
    return {normal(one.role) for one in applications if one.role}


def alive(application: Application) -> bool:
    """Is there still something to hope for, as far as the log tells?"""
    return state(application) in GOING_ON | {State.OFFERED}
