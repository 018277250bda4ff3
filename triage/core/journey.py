"""The search as a whole: which application an event belongs to, and what state follows from its events."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from triage.core.values import Application, Event, Kind, Stage

_ORDER = (Stage.UNKNOWN, Stage.APPLICATION, Stage.SCREEN, Stage.INTERVIEW, Stage.FINAL)
_WORD = re.compile(r"\w+")


class State(StrEnum):
    """Where an application stands."""

    OPEN = "open"
    TALKING = "talking"
    OFFERED = "offered"
    CLOSED = "closed"
    REOPENED = "reopened"


LOGGED = frozenset(
    {
        Kind.REJECTION,
        Kind.ACKNOWLEDGEMENT,
        Kind.INTERVIEW,
        Kind.ASSESSMENT,
        Kind.OFFER,
        Kind.OUTREACH,
        Kind.UNSURE,
    }
)
"""What the log keeps. Everything else in the mailbox is nobody's business and leaves no trace."""


BEGINNERS = LOGGED - {Kind.OUTREACH, Kind.UNSURE}
"""What can begin an application: an unsure mail does not, and neither does a stranger's proposal."""


def find(event: Event, applications: Sequence[Application]) -> Application | None:
    """The application this event is about, or None where it begins a new one.

    In the order of trust: the employer's reference number, the mail thread, company and role, and the company
    alone where only one application there is open and no second role is named. Two roles stay two applications.
    """
    for match in (_by_reference, _by_thread, _by_role, _by_company):
        found = match(event, applications)
        if found is not None:
            return found
    return None


def _by_reference(event: Event, applications: Sequence[Application]) -> Application | None:
    number = event.details.reference
    same = [known for known in applications if number and known.reference == number]
    return _newest([known for known in same if _agree(known.company, event.details.company)])


def _by_thread(event: Event, applications: Sequence[Application]) -> Application | None:
    thread = set(event.thread)
    return _newest([known for known in applications if any(e.message_id in thread for e in known.events)])


def _by_role(event: Event, applications: Sequence[Application]) -> Application | None:
    company, role = event.details.company, event.details.role
    if not company or not role:
        return None
    known = _newest([a for a in applications if _same(a.company, company) and _same(a.role, role)])
    return None if known and _again(event, known) else known


def _again(event: Event, known: Application) -> bool:
    """They confirm an application after their no: the reader has applied for the same role once more."""
    return event.kind is Kind.ACKNOWLEDGEMENT and state(known) is State.CLOSED and event.received > last_heard(known)


def last_heard(application: Application) -> datetime:
    """When the latest mail about it came. There is at least one."""
    return max(event.received for event in application.events)


def _by_company(event: Event, applications: Sequence[Application]) -> Application | None:
    company, role = event.details.company, event.details.role
    there = [a for a in applications if company and _same(a.company, company) and not (a.role and role)]
    still_open = [a for a in there if state(a) not in (State.CLOSED, State.OFFERED)]
    return still_open[0] if len(still_open) == 1 else None


def _newest(applications: Sequence[Application]) -> Application | None:
    return applications[-1] if applications else None


def _agree(known: str, named: str) -> bool:
    return not known or not named or _same(known, named)


def _same(one: str, other: str) -> bool:
    return bool(one) and normal(one) == normal(other)


def normal(name: str) -> str:
    """A company or role as it is compared: its words in lower case."""
    return " ".join(_WORD.findall(name.casefold()))


def state(application: Application) -> State:
    """What the events say, the latest decisive one first; a no after which they invite again is re-opened.

    An offer stays an offer while they go on talking about it.
    """
    current = State.OPEN
    for event in application.events:
        current = _after(current, event.kind)
    return current


def _after(current: State, kind: Kind) -> State:
    if kind is Kind.REJECTION:
        return State.CLOSED
    if kind is Kind.OFFER:
        return State.OFFERED
    if kind in (Kind.INTERVIEW, Kind.ASSESSMENT) and current is not State.OFFERED:
        return State.REOPENED if current in (State.CLOSED, State.REOPENED) else State.TALKING
    return current


def stage_of(event: Event, application: Application) -> Stage:
    """How far it had come when this mail arrived: by the mail's words or by the log, whichever is further."""
    earlier = (e for e in application.events if e.received <= event.received and e.id != event.id)
    reached = [_reached(e.kind) for e in earlier]
    return max([event.details.stage, Stage.APPLICATION, *reached], key=_ORDER.index)


def _reached(kind: Kind) -> Stage:
    if kind is Kind.INTERVIEW:
        return Stage.INTERVIEW
    return Stage.SCREEN if kind is Kind.ASSESSMENT else Stage.UNKNOWN


def talks(application: Application, until: Event) -> int:
    """How many invitations to talk came before this event."""
    return sum(e.kind is Kind.INTERVIEW and e.received < until.received for e in application.events)
