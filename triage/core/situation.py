"""Every fact a letter may use, gathered before anything is written.

This is the one place where words from strangers' mails enter a letter: they pass `shown`, which leaves no
control characters, no line breaks and nothing a mail program would turn into a link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from triage.core import moment
from triage.core.journey import State, last_heard, stage_of, state, talks
from triage.core.letter import GOOD_NEWS, LetterKind, Plan
from triage.core.values import Application, Event, Kind, Reason, Stage

LONGEST = 80
RECENT = timedelta(days=45)
"""An application not heard of for longer is not called open: by then most are silent for good."""
_SCHEMES = "mailto|tel|sms|callto|skype|facetime|sips?|xmpp|geo|file|news|urn|data|javascript|magnet|webcal"
_LINK = re.compile(
    rf"""(?ix)
    : (?=//) | \b(?:{_SCHEMES}): (?=\S)                   # https://, mailto:
    | (?<=[^\s.]) [.。．｡] (?=[^\W\d_]{{2}}) (?!js\b)  # employer.example, but not node.js
    | (?<=\bwww) \. (?=\S)
    | \\\\ | @                                             # a Windows share, an address
    """
)
EXTERNAL = frozenset({Reason.POSITION_CLOSED})
"""Reasons that were decided without the reader; "already filled" is reported as their words only."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event as a letter may speak of it."""

    id: int
    application: int
    """0 where the mail belongs to none."""
    kind: Kind
    company: str
    role: str
    domain: str
    """The sender's domain, for a mail whose company is not known."""
    received: datetime
    """In the reader's zone."""
    stage: Stage
    reason: Reason
    feedback: int
    reapply: bool
    days: int
    """From the first mail about this application to this one; 0 where this is the first."""
    talks: int
    deadline: date | None
    when: datetime | date | None
    """The interview: on the reader's clock where the mail says whose clock it means; a day where it names no time."""
    zone: str
    """What the mail calls the zone of that time, where nobody can tell which it is."""
    moved: bool
    """The mail itself states that time on another clock than the reader's."""

    @property
    def name(self) -> str:
        """Whom the mail is from, as far as it is known."""
        return self.company or self.domain

    @property
    def external(self) -> bool:
        return self.reason in EXTERNAL


@dataclass(frozen=True, slots=True)
class Open:
    """One application that is still alive."""

    company: str
    role: str
    last: date


@dataclass(frozen=True, slots=True)
class Situation:
    """What one letter speaks about."""

    kind: LetterKind
    now: datetime
    """In the reader's zone."""
    reader: str
    tone: str
    events: tuple[int, ...]
    """Everything this letter tells, also a second mail about the same no."""
    rejections: tuple[Told, ...]
    good: tuple[Told, ...]
    unsure: tuple[Told, ...]
    earlier: tuple[Told, ...]
    """What was found in mail from before the service was set up."""
    still_open: tuple[Open, ...]
    week: int
    """Applications that were answered with a no in the seven days up to now, these included."""
    ever: int
    """The same, in the whole log."""
    glad: bool
    """Good news came within the last day too."""

    @property
    def furthest(self) -> Told | None:
        """The rejection that ended the application which had come furthest."""
        order = list(Stage)
        return max(self.rejections, key=lambda told: (order.index(told.stage), told.received), default=None)

    @property
    def heavy(self) -> bool:
        """Five times no in a week: no tasks then, and the support line moves up."""
        return self.week >= 5

    @property
    def offer(self) -> bool:
        return any(told.kind is Kind.OFFER for told in self.good)

    @property
    def final(self) -> bool:
        return any(told.stage is Stage.FINAL for told in self.rejections)


@dataclass(frozen=True, slots=True)
class Reader:
    """What a letter may know of its reader."""

    name: str
    tone: str
    zone: ZoneInfo


def gather(plan: Plan, applications: Sequence[Application], reader: Reader, now: datetime) -> Situation:
    """All facts for the letter of `plan`, from the whole log."""
    by_id = {application.id: application for application in applications}
    told = [_told(event, by_id.get(event.application), reader.zone) for event in plan.events]
    fresh = [one for one, event in zip(told, plan.events, strict=True) if not event.lookback]
    events = [event for application in applications for event in application.events]
    rejected = [event for event in events if event.kind is Kind.REJECTION]
    return Situation(
        kind=plan.kind,
        now=now.astimezone(reader.zone),
        reader=shown(reader.name),
        tone=reader.tone,
        events=tuple(event.id for event in plan.events),
        rejections=_one_each([one for one in fresh if one.kind is Kind.REJECTION]),
        good=tuple(one for one in fresh if one.kind in GOOD_NEWS),
        unsure=tuple(one for one in fresh if one.kind is Kind.UNSURE),
        earlier=tuple(one for one, event in zip(told, plan.events, strict=True) if event.lookback),
        still_open=_still_open(applications, reader.zone, now),
        week=len({event.application for event in rejected if event.received > now - timedelta(days=7)}),
        ever=len({event.application for event in rejected}),
        glad=any(event.kind in GOOD_NEWS and event.received > now - timedelta(days=1) for event in events),
    )


def _one_each(told: Sequence[Told]) -> tuple[Told, ...]:
    """A no that came by mail and by portal is one: the last word on each application, in the order of the first."""
    return tuple({one.application or -one.id: one for one in told}.values())


def _told(event: Event, application: Application | None, zone: ZoneInfo) -> Told:
    known = application or Application(0, event.details.company, event.details.role, "", (event,))
    first = min((e.received for e in known.events), default=event.received)
    details = event.details
    meeting = _moment(details.interview_at, zone)
    return Told(
        id=event.id,
        application=event.application,
        kind=event.kind,
        company=shown(details.company or known.company),
        role=shown(details.role or known.role),
        domain=shown(event.sender_domain),
        received=event.received.astimezone(zone),
        stage=stage_of(event, known),
        reason=details.reason,
        feedback=len(details.feedback),
        reapply=details.reapply,
        days=max((event.received - first).days, 0),
        talks=talks(known, event),
        deadline=_day(details.deadline, zone),
        when=meeting.at if meeting else None,
        zone=shown(meeting.zone) if meeting else "",
        moved=meeting is not None and meeting.moved,
    )


def _still_open(applications: Sequence[Application], zone: ZoneInfo, now: datetime) -> tuple[Open, ...]:
    """What is alive, the latest heard of first."""
    alive = [(last_heard(a), a) for a in applications if shown(a.company) and a.events and state(a) is not State.CLOSED]
    recent = sorted((pair for pair in alive if now - pair[0] <= RECENT), key=lambda pair: pair[0], reverse=True)
    return tuple(Open(shown(a.company), shown(a.role), last.astimezone(zone).date()) for last, a in recent)


def _day(text: str, zone: ZoneInfo) -> date | None:
    found = _moment(text, zone)
    if found is None:
        return None
    return found.at.date() if isinstance(found.at, datetime) else found.at


def _moment(text: str, zone: ZoneInfo) -> moment.Moment | None:
    """On the reader's clock; a time without an offset is taken as local, which is how invitations mean it."""
    found = moment.read(text)
    return found and found.shown_in(zone)


def shown(text: str) -> str:
    """`text` from a mail as a letter, a table or a log may show it: one line, no controls, no live links, short.

    Line breaks and tabs become spaces. Other control characters, format characters (bidi overrides, zero width)
    and what has no meaning to a reader (surrogates, private use, unassigned) go: Unicode C*, Zl, Zp.
    """
    plain = "".join(" " if c in _BREAKS else c for c in text if c in _BREAKS or unicodedata.category(c)[0] != "C")
    # Twice: the bracket around one dot may make a link of the next ("www..example").
    line = " ".join(_LINK.sub(_defanged, _LINK.sub(_defanged, plain)).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip(" .。．｡:") + "…"


_BREAKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")


def _defanged(match: re.Match[str]) -> str:
    found = match.group()
    if found in ("@", "\\\\"):
        return {"@": " at "}.get(found, "\\ ")
    return f"{found[:-1]}[{found[-1]}]"
