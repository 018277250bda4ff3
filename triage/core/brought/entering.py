"""What a list tells, as lines of the log and things the reader did: only what the log does not know yet.

A row that tells of an application which mails have told of already adds to that one. The same row entered again adds
nothing: its lines are named by what they say.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage.core.acts import LISTED, Act, Did
from triage.core.brought import Told
from triage.core.journey import State, find, normal, state
from triage.core.journey.alike import spellings
from triage.core.journey.matching import FROM_MEMORY, LATER, TWICE, is_named
from triage.core.values import BROUGHT, UNDATED, Application, Details, Event, Kind, Reason, Stage

NOON = time(12)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row adds. `known`: the application that it is about, None where it begins one."""

    told: Told
    known: Application | None
    events: tuple[Event, ...]
    acts: tuple[Act, ...]

    @property
    def details(self) -> Details:
        """What names its application."""
        return Details(self.told.company, self.told.role, reference=self.told.reference)


@dataclass(frozen=True, slots=True)
class Batch:
    """One list on its way into the log."""

    name: str
    """Stands in every line that comes with it, so that all of it can be taken out again."""
    zone: ZoneInfo
    now: datetime

    def noon(self, day: date) -> datetime:
        """The middle of a day, on the reader's clock; today, no later than now."""
        return min(datetime.combine(day, NOON, self.zone).astimezone(UTC), self.now)


@dataclass(slots=True)
class Known:
    """What the log has already: applications by their employers, and the names of lines and acts."""

    applications: Sequence[Application]
    keys: Mapping[str, int]
    """The applications of lines that came with lists, by the names of the lines."""
    acts: frozenset[str] = frozenset()
    _employers: dict[str, list[Application]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for one in self.applications:
            for spelling in {found for name in _names(one) for found in spellings(name)}:
                self._employers[spelling].append(one)

    def about(self, rows: Iterable[Told], batch: Batch) -> Mapping[str, Application]:
        """The applications that rows are about, by the names of their lines; no application is that of two rows.

        A row that was brought before has the application that it had, any other the one that began nearest to its day.
        """
        by_id = {one.id: one for one in self.applications}
        own = {key(row): by_id[self.keys[key(row)]] for row in rows if self.keys.get(key(row)) in by_id}
        taken = {one.id for one in own.values()}
        new = [row for row in rows if key(row) not in self.keys]
        pairs = [(_apart(row, one, batch), row.line, one.id, row) for row in new for one in self._fitting(row, batch)]
        for _, _, number, row in sorted(pairs, key=lambda pair: pair[:3]):
            if number not in taken and key(row) not in own:
                own[key(row)] = by_id[number]
                taken.add(number)
        return own

    def _fitting(self, told: Told, batch: Batch) -> Iterator[Application]:
        there = {one.id: one for name in spellings(told.company) for one in self._employers.get(name, ())}
        return (one for one in there.values() if _fits(told, one, batch))


def _names(one: Application) -> set[str]:
    return {one.company, *(event.details.company for event in one.mails)} - {""}


def _began(one: Application) -> Event:
    return min(one.mails, key=lambda event: event.received)


def _apart(told: Told, one: Application, batch: Batch) -> timedelta:
    return abs(_began(one).received - batch.noon(told.applied))


def _fits(told: Told, one: Application, batch: Batch) -> bool:
    """Would the mails of this application have found that of the row, had the row been there first?"""
    if not one.mails:
        return False
    first = _began(one)
    ahead = FROM_MEMORY if first.brought else LATER
    if not -FROM_MEMORY <= first.received - batch.noon(told.applied) <= ahead:
        return False
    row = Application(one.id, told.company, told.role, told.reference, tuple(_events(told, None, batch)))
    row = replace(row, acts=tuple(_acts(told, None, batch)))
    asked = (first,) if first.kind is Kind.ACKNOWLEDGEMENT else one.mails
    return is_named(one, told.company) and any(find(mail, (row,)) is not None for mail in asked)


def key(told: Told, *more: str) -> str:
    """The name of a line: of the application by its employer, role and day, and of what else is told of it."""
    words = ("brought", normal(told.company) or told.company, normal(told.role), told.applied.isoformat(), *more)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def entries(told: Iterable[Told], known: Known, batch: Batch) -> tuple[Entry, ...]:
    """What each row adds; nothing for those that tell what the log knows."""
    rows = {key(row): row for row in sorted(told, key=lambda row: (row.applied, row.line), reverse=True)}
    about = known.about(rows.values(), batch)
    every = (_entry(row, about.get(name), known, batch) for name, row in reversed(rows.items()))
    return tuple(entry for entry in every if entry.events or entry.acts)


def _entry(told: Told, one: Application | None, known: Known, batch: Batch) -> Entry:
    events = [event for event in _events(told, one, batch) if event.key not in known.keys]
    acts = [act for act in _acts(told, one, batch) if act.key not in known.acts]
    return Entry(told, one, tuple(events), tuple(acts))


def _events(told: Told, one: Application | None, batch: Batch) -> Iterator[Event]:
    applied = batch.noon(told.applied)
    says_how = _says_how_far(told)
    stage = Stage.UNKNOWN if says_how else told.stage
    if one is None or applied < _began(one).received - TWICE or not (says_how or one.events):
        deadline = "" if says_how else told.deadline
        yield _line(told, Kind.ACKNOWLEDGEMENT, applied, batch, stage=stage, deadline=deadline)
    if one is not None and state(one) is told.state:
        return
    at, undated = _decided(told, one, batch)
    if told.interview and Kind.INTERVIEW not in _kinds(told) and not _invited(one):
        yield _line(told, Kind.INTERVIEW, at, batch, undated=True, interview_at=told.interview)
    for number, kind in enumerate(_kinds(told), 1):
        more = _of_kind(told, kind)
        yield _line(told, kind, at + timedelta(seconds=number), batch, undated=undated, **more)


def _says_how_far(told: Told) -> bool:
    """Is there a line for its state, which says how far it had come?"""
    return bool(_kinds(told)) and told.state is not State.SILENT


def _kinds(told: Told) -> tuple[Kind, ...]:
    """The lines that a state is made of, beside the one that it was applied for."""
    talk = Kind.ASSESSMENT if told.stage is Stage.SCREEN and not told.interview else Kind.INTERVIEW
    return {
        State.TALKING: (talk,),
        State.OFFERED: (Kind.OFFER,),
        State.CLOSED: (Kind.REJECTION,),
        State.REOPENED: (Kind.REJECTION, talk),
        State.SILENT: (Kind.SILENCE,),
    }.get(told.state, ())


def _of_kind(told: Told, kind: Kind) -> dict[str, str]:
    found = {"stage": told.stage.value, "deadline": told.deadline}
    if kind is Kind.REJECTION:
        found["reason"] = Reason.NOT_STATED
    if kind is Kind.INTERVIEW:
        found["interview_at"] = told.interview
    return found


def _invited(one: Application | None) -> bool:
    return one is not None and any(event.kind is Kind.INTERVIEW for event in one.events)


def _decided(told: Told, one: Application | None, batch: Batch) -> tuple[datetime, bool]:
    """When its state came about, and whether the list leaves that open; then it is put behind all that is known."""
    applied = batch.noon(told.applied)
    if told.changed is not None:
        return max(batch.noon(told.changed), applied), False
    last = max((event.received for event in one.events), default=applied) if one is not None else applied
    return max(applied, last), True


def _line(told: Told, kind: Kind, at: datetime, batch: Batch, *, undated: bool = False, **more: str) -> Event:
    details = Details(
        told.company,
        told.role,
        stage=Stage(more.get("stage", "")),
        reason=Reason(more.get("reason", "")),
        deadline=more.get("deadline", ""),
        interview_at=more.get("interview_at", ""),
        reference=told.reference,
    )
    return Event(
        key=key(told) if kind is Kind.ACKNOWLEDGEMENT else key(told, kind.value),
        message_id="",
        mailbox="",
        folder=batch.name,
        received=at,
        kind=kind,
        confidence=1.0,
        evidence=(BROUGHT, UNDATED) if undated else (BROUGHT,),
        details=details,
        lookback=True,
    )


def _acts(told: Told, one: Application | None, batch: Batch) -> Iterator[Act]:
    at, _ = _decided(told, one, batch)
    did = {State.LET_GO: Did.LET_GO, State.WITHDRAWN: Did.WITHDREW}.get(told.state)
    if did is not None and (one is None or state(one) is not told.state):
        yield Act(did, at + timedelta(seconds=2), letter=batch.name, key=LISTED + key(told, did.value))
    if told.note:
        made = batch.noon(told.applied)
        yield Act(Did.NOTE, made, letter=batch.name, text=told.note, key=LISTED + key(told, "note", told.note))
