"""When the letters hold back: the reader's own wish, an offer, a hard fortnight, caps, and letters nobody needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from triage.core.journey import State, state
from triage.core.letter import PATIENT, SUPPORTING, Cadence, Facts, LetterKind, Only, Sent
from triage.core.values import GOOD_NEWS, Application, Event, Kind

WEEK = timedelta(days=7)
RESPITE = timedelta(days=7)
"""How long an offer keeps the letters about everything else away."""
_MANY, FORTNIGHT = 10, timedelta(days=14)
_UNANSWERED = 4
"""Letters in a row that offered a step and brought no sign of life."""
BREAK = timedelta(days=28)
"""After so long without a letter of the day or the week, what was before counts no more."""


def silenced(facts: Facts, now: datetime) -> bool:
    """The reader wants no letter now, whatever comes."""
    wishes = facts.preferences
    return wishes.only is Only.NONE or (wishes.paused_until is not None and now < wishes.paused_until)


def folded(facts: Facts, cadence: Cadence, now: datetime) -> bool:
    """The letter of the day waits for that of the week: by wish, because it is of no use, or after a hard fortnight."""
    if not cadence.weekly or facts.preferences.only is Only.ALL:
        return False
    return facts.preferences.only is Only.WEEKLY or tapered(facts, cadence, now) or _hard_fortnight(facts, now)


def tapered(facts: Facts, cadence: Cadence, now: datetime) -> bool:
    """Letters of the day have come for weeks, or go unanswered: nobody seems to need them every day."""
    if not cadence.taper_weeks or facts.preferences.only is not Only.DEFAULT:
        return False
    run = _run([letter for letter in facts.sent if letter.kind in (LetterKind.DAILY, LetterKind.WEEKLY)], now)
    # Letters of the week keep it up: else those of the day would come back a month after they were said to have ended.
    daily = [letter for letter in run if letter.kind is LetterKind.DAILY]
    if daily and now - daily[0].at >= cadence.taper_weeks * WEEK:
        return True
    asked = [letter for letter in daily if letter.asked][-_UNANSWERED:]
    return len(asked) == _UNANSWERED and not any(act.made > asked[0].at for act in facts.acts)


def _run(letters: Sequence[Sent], now: datetime) -> Sequence[Sent]:
    """The letters since the last long break."""
    times = [*(letter.at for letter in letters), now]
    breaks = [number for number, (one, after) in enumerate(pairwise(times), 1) if after - one >= BREAK]
    return letters[breaks[-1] :] if breaks else letters


def _hard_fortnight(facts: Facts, now: datetime) -> bool:
    events = [event for known in facts.applications for event in known.events if event.received > now - FORTNIGHT]
    refused = {event.application for event in events if event.kind is Kind.REJECTION and event.received <= now}
    return len(refused) >= _MANY and not any(event.kind in GOOD_NEWS for event in events)


def offers(applications: Iterable[Application]) -> Iterator[Event]:
    for application in applications:
        found = [event for event in application.events if event.kind is Kind.OFFER]
        if found and state(application) is State.OFFERED:
            yield from found


def offered(applications: Iterable[Application], now: datetime) -> bool:
    """There is an offer to think about, and nothing else is worth a letter."""
    return any(event.received > now - RESPITE for event in offers(applications))


def since(sent: Iterable[Sent], moment: datetime) -> list[Sent]:
    """The letters written after it."""
    return [letter for letter in sent if letter.at > moment]


def full_day(sent: Iterable[Sent], cadence: Cadence, now: datetime) -> bool:
    """As many letters that can wait as the reader wants have come on this day."""
    today = now.astimezone(cadence.zone).date()
    days = [letter.at.astimezone(cadence.zone).date() for letter in sent if letter.kind in PATIENT]
    return days.count(today) >= cadence.most_per_day


def full_week(sent: Iterable[Sent], cadence: Cadence, now: datetime) -> bool:
    """As many letters as the reader wants have come in seven days."""
    return _in_a_week(sent, SUPPORTING, now) >= cadence.most_per_week


def full_week_of_days(sent: Iterable[Sent], cadence: Cadence, now: datetime) -> bool:
    """The same for letters of the day: a place is kept for that of the week, which tells what they could not."""
    kinds = SUPPORTING - {LetterKind.WEEKLY}
    return _in_a_week(sent, kinds, now) >= cadence.most_per_week - cadence.weekly


def _in_a_week(sent: Iterable[Sent], kinds: frozenset[LetterKind], now: datetime) -> int:
    return sum(letter.kind in kinds for letter in since(sent, now - WEEK))
