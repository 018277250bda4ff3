"""Every fact a letter may use, gathered before anything is written.

Words from strangers' mails enter a letter only here, and pass `core.shown` on their way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from triage.core.acts import Act
from triage.core.answers import Answers
from triage.core.helplines import Line
from triage.core.journey import State, last_heard, state
from triage.core.letter import Facts, LetterKind, Plan
from triage.core.shown import shown
from triage.core.situation.counts import Counts, alive, count
from triage.core.situation.standing import History, history
from triage.core.situation.talk import Talk, gather_talk
from triage.core.situation.told import Open, Told, still_open, told
from triage.core.situation.week import Week, gather_week
from triage.core.values import GOOD_NEWS, NOTICES, Application, Event, Kind, Stage

RECENT = timedelta(days=45)
"""An application not heard of for longer is not called open: by then most are silent for good."""
_FRESH = timedelta(days=10)
_WORD = re.compile(r"[^\W\d_]{5,}|[A-Z][A-Za-z+#.]*[A-Za-z+#]")


@dataclass(frozen=True, slots=True)
class Reader:
    """What a letter may know of its reader."""

    name: str
    tone: str
    zone: ZoneInfo
    answers: Answers = field(default_factory=Answers)
    lines: tuple[Line, ...] = ()
    """Whom to call where the reader lives, as far as that is known."""
    emergency: str = ""
    """The number for immediate danger there."""
    volunteers: bool = False
    """Wants to hear of unpaid work."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What one letter speaks about."""

    kind: LetterKind
    now: datetime
    """In the reader's zone."""
    reader: Reader
    events: tuple[int, ...]
    """Everything this letter tells, also a second mail about the same no."""
    acts: tuple[Act, ...]
    """What the reader asked for, and this letter confirms."""
    about: str
    rejections: tuple[Told, ...]
    good: tuple[Told, ...]
    unsure: tuple[Told, ...]
    quiet: tuple[Told, ...]
    silent: tuple[Told, ...]
    earlier: tuple[Told, ...]
    """What was found in mail from before the service was set up."""
    still_open: tuple[Open, ...]
    counts: Counts
    week: Week
    glad: bool
    """Good news came within the last day too."""
    ended: Told | None
    """The last no after a last round, within fourteen days."""
    skill: str
    """A word that stands in what two employers wrote about the reader."""
    tapered: bool
    """The letters of the day have just turned into one a week."""
    first: bool
    """No letter of the day was written before."""
    unreadable: int = 0
    """Mails that could not be read, and of which no letter has said so."""
    locked_out: bool = False
    """A mailbox lets us in no more, and no letter has said so."""
    talk: Talk | None = None
    known: Mapping[int, Application] = field(default_factory=dict)
    """The applications, for drafts to an employer: what they say is checked there."""

    @property
    def tone(self) -> str:
        return self.reader.tone

    @property
    def furthest(self) -> Told | None:
        """The rejection that ended the application which had come furthest."""
        order = list(Stage)
        return max(self.rejections, key=lambda one: (order.index(one.stage), one.received), default=None)

    @property
    def heavy(self) -> bool:
        """Five times no in a week: no tasks then, and the support line moves up."""
        return self.counts.week >= 5

    @property
    def offer(self) -> bool:
        return any(one.kind is Kind.OFFER for one in self.good)

    @property
    def final(self) -> bool:
        return any(one.stage is Stage.FINAL for one in self.rejections)

    @property
    def fresh(self) -> tuple[Open, ...]:
        """What is open and was heard of in the last ten days."""
        return tuple(one for one in self.still_open if one.last > (self.now - _FRESH).date())


def gather(
    plan: Plan, facts: Facts, reader: Reader, now: datetime, *, tapered: bool = False, past: History | None = None
) -> Situation:
    """All facts for the letter of `plan`.

    `past` is what there is to be counted of the whole log; without it, the facts hold the whole log. With it, they hold
    what letters may look at, and what this one may quote.
    """
    by_id = {application.id: application for application in facts.applications}
    every = [told(event, by_id.get(event.application), reader.zone) for event in plan.events]
    fresh = [one for one, event in zip(every, plan.events, strict=True) if not event.lookback]
    events = [event for application in facts.applications for event in application.mails]
    return Situation(
        kind=plan.kind,
        now=now.astimezone(reader.zone),
        reader=reader,
        events=tuple(event.id for event in (*plan.events, *plan.unreadable)),
        acts=plan.acts,
        about=plan.about,
        rejections=_one_each([one for one in fresh if one.kind is Kind.REJECTION]),
        good=tuple(one for one in fresh if one.kind in GOOD_NEWS),
        unsure=tuple(one for one in fresh if one.kind is Kind.UNSURE),
        quiet=_waiting(fresh, Kind.QUIET, by_id),
        silent=_waiting(fresh, Kind.SILENCE, by_id),
        earlier=tuple(one for one, event in zip(every, plan.events, strict=True) if event.lookback),
        still_open=_still_open(_unmentioned(plan, facts), reader.zone, now),
        counts=count(facts.applications, now, past or history(facts.applications, now)),
        week=gather_week(facts.applications, facts.acts, reader.zone, now),
        glad=any(event.kind in GOOD_NEWS and event.received > now - timedelta(days=1) for event in events),
        ended=_ended(facts.applications, reader.zone, now),
        skill=_skill(events),
        tapered=tapered,
        unreadable=len(plan.unreadable),
        locked_out=bool(plan.locked_out),
        first=all(letter.kind is not LetterKind.DAILY for letter in facts.sent),
        talk=gather_talk(plan.talk, facts.applications, reader.zone) if plan.talk else None,
        known=by_id,
    )


def _unmentioned(plan: Plan, facts: Facts) -> list[Application]:
    """The applications of which this letter does not say that they have gone quiet."""
    waiting = {event.application for event in plan.events if event.kind in NOTICES}
    return [one for one in facts.applications if one.id not in waiting]


def _one_each(found: Sequence[Told]) -> tuple[Told, ...]:
    """A no that came by mail and by portal is one: the last word on each application, in the order of the first."""
    return tuple({one.application or -one.id: one for one in found}.values())


def _waiting(found: Sequence[Told], kind: Kind, known: Mapping[int, Application]) -> tuple[Told, ...]:
    """Applications that are still as quiet as that.

    One that went quiet and then silent before a letter could say so is told once, as silent; one of which something
    was heard since is not told at all.
    """
    silent = {one.application for one in found if one.kind is Kind.SILENCE}
    return tuple(
        one
        for one in found
        if one.kind is kind
        and (kind is Kind.SILENCE or one.application not in silent)
        and last_heard(known[one.application]) < one.received
    )


def _still_open(applications: Sequence[Application], zone: ZoneInfo, now: datetime) -> tuple[Open, ...]:
    """What is alive, the latest heard of first."""
    living = [(last_heard(one), one) for one in applications if one.company and one.mails and alive(one)]
    recent = sorted((pair for pair in living if now - pair[0] <= RECENT), key=lambda pair: pair[0], reverse=True)
    return tuple(still_open(one, zone, last) for last, one in recent)


def _ended(applications: Iterable[Application], zone: ZoneInfo, now: datetime) -> Told | None:
    """The last no that ended something which had come to its last round."""
    closed = [one for one in applications if state(one) is State.CLOSED]
    noes = [told(event, one, zone) for one in closed for event in one.events if event.kind is Kind.REJECTION]
    late = (no for no in noes if no.stage is Stage.FINAL and now - timedelta(days=14) < no.received <= now)
    return max(late, key=lambda no: no.received, default=None)


def _skill(events: Iterable[Event]) -> str:
    """The longest word in what at least two employers wrote about the reader, as one of them wrote it."""
    seen: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for event in events:
        words = {word.casefold(): word for line in event.details.feedback for word in _WORD.findall(line)}
        seen.update(words.keys())
        spelled |= words
    twice = [word for word, times in seen.items() if times >= 2 and _is_name(spelled[word])]
    return shown(spelled[max(twice, key=len)]) if twice else ""


def _is_name(word: str) -> bool:
    """Of a tool or a language, by its capitals: other words that come twice say little by themselves."""
    return sum(letter.isupper() for letter in word) >= 2 or any(sign in word for sign in "+#.")
