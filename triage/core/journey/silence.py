"""When nothing comes: how long a wait is usual, by how far an application had come, and what is said about longer ones.

A silence is a line of the log like a mail: derived, dated to the moment at which the wait became long, and named so
that it is never entered twice. What the employer said itself comes first: "you will hear from us within three weeks".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage.core.journey import GOING_ON, last_heard, meetings, reached, state
from triage.core.situation.told import day_of
from triage.core.values import Application, Details, Event, Kind, Stage

_STALE = timedelta(days=14)
"""A silence that came about so long ago is entered, and no letter tells it: it would be no news."""
SATURDAY = 5
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wait:
    """Days without a mail until a silence is worth a word, and until most likely nothing will come."""

    quiet: int
    over: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How long waits may be. Where the employer has named a day itself, that day and `stated` days after it.

    The defaults follow surveys of applicants and employers: half of all applicants in a European panel had no real
    answer 45 days after applying (StepStone, 2019), and after a talk employers mean to answer within two weeks.
    """

    application: Wait = Wait(14, 45)
    screen: Wait = Wait(7, 21)
    interview: Wait = Wait(7, 30)
    stated: int = 7

    def after(self, stage: Stage) -> Wait:
        """The wait after what an application had come to."""
        if stage in (Stage.INTERVIEW, Stage.FINAL):
            return self.interview
        return self.screen if stage is Stage.SCREEN else self.application


def notices(application: Application, patience: Patience, zone: ZoneInfo, now: datetime) -> Iterator[Event]:
    """The silences that have come about by `now` and are not in the log yet, the earlier one first."""
    if not application.mails or state(application) not in GOING_ON:
        return
    known = {event.key for event in application.events}
    for kind, at in _ends(application, patience, zone):
        event = replace(_notice(kind, at, application, now), details=_details(application, zone))
        if at <= now and event.key not in known:
            yield event


def ahead(application: Application, patience: Patience, zone: ZoneInfo) -> tuple[datetime, ...]:
    """When the silences that are not in the log yet come about, if nothing is heard until then."""
    return tuple(event.received for event in notices(application, patience, zone, _END_OF_TIME))


def _ends(application: Application, patience: Patience, zone: ZoneInfo) -> Iterator[tuple[Kind, datetime]]:
    wait, since = patience.after(reached(application)), _since(application, zone)
    promised = _promised(application, since, zone)
    if promised is None:
        yield Kind.QUIET, since + timedelta(days=wait.quiet)
        yield Kind.SILENCE, since + timedelta(days=wait.over)
    else:
        yield Kind.QUIET, promised + timedelta(days=1)
        # Their own day ends a wait that is longer; one that they wanted short is still given the usual time.
        usual = since + timedelta(days=wait.over) if reached(application) is not Stage.APPLICATION else promised
        yield Kind.SILENCE, max(promised + timedelta(days=patience.stated), usual)


def _since(application: Application, zone: ZoneInfo) -> datetime:
    """The last mail, or the talk that was arranged, if that came later."""
    talks = (datetime.combine(one.day, time(18), zone).astimezone(UTC) for one in meetings(application, zone))
    return max([last_heard(application), *talks])


def _promised(application: Application, since: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the day by which they said they would answer, as far as it is still ahead of what came last."""
    said = [day for event in application.mails if (day := day_of(event.details.answer_by, zone)) is not None]
    if not said:
        return None
    end = datetime.combine(said[-1], time(23, 59), zone).astimezone(UTC)
    return end if end > since else None


def _notice(kind: Kind, at: datetime, application: Application, now: datetime) -> Event:
    last = max(application.mails, key=lambda event: event.received)
    return Event(
        key=hashlib.sha256(f"{kind}\n{last.key}".encode()).hexdigest(),
        message_id="",
        mailbox=last.mailbox,
        folder="",
        received=at,
        kind=kind,
        confidence=1.0,
        # Of what only the reader's own list has told, no letter can say when its last mail came.
        lookback=at < now - _STALE or not application.by_mail,
        application=application.id,
    )


def _details(application: Application, zone: ZoneInfo) -> Details:
    """Whose silence it is, and the day they had named for an answer."""
    promised = _promised(application, _since(application, zone), zone)
    day = promised.astimezone(zone).date().isoformat() if promised else ""
    return Details(application.company, application.role, reached(application), answer_by=day)


def may_ask(event: Event, zone: ZoneInfo, now: datetime) -> bool:
    """Is it time for the one polite question? Two working days after the wait became long."""
    day, left = event.received.astimezone(zone).date(), 2
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return now.astimezone(zone).date() >= day
