"""The week that is over, for the weekly letter: what the reader did, what went well, and when mail came.

Steps count, not outcomes: an application that somebody confirms was written by the reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.core.acts import Act, Did
from triage.core.journey import ENDED, meetings, state
from triage.core.shown import shown
from triage.core.situation.told import Told, told
from triage.core.values import GOOD_NEWS, Application, Kind

_DID = {Did.STEP: "step", Did.NOTE: "noted", Did.LET_GO: "let_go", Did.WITHDREW: "withdrew"}


class Way(StrEnum):
    """How a step is known."""

    APPLIED = "applied"
    TALKED = "talked"
    STEP = "step"
    NOTED = "noted"
    LET_GO = "let_go"
    WITHDREW = "withdrew"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the reader did."""

    way: Way
    company: str
    role: str
    day: date


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, up to the day before the letter."""

    first: date
    steps: tuple[Step, ...]
    wins: tuple[Told, ...]
    """Answers of a person, invitations, tasks, offers."""
    mails: tuple[tuple[date, int], ...]
    """How many answers came, day by day."""

    @property
    def empty(self) -> bool:
        return not (self.steps or self.wins or any(number for _, number in self.mails))


def gather_week(applications: Sequence[Application], acts: Sequence[Act], zone: ZoneInfo, now: datetime) -> Week:
    """The seven days before today."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(7, 0, -1)]
    done = [step for step in steps(applications, acts, zone) if step.day in days]
    answers = Counter(
        event.received.astimezone(zone).date()
        for one in applications
        for event in one.mails
        if event.kind is not Kind.UNSURE and not event.brought
    )
    return Week(
        first=days[0],
        steps=tuple(sorted(done, key=lambda step: step.day)),
        wins=tuple(one for one in wins(applications, zone) if one.received.date() in days),
        mails=tuple((day, answers[day]) for day in days),
    )


def steps(applications: Iterable[Application], acts: Iterable[Act], zone: ZoneInfo) -> Iterator[Step]:
    """Everything the reader did, in no order."""
    known = {one.id: one for one in applications}
    for application in known.values():
        first = min(application.mails, key=lambda event: event.received, default=None)
        if first is not None and first.kind is Kind.ACKNOWLEDGEMENT:
            yield _step(Way.APPLIED, application, first.received.astimezone(zone).date())
        for meeting in meetings(application, zone):
            if not _over(application, meeting.day, zone):
                yield _step(Way.TALKED, application, meeting.day)
    for act in acts:
        if act.kind in _DID:
            yield _step(Way(_DID[act.kind]), known.get(act.application), act.made.astimezone(zone).date())


def _over(application: Application, day: date, zone: ZoneInfo) -> bool:
    """It had ended before that day: the talk that was arranged did not take place."""
    events = tuple(event for event in application.events if event.received.astimezone(zone).date() < day)
    acts = tuple(act for act in application.acts if act.made.astimezone(zone).date() < day)
    return state(replace(application, events=events, acts=acts)) in ENDED


def _step(way: Way, application: Application | None, day: date) -> Step:
    return Step(
        way, shown(application.company) if application else "", shown(application.role) if application else "", day
    )


def wins(applications: Iterable[Application], zone: ZoneInfo) -> Iterator[Told]:
    """In order of time. That a system confirms an application is none."""
    events = [(event, one) for one in applications for event in one.mails]
    for event, application in sorted(events, key=lambda pair: pair[0].received):
        answered = event.kind is Kind.ACKNOWLEDGEMENT and event.human and bool(event.thread)
        if event.kind in GOOD_NEWS or answered:
            yield told(event, application, zone)
