"""What the letters before and after a talk know: when it is, and what was noted down of the talks before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from triage.core.acts import Did
from triage.core.journey import meetings, stage_of
from triage.core.shown import shown
from triage.core.situation.told import LATER, Told, told
from triage.core.values import Application, Event, Kind, Stage

_LONGEST = 600
"""Characters of a note or of a sentence of feedback."""
MOST = 3
LATELY, _HARD = timedelta(days=10), timedelta(days=7)
"""Before an invitation, in which a no is still near: any, and one after the last round."""


@dataclass(frozen=True, slots=True)
class Note:
    """Words about an earlier talk: the reader's own, or an employer's sentence about the reader."""

    who: str
    role: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk ahead, or one that has just been."""

    told: Told
    notes: tuple[Note, ...]
    """The reader's own, from earlier talks, newest first."""
    feedback: tuple[Note, ...]
    """What employers wrote about the reader, newest first."""
    after_a_no: bool
    """A no came within the ten days before the invitation."""
    after_a_final_no: bool
    """One in the last round, within seven days before it."""
    number: int
    """Which talk with them it is, from 1."""


def gather_talk(event: Event, applications: Sequence[Application], zone: ZoneInfo) -> Talk:
    """All that is known for the talk to which this mail invites."""
    own = next((one for one in applications if one.id == event.application), None)
    events = [(one, e) for one in applications for e in one.events if e.kind is Kind.REJECTION]
    recent = [(one, e) for one, e in events if event.received - LATELY < e.received <= event.received]
    return Talk(
        told=told(event, own, zone),
        notes=tuple(_newest(_notes(applications, event, zone))),
        feedback=tuple(_newest(_feedback(applications, zone))),
        after_a_no=bool(recent),
        after_a_final_no=any(
            stage_of(e, one) is Stage.FINAL and e.received > event.received - _HARD for one, e in recent
        ),
        number=_number(event, own, zone),
    )


def _number(event: Event, application: Application | None, zone: ZoneInfo) -> int:
    known = meetings(application, zone) if application else ()
    return next((number for number, one in enumerate(known, 1) if one.event.id == event.id), 1)


def _newest(notes: Iterable[Note]) -> Sequence[Note]:
    return sorted(notes, key=lambda note: note.at, reverse=True)[:MOST]


def _notes(applications: Iterable[Application], event: Event, zone: ZoneInfo) -> Iterator[Note]:
    """Those of the same employer too, for they may ask the same again."""
    for application in applications:
        for act in application.acts:
            if act.kind is Did.NOTE and act.text:
                yield _note(application, act.made, act.text, zone)


def _feedback(applications: Iterable[Application], zone: ZoneInfo) -> Iterator[Note]:
    """Only of applications that had come to a talk: what an early no says is about papers."""
    for application in applications:
        for event in application.events:
            if event.kind is Kind.REJECTION and event.details.feedback and stage_of(event, application) in LATER:
                yield _note(application, event.received, " ".join(event.details.feedback), zone)


def _note(application: Application, at: datetime, text: str, zone: ZoneInfo) -> Note:
    return Note(shown(application.company), shown(application.role), at.astimezone(zone), shown(text, _LONGEST))
