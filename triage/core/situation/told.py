"""One line of the log as a letter may speak of it: words from mails made harmless, times on the reader's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from triage.core import moment
from triage.core.journey import State, before, reached, stage_of, state, talks
from triage.core.shown import shown
from triage.core.values import Application, Event, Kind, Reason, Stage

EXTERNAL = frozenset({Reason.POSITION_CLOSED})
"""Reasons that were decided without the reader; "already filled" is reported as their words only."""
TALKED = frozenset({Stage.INTERVIEW, Stage.FINAL})
LATER = TALKED | {Stage.SCREEN}
"""Past the first stage a step is for tomorrow, and its wordings say so; only before that may it be for today."""


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
    human: bool
    days: int
    """From the first mail about this application to this one; 0 where this is the first."""
    waited: int
    """From the mail before to this one."""
    last: date
    """When that mail came."""
    talks: int
    deadline: date | None
    promised: date | None
    """The day by which they said they would answer."""
    when: datetime | date | None
    """The interview: on the reader's clock where the mail says whose clock it means; a day where it names no time."""
    zone: str
    """What the mail calls the zone of that time, where nobody can tell which it is."""
    moved: bool
    """The mail itself states that time on another clock than the reader's."""
    after: State
    """Where the application stood when this came."""

    @property
    def name(self) -> str:
        """Whom the mail is from, as far as it is known."""
        return self.company or self.domain

    @property
    def external(self) -> bool:
        return self.reason in EXTERNAL


def told(event: Event, application: Application | None, zone: ZoneInfo) -> Told:
    """What a letter may say of this event of this application, None where it belongs to none."""
    known = application or Application(0, event.details.company, event.details.role, "", (event,))
    earlier = [one.received for one in known.mails if one.received <= event.received]
    last = max((at for at in earlier if at < event.received), default=event.received)
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
        human=event.human,
        days=(event.received - min(earlier, default=event.received)).days,
        waited=(event.received - last).days,
        last=last.astimezone(zone).date(),
        talks=talks(known, event),
        deadline=day_of(details.deadline, zone),
        promised=day_of(details.answer_by, zone),
        when=meeting.at if meeting else None,
        zone=shown(meeting.zone) if meeting else "",
        moved=meeting is not None and meeting.moved,
        after=state(before(known, event)),
    )


@dataclass(frozen=True, slots=True)
class Open:
    """One application that is still alive."""

    company: str
    role: str
    last: date
    stage: Stage
    by_mail: bool = True
    """A letter can say when its last mail came; else only the reader's own list has told of it."""


def still_open(application: Application, zone: ZoneInfo, last: datetime) -> Open:
    """An application of which a letter can say that it is open. `last`: when it was last heard of."""
    day = last.astimezone(zone).date()
    return Open(
        shown(application.company), shown(application.role), day, reached(application), by_mail=application.by_mail
    )


def day_of(text: str, zone: ZoneInfo) -> date | None:
    """A stored date or time as a day on the reader's calendar."""
    found = _moment(text, zone)
    if found is None:
        return None
    return found.at.date() if isinstance(found.at, datetime) else found.at


def _moment(text: str, zone: ZoneInfo) -> moment.Moment | None:
    """On the reader's clock; a time without an offset is taken as local, which is how invitations mean it."""
    found = moment.read(text)
    return found and found.shown_in(zone)
