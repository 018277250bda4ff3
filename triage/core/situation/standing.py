"""What letters look for in an application, as far as it can be said once for all: it changes with its events alone.

From these, the store can say which applications a letter may look at, and what it may count, without the whole log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from triage.core import moment
from triage.core.journey import GOING_ON, normal, reached, stage_of, state
from triage.core.situation.told import TALKED
from triage.core.values import GOOD_NEWS, Application, Event, Kind, Stage

LATELY = timedelta(days=60)
"""Of what is over, no letter looks further back than this: most look back for some weeks, and 45 days at most
(`situation.RECENT`). What they count from before is in `History`, what they quote is asked for by itself."""
ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)
NEW_SEARCH = timedelta(days=56)
"""After so long without a mail, a search begins anew."""
SEVERAL = 2
"""Roles that are counted: letters ask whether there is more than one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One application, as letters count it."""

    until: datetime
    """Letters look at it until then; for ever, while an answer is to come."""
    heard: datetime | None
    """Its last mail."""
    refused: datetime | None
    """Its last no."""
    stop: Stage
    """How far it had come by then."""
    talked: bool
    """It came to a talk, by an invitation or by what a mail says later."""
    answered: bool
    """There is an answer that is more than a receipt."""
    role: str
    """As roles are compared."""


@dataclass(frozen=True, slots=True)
class History:
    """What a letter counts of the whole log. Applications, unless it says otherwise."""

    began: datetime
    """The first mail after the last long break; now, where there is none."""
    ever: int = 0
    """Refused."""
    answered: int = 0
    talks: int = 0
    """Of those answered, how many came to a talk."""
    applications: int = 0
    """Since the search began, like all that follows."""
    invited: int = 0
    roles: int = 0
    """Different ones, of which no more than two are counted."""
    stops: Mapping[Stage, int] = field(default_factory=dict)
    """Refused by the stage they had come to."""


def standing(application: Application) -> Standing:
    """How this one is counted."""
    no = last_no(application)
    return Standing(
        until=_until(application),
        heard=max((event.received for event in application.mails), default=None),
        refused=no.received if no else None,
        stop=stage_of(no, application) if no else Stage.UNKNOWN,
        talked=reached(application) in TALKED,
        answered=any(event.kind is Kind.REJECTION or event.kind in GOOD_NEWS for event in application.events),
        role=normal(application.role) or application.role,
    )


def _until(application: Application) -> datetime:
    if state(application) in GOING_ON:
        return ALWAYS
    times = [event.received for event in application.events] + [act.made for act in application.acts]
    return max([*times, *_talks(application)], default=ALWAYS - LATELY) + LATELY


def _talks(application: Application) -> Iterable[datetime]:
    """The days of its talks. On which clock does not matter here, where no day is a matter of hours."""
    for event in application.events:
        found = moment.read(event.details.interview_at)
        if found is not None:
            year, month, day = found.at.year, found.at.month, found.at.day
            yield min(datetime(year, month, day, tzinfo=UTC), ALWAYS - LATELY)


def last_no(application: Application) -> Event | None:
    """The no that counts, of several."""
    refusals = [event for event in application.events if event.kind is Kind.REJECTION]
    return refusals[-1] if refusals else None


def history(applications: Sequence[Application], now: datetime) -> History:
    """All of it from the log itself."""
    began = _began([event.received for one in applications for event in one.mails if event.received <= now], now)
    every = [standing(one) for one in applications]
    current = [one for one in every if one.heard is not None and one.heard >= began]
    answered = [one for one in every if one.answered]
    return History(
        began=began,
        ever=sum(one.refused is not None for one in every),
        answered=len(answered),
        talks=sum(one.talked for one in answered),
        applications=len(current),
        invited=sum(one.talked for one in current),
        roles=min(len({one.role for one in current if one.role}), SEVERAL),
        stops=dict(Counter(one.stop for one in every if one.refused is not None and one.refused >= began)),
    )


def _began(times: Iterable[datetime], now: datetime) -> datetime:
    ordered = sorted(times)
    starts = [after for before, after in pairwise(ordered) if after - before > NEW_SEARCH]
    return next(iter([*starts[-1:], *ordered[:1]]), now)
