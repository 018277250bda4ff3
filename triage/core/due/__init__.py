"""What is due, and when: a pure function of the log, the letters already written, and the time.

Nothing here remembers anything. A service that was off for a week, restarted fifty times or had its clock set
comes to the same letters, because what is due follows from what is untold, never from a timer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, product
from zoneinfo import ZoneInfo

from triage.core.acts import Act, Did
from triage.core.due.hours import MONDAY_FROM, effective_hour, open_at, quiet_at, slot, workday
from triage.core.due.restraint import (
    BREAK,
    FORTNIGHT,
    RESPITE,
    WEEK,
    folded,
    full_day,
    full_week,
    full_week_of_days,
    offered,
    offers,
    silenced,
    since,
)
from triage.core.journey import Meeting, State, before, meetings, state
from triage.core.letter import Cadence, Facts, LetterKind, Only, Plan, Sent
from triage.core.values import GOOD_NEWS, NOTICES, Application, Event, Kind

SUPPORT = frozenset({Kind.REJECTION, Kind.UNSURE})
"""Told in the daily letter, together."""
TOLD = SUPPORT | GOOD_NEWS | NOTICES
"""What letters tell; that nothing came is for the weekly one, for silence is never news."""
HORIZON = 60
"""Days `next_due` looks ahead. Longer waits are the reader's own wish."""
_LATEST_WEEKLY = 2
"""Wednesday: what a service that was off on Monday has missed is told until then, and later not at all."""
_NEW = timedelta(days=4)
"""So long a search must have gone on by Monday before there is a week to look back on."""
_QUARTER = timedelta(minutes=15)
_BREATH = timedelta(hours=4)
"""Between two letters that are about the same talk."""
_LEAD = timedelta(hours=2)
"""A letter for a talk comes so long before it, or not at all."""
_AFTERWARDS = 4
"""Days in which a talk is still fresh enough to note something down."""
_OF_MAILS = frozenset({LetterKind.DAILY, LetterKind.PROMPT, LetterKind.SUMMARY, LetterKind.WEEKLY})
AT_ONCE = frozenset({Did.PAUSED, Did.STOPPED, Did.FORGOT, Did.LEAVING, Did.LEFT})
"""What the reader is told to have been understood without delay; all else in the next letter."""


def due(facts: Facts, cadence: Cadence, now: datetime) -> tuple[Plan, ...]:
    """The letters to write now, in the order they should arrive: good news first."""
    receipt = _receipt(facts)
    if silenced(facts, now):
        return _confirming((receipt,) if receipt else (), facts)
    if facts.preferences.only is Only.WEEKLY:  # counts for more than the configuration
        cadence = replace(cadence, weekly=True)
    corrections = tuple(_corrections(facts, cadence, now))
    corrected = {event.id for plan in corrections for event in plan.events}
    facts = replace(facts, untold=[event for event in facts.untold if event.id not in corrected])
    prompt, quiet = _prompt(facts, cadence, now), _quiet(facts, cadence, now)
    if prompt and quiet and quiet.kind in (LetterKind.DAILY, LetterKind.WEEKLY):
        # One mail on a mixed day, the good news first.
        quiet, prompt = replace(quiet, events=(*prompt.events, *quiet.events)), None
    plans = (receipt, *corrections, prompt, quiet)
    return _owning_up(_confirming(tuple(plan for plan in plans if plan is not None), facts), facts)


def _quiet(facts: Facts, cadence: Cadence, now: datetime) -> Plan | None:
    """The letter that can wait which is next, if the day has room for one: a talk that is near goes first."""
    if facts.preferences.only is Only.GOOD_NEWS or not open_at(now, cadence) or full_day(facts.sent, cadence, now):
        return None
    return (
        _before(facts, cadence, now, days=1)
        or _support(facts, cadence, now)
        or _before(facts, cadence, now, days=cadence.before_days)
        or _after(facts, cadence, now)
    )


def _confirming(plans: tuple[Plan, ...], facts: Facts) -> tuple[Plan, ...]:
    """The first of these letters says what was understood since the last one, and that a mailbox needs the reader."""
    first = (replace(one, acts=tuple(facts.unconfirmed), locked_out=tuple(facts.locked_out)) for one in plans[:1])
    return (*first, *plans[1:])


def _owning_up(plans: tuple[Plan, ...], facts: Facts) -> tuple[Plan, ...]:
    """The first of these letters that tells of mails says how many could not be read; but not beside an offer."""
    found = (number for number, plan in enumerate(plans) if plan.kind in _OF_MAILS and not _offers(plan))
    at = next(found, None) if facts.unreadable else None
    if at is None:
        return plans
    return (*plans[:at], replace(plans[at], unreadable=tuple(facts.unreadable)), *plans[at + 1 :])


def _offers(plan: Plan) -> bool:
    return any(event.kind is Kind.OFFER for event in plan.events)


def next_due(facts: Facts, cadence: Cadence, now: datetime) -> datetime | None:
    """When the next letter will be written if no more mail comes; None where none is to be foreseen."""
    moments = (now, *_moments(facts, cadence, now))
    facts = _ahead_of(facts, cadence, now)
    return next((moment for moment in moments if due(facts, cadence, moment)), None)


def _ahead_of(facts: Facts, cadence: Cadence, now: datetime) -> Facts:
    """The facts that can make a letter due from now on: hundreds of moments are looked at, and most are at rest."""
    untold = {event.application for event in facts.untold}
    talking = {meeting.application for meeting in _alive(facts, cadence)}
    mails = (event.received for one in facts.applications for event in one.mails)
    lately = [
        one
        for one in facts.applications
        if one.id in untold | talking or any(event.received > now - FORTNIGHT for event in one.events)
    ]
    return replace(facts, applications=lately, first=min(filter(None, [facts.first, *mails]), default=None))


def _moments(facts: Facts, cadence: Cadence, now: datetime) -> list[datetime]:
    """Every moment up to the horizon at which something can become due, in order."""
    today = now.astimezone(cadence.zone).date()
    days = [today + timedelta(days=number) for number in range(HORIZON)]
    hours = {effective_hour(cadence), cadence.quiet_to, MONDAY_FROM, time(0)}
    by_clock = chain.from_iterable(_by_clock(day, hours, cadence.zone) for day in days)
    ends = [letter.at + span for letter in facts.sent for span in (WEEK, BREAK, _BREATH)]
    ends += [event.received + RESPITE for event in offers(facts.applications)]
    ends += [event.received + FORTNIGHT for one in facts.applications for event in one.mails]
    ends += filter(None, [facts.preferences.paused_until])
    # What holds for "less than a week" ends with the week, not a moment after it.
    return sorted({moment for moment in chain(by_clock, ends) if moment > now})


def _by_clock(day: date, hours: Iterable[time], zone: ZoneInfo) -> Iterator[datetime]:
    """These hours of a day; all its quarters too where the clocks change, for some hours come twice then or never."""
    start, end = (datetime.combine(one, time(0), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    for hour, fold in product(hours, (0, 1)):
        yield datetime.combine(day, hour, zone).replace(fold=fold).astimezone(UTC)
    if end - start != timedelta(days=1):
        yield from (start + number * _QUARTER for number in range((end - start) // _QUARTER))


def _receipt(facts: Facts) -> Plan | None:
    acts = tuple(act for act in facts.unconfirmed if act.kind in AT_ONCE)
    return Plan(LetterKind.RECEIPT, about=f"receipt {acts[-1].id}", acts=acts) if acts else None


# --- Good news, at once ---------------------------------------------------------------------------------------------


def _fresh(facts: Facts) -> list[Event]:
    return [event for event in facts.untold if event.kind in GOOD_NEWS and not event.lookback]


def _prompt(facts: Facts, cadence: Cadence, now: datetime) -> Plan | None:
    fresh = tuple(event for event in _fresh(facts) if not _reopens(event, facts.applications))
    return Plan(LetterKind.PROMPT, fresh) if fresh and not quiet_at(now, cadence) else None


def _corrections(facts: Facts, cadence: Cadence, now: datetime) -> Iterator[Plan]:
    """An employer comes back after a no. One that no letter has told yet is told with it, and not once more alone."""
    if quiet_at(now, cadence):
        return
    told: set[int] = set()
    for event in _fresh(facts):
        if _reopens(event, facts.applications):
            overtaken = tuple(one for one in facts.untold if _overtakes(event, one) and one.id not in told)
            told |= {one.id for one in overtaken}
            yield Plan(LetterKind.CORRECTION, (*overtaken, event))


def _overtakes(event: Event, no: Event) -> bool:
    same = no.application == event.application and not no.lookback
    return same and no.kind is Kind.REJECTION and no.received < event.received


def _reopens(event: Event, applications: Sequence[Application]) -> bool:
    known = next((one for one in applications if one.id == event.application), None)
    return known is not None and state(before(known, event)) is State.CLOSED


# --- Around a talk --------------------------------------------------------------------------------------------------


def _before(facts: Facts, cadence: Cadence, now: datetime, *, days: int) -> Plan | None:
    """For a talk that is so many days ahead, or fewer, and for which no letter was written."""
    if not cadence.before_days or since(facts.sent, now - _BREATH):
        return None
    today = now.astimezone(cadence.zone).date()
    near = (
        meeting
        for meeting in _alive(facts, cadence)
        if workday(meeting.day - timedelta(days=min(days, cadence.before_days)), cadence) <= today
        and _ahead(meeting, today, now)
    )
    return _first_about(near, LetterKind.BEFORE, facts)


def _ahead(meeting: Meeting, today: date, now: datetime) -> bool:
    return now + _LEAD <= meeting.at if meeting.at else today < meeting.day


def _after(facts: Facts, cadence: Cadence, now: datetime) -> Plan | None:
    if not cadence.after:
        return None
    today = now.astimezone(cadence.zone).date()
    recent = (
        meeting
        for meeting in _alive(facts, cadence)
        if 1 <= (today - meeting.day).days <= _AFTERWARDS and not _noted_since(facts.acts, meeting, cadence)
    )
    return _first_about(recent, LetterKind.AFTER, facts)


def _noted_since(acts: Sequence[Act], meeting: Meeting, cadence: Cadence) -> bool:
    notes = (act for act in acts if act.kind is Did.NOTE and act.application == meeting.application)
    return any(act.made.astimezone(cadence.zone).date() >= meeting.day for act in notes)


def _alive(facts: Facts, cadence: Cadence) -> Iterator[Meeting]:
    """The talks of every application that has not ended since, but for those whose invitation is still to be told."""
    untold = {event.id for event in facts.untold}
    for application in facts.applications:
        invited = any(event.kind is Kind.INTERVIEW and event.details.interview_at for event in application.events)
        if invited and state(application) in (State.TALKING, State.REOPENED):
            yield from (one for one in meetings(application, cadence.zone) if one.event.id not in untold)


def _first_about(found: Iterable[Meeting], kind: LetterKind, facts: Facts) -> Plan | None:
    """The letter for the first of these talks that has none yet. A mail that confirms a talk makes no second one."""
    written = {letter.about for letter in facts.sent}
    mails = {known.id: known.mails for known in facts.applications}
    for one in found:
        if not any(f"{kind} {mail.id} {one.day}" in written for mail in mails[one.application]):
            return Plan(kind, about=f"{kind} {one.event.id} {one.day}", talk=one.event)
    return None


# --- Support: together, at the reader's hour, and seldom ------------------------------------------------------------


def _support(facts: Facts, cadence: Cadence, now: datetime) -> Plan | None:
    if offered(facts.applications, now):
        return None
    weekly, daily = _weekly(facts, cadence, now), _daily(facts, cadence, now)
    # The very first letter tells what was found, and says so; a week is looked back on after that.
    return weekly or daily if facts.sent else daily or weekly


def _daily(facts: Facts, cadence: Cadence, now: datetime) -> Plan | None:
    if full_week(facts.sent, cadence, now) or full_week_of_days(facts.sent, cadence, now):
        return None
    earlier = _earlier(facts, cadence, now)
    ripe = _ripe(facts, cadence, now)
    if ripe and not folded(facts, cadence, now):
        return Plan(LetterKind.DAILY, (*earlier, *ripe))
    summed_up = any(letter.kind is LetterKind.SUMMARY for letter in since(facts.sent, now - WEEK))
    return Plan(LetterKind.SUMMARY, earlier) if earlier and not summed_up else None


def _weekly(facts: Facts, cadence: Cadence, now: datetime) -> Plan | None:
    local = now.astimezone(cadence.zone)
    recent = [letter for letter in facts.sent if letter.kind is LetterKind.WEEKLY and letter.at > now - WEEK]
    if not cadence.weekly or full_week(facts.sent, cadence, now) or local.weekday() > _LATEST_WEEKLY:
        return None
    if any(_same_week(one, cadence, now) for one in recent):
        return None
    # A silence outlives its application where the only mail was forgotten, or turned out to be none.
    known = {one.id for one in facts.applications}
    silences = (event for event in facts.untold if event.kind in NOTICES and event.application in known)
    waiting = tuple(event for event in silences if not event.lookback)
    told = (*_earlier(facts, cadence, now), *_ripe(facts, cadence, now), *waiting)
    if not _begun(facts, cadence, now) or not (waiting or _anything(told, facts, cadence, now)):
        return None
    year, week, _ = local.isocalendar()
    return Plan(LetterKind.WEEKLY, told, about=f"weekly {year}-W{week:02}")


def _same_week(letter: Sent, cadence: Cadence, now: datetime) -> bool:
    return letter.at.astimezone(cadence.zone).isocalendar()[:2] == now.astimezone(cadence.zone).isocalendar()[:2]


def _begun(facts: Facts, cadence: Cadence, now: datetime) -> bool:
    """There is some time to look back on: some days before this week's Monday."""
    local = now.astimezone(cadence.zone).date()
    first = local - timedelta(days=local.weekday()) - _NEW
    if facts.first is not None and facts.first.astimezone(cadence.zone).date() <= first:
        return True
    mails = chain(facts.untold, (event for one in facts.applications for event in one.mails))
    return any(event.received.astimezone(cadence.zone).date() <= first for event in mails)


def _anything(told: Iterable[Event], facts: Facts, cadence: Cadence, now: datetime) -> bool:
    """Something happened in the seven days before today, or has waited since before. What came today alone is no week.

    An empty week is passed over in silence.
    """
    today = now.astimezone(cadence.zone).date()
    if any(event.received.astimezone(cadence.zone).date() < today for event in told):
        return True
    events = (event.received for application in facts.applications for event in application.mails)
    moments = chain(events, (act.made for act in facts.acts))
    return any(0 < (today - moment.astimezone(cadence.zone).date()).days <= WEEK.days for moment in moments)


def _ripe(facts: Facts, cadence: Cadence, now: datetime) -> tuple[Event, ...]:
    fresh = [event for event in facts.untold if event.kind in SUPPORT and not event.lookback]
    return tuple(event for event in fresh if slot(event.received, cadence) <= now)


def _earlier(facts: Facts, cadence: Cadence, now: datetime) -> tuple[Event, ...]:
    """What the first look found, once all of it may be told: never in two letters where one will do."""
    found = tuple(event for event in facts.untold if event.lookback and event.kind in TOLD - NOTICES)
    return found if all(slot(event.received, cadence) <= now for event in found) else ()
