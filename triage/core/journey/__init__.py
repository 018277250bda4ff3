"""The search as a whole: which application an event belongs to, and what state follows from its events."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.core import moment
from triage.core.acts import Did
from triage.core.domains import label
from triage.core.journey.alike import narrower, same_number, same_role
from triage.core.journey.matching import (
    TWICE,
    answers,
    contradicts,
    is_named,
    may_be_role,
    named,
    nameless,
    names,
    numbered,
    of_sender,
    one_client,
    one_employer,
    retold,
    running,
    twice,
)
from triage.core.values import Application, Event, Kind, Stage

_ORDER = (Stage.UNKNOWN, Stage.APPLICATION, Stage.SCREEN, Stage.INTERVIEW, Stage.FINAL)
_WORD = re.compile(r"\w+")


class State(StrEnum):
    """Where an application stands."""

    OPEN = "open"
    TALKING = "talking"
    OFFERED = "offered"
    CLOSED = "closed"
    """They said no."""
    REOPENED = "reopened"
    """They came back after a no."""
    SILENT = "silent"
    """Nothing came for so long that most likely nothing will."""
    LET_GO = "let_go"
    """The reader waits no longer."""
    WITHDRAWN = "withdrawn"


GOING_ON = frozenset({State.OPEN, State.TALKING, State.REOPENED})
"""An answer is still to come."""
ENDED = frozenset({State.CLOSED, State.SILENT, State.LET_GO, State.WITHDRAWN})
"""Nothing is to be expected, though any of it can come back."""


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
    """The application this event is about, or None where it begins a new one, or belongs to none.

    In the order of trust: the employer's reference number, the mail thread, company and role, a person who writes for
    an employer, and the company alone. Where several would do, nobody guesses. Two roles stay two applications.
    """
    for match in (_by_reference, _by_thread, _by_role, _by_person, _by_company):
        found = match(event, applications)
        if found is not None:
            return found
    return None


def _another(event: Event, known: Application) -> bool:
    """By its time it is about another one: a no from before they applied, a confirmation from after the end.

    The reader's own list is from memory. Where it leaves the day of an end open, that is put to the day they applied.
    """
    first = min(known.mails, key=lambda mail: mail.received, default=event)
    of_list = first.brought and retold(event, known)
    if event.kind is Kind.REJECTION:
        return first.kind is Kind.ACKNOWLEDGEMENT and event.received < first.received - TWICE and not of_list
    then = before(known, event)
    ends = [e.received for e in then.mails] + [act.made for act in then.acts if act.kind is Did.WITHDREW]
    over = event.kind is Kind.ACKNOWLEDGEMENT and state(then) in (State.CLOSED, State.WITHDRAWN)
    if over and of_list:
        return max(ends) > first.received + TWICE and event.received > max(ends) + TWICE
    return over and event.received > max(ends) + TWICE


def _by_reference(event: Event, applications: Sequence[Application]) -> Application | None:
    number, company = event.details.reference, event.details.company
    numbers = (one for one in applications if same_number(one.reference, number))
    same = [one for one in numbers if named(one, company) and not _another(event, one)]
    # A number is the employer's own, and some give one to a person and not to an opening.
    fit = [one for one in same if may_be_role(event, one)]
    if not fit and event.kind is not Kind.ACKNOWLEDGEMENT:
        fit = same
    return running(event, fit) if one_employer(one.company for one in fit) else None


def _by_thread(event: Event, applications: Sequence[Application]) -> Application | None:
    thread = set(event.thread) - {""}
    direct = [one for one in applications if any(answers(event, e) or answers(e, event) for e in one.mails)]
    ours = [one for one in direct if not contradicts(event, one)]
    if ours:
        return running(event, ours)
    # Answers to one mail that is not in the log: the reader's own.
    beside = [one for one in applications if any(not thread.isdisjoint(e.thread) for e in one.mails)]
    return _one(event, [one for one in beside if named(one, event.details.company) and may_be_role(event, one)])


def _by_role(event: Event, applications: Sequence[Application]) -> Application | None:
    role, number = event.details.role, event.details.reference
    there = [one for one in applications if is_named(one, event.details.company) and not _another(event, one)]
    same = [one for one in there if same_role(one.role, role)]
    if same:
        # Two numbers are two openings, though employers also write of one opening by several.
        sure = [one for one in same if numbered(one, number)]
        return running(event, _first_told(event, sure) or [one for one in same if _goes_on(event, one)])
    near = [one for one in there if narrower(one.role, role)]
    fit = [one for one in near if _waits_for(event, one) and _goes_on(event, one)]
    return _one(event, fit or [one for one in near if retold(event, one)])


def _by_person(event: Event, applications: Sequence[Application]) -> Application | None:
    """A recruiter writes in the name of their own house, and of a client whom they may name late or not at all."""
    house = label(event.sender_domain)
    if not (event.human and house):
        return None
    same = [one for one in applications if same_role(one.role, event.details.role) and not _another(event, one)]
    theirs = [one for one in same if any(e.human and label(e.sender_domain) == house for e in one.mails)]
    fit = [one for one in theirs if one_client((event.details.company, *names(one)), house)]
    return _one(event, [one for one in fit if _waits_for(event, one)])


def _by_company(event: Event, applications: Sequence[Application]) -> Application | None:
    company, role, number = event.details.company, event.details.role, event.details.reference
    there = [one for one in applications if not (one.role and role) and is_named(one, company)]
    able = [one for one in there if numbered(one, number) and not _another(event, one)]
    fit = [one for one in able if _waits_for(event, one) or twice(event, one)]
    return _one(event, _first_told(event, fit or [one for one in able if retold(event, one)]))


def _first_told(event: Event, applications: Sequence[Application]) -> Sequence[Application]:
    """A confirmation is of what the reader's list has at about that day, before any other."""
    if event.kind is not Kind.ACKNOWLEDGEMENT:
        return applications
    return [one for one in applications if retold(event, one)] or applications


def _one(event: Event, applications: Sequence[Application]) -> Application | None:
    """The only one. Of several the only one that fits how far it had come, who writes, and that no role is named."""
    for fits in (_as_far, of_sender, nameless):
        if len(applications) > 1:
            applications = [one for one in applications if fits(event, one)] or applications
    return applications[0] if len(applications) == 1 else None


def _as_far(event: Event, known: Application) -> bool:
    said = min(event.details.stage, Stage.INTERVIEW, key=_ORDER.index)
    return _ORDER.index(said) <= _ORDER.index(reached(before(known, event)))


def _waits_for(event: Event, known: Application) -> bool:
    """Had it not ended by then? What has an offer is not ended by a no that does not say what it is about."""
    then = state(before(known, event))
    return then not in (State.CLOSED, State.WITHDRAWN) and (then, event.kind) != (State.OFFERED, Kind.REJECTION)


def _goes_on(event: Event, known: Application) -> bool:
    """It confirms no second application: it is about one that was confirmed before, or the same mail once more."""
    return event.kind is not Kind.ACKNOWLEDGEMENT or twice(event, known)


def last_heard(application: Application) -> datetime:
    """When the latest mail about it came. There is at least one."""
    return max(event.received for event in application.mails)


def before(application: Application, event: Event) -> Application:
    """The application as it was when this mail came."""
    earlier = tuple(one for one in application.events if one.received < event.received)
    return replace(application, events=earlier, acts=tuple(a for a in application.acts if a.made < event.received))


def normal(name: str) -> str:
    """A company or role as it is compared: its words in lower case."""
    return " ".join(_WORD.findall(name.casefold()))


def state(application: Application) -> State:
    """What the events say, and what the reader did about it, the latest decisive one first.

    A no after which they invite again is re-opened, and any mail ends a silence. An offer stays an offer while they
    go on talking about it.
    """
    steps: list[tuple[datetime, Kind | Did]] = [(event.received, event.kind) for event in application.events]
    steps += [(act.made, act.kind) for act in application.acts]
    current = State.OPEN
    for _, kind in sorted(steps, key=lambda step: step[0]):
        current = _after(current, kind)
    return current


def _after(current: State, kind: Kind | Did) -> State:
    if kind in _SETS:
        return _SETS[kind]
    if kind in (Kind.INTERVIEW, Kind.ASSESSMENT) and current is not State.OFFERED:
        return State.REOPENED if current in (State.CLOSED, State.REOPENED) else State.TALKING
    if kind is Kind.SILENCE and current in (State.OPEN, State.TALKING, State.REOPENED):
        return State.SILENT
    return State.OPEN if kind is Kind.ACKNOWLEDGEMENT and current in (State.SILENT, State.LET_GO) else current


_SETS: Mapping[Kind | Did, State] = {
    Kind.REJECTION: State.CLOSED,
    Kind.OFFER: State.OFFERED,
    Did.LET_GO: State.LET_GO,
    Did.WITHDREW: State.WITHDRAWN,
}


def stage_of(event: Event, application: Application) -> Stage:
    """How far it had come when this mail arrived: by the mail's words or by the log, whichever is further."""
    earlier = (e for e in application.events if e.received <= event.received and e.id != event.id)
    return max([event.details.stage, Stage.APPLICATION, *(_reached(e.kind) for e in earlier)], key=_ORDER.index)


def reached(application: Application) -> Stage:
    """How far it has come."""
    stages = (stage for event in application.mails for stage in (event.details.stage, _reached(event.kind)))
    return max([Stage.APPLICATION, *stages], key=_ORDER.index)


def _reached(kind: Kind) -> Stage:
    if kind is Kind.INTERVIEW:
        return Stage.INTERVIEW
    return Stage.SCREEN if kind is Kind.ASSESSMENT else Stage.UNKNOWN


def talks(application: Application, until: Event) -> int:
    """How many invitations to talk came before this event."""
    return sum(e.kind is Kind.INTERVIEW and e.received < until.received for e in application.events)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A talk that was arranged: its day and, where the mail names a time on a known clock, when it begins."""

    event: Event
    day: date
    at: datetime | None = None

    @property
    def application(self) -> int:
        return self.event.application


def meetings(application: Application, zone: ZoneInfo) -> tuple[Meeting, ...]:
    """The talks of an application, in order of their invitations, on the clock of `zone`.

    An invitation that comes before the talk of an earlier one takes its place: it was moved.
    """
    found: list[Meeting] = []
    for event in application.events:
        meeting = _meeting(event, zone) if event.kind is Kind.INTERVIEW else None
        if meeting is not None:
            found = [one for one in found if one.day < event.received.astimezone(zone).date()]
            found.append(meeting)
    return tuple(found)


def _meeting(event: Event, zone: ZoneInfo) -> Meeting | None:
    found = moment.read(event.details.interview_at)
    if found is None:
        return None
    at = found.shown_in(zone).at
    if not isinstance(at, datetime):
        return Meeting(event, at)
    # Without an offset it is taken as local, which is how invitations mean it.
    return Meeting(event, at.date(), at if at.tzinfo else at.replace(tzinfo=zone))
