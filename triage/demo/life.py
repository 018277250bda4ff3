"""Half a year of a made-up search, as lines of a log: what employers answer, and what the reader notes down.

For `triage demo --weeks`, and for the tests that look at every letter of such a search. Seeded: the same person, weeks
and seed give the same search.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from triage.core.answers import Answers, given
from triage.core.moment import written
from triage.core.values import Details, Event, Kind, Reason, Stage
from triage.errors import InputError

_REASONS = (
    [Reason.NOT_STATED] * 5
    + [Reason.OTHER_CANDIDATE] * 4
    + [Reason.SKILLS_GAP] * 2
    + [Reason.POSITION_FILLED, Reason.POSITION_CLOSED, Reason.OVERQUALIFIED, Reason.LOCATION_OR_VISA, Reason.OTHER]
)
_ROUNDS = (Stage.INTERVIEW, Stage.FINAL)


@dataclass(frozen=True, slots=True)
class Persona:
    """One made-up person, and how their search goes; the shares are explained at the head of the data file."""

    name: str
    says: str
    reader: str
    tone: str
    answers: Answers
    spans: tuple[tuple[int, int, int], ...]
    """From which week, up to which, how many applications a week."""
    answered: float
    invited: float
    further: float
    offered: float
    notes: float


@dataclass(frozen=True, slots=True)
class Jotted:
    """The reader notes something down about the talk with this company."""

    at: datetime
    company: str
    text: str


Happening = Event | Jotted


def personas() -> Mapping[str, Persona]:
    """Everybody there is, by name."""
    return {row["name"]: _persona(row) for row in _script()["persona"]}


def persona(name: str) -> Persona:
    """One of them. Raises InputError."""
    known = personas()
    if name not in known:
        raise InputError(f"There is no '{name}' in the demo, but: {', '.join(known)}.")
    return known[name]


def _script() -> Mapping[str, Any]:
    return tomllib.loads((files("triage.demo") / "sample" / "personas.toml").read_text(encoding="utf-8"))


def _persona(row: Mapping[str, Any]) -> Persona:
    shares = {name: float(row[name]) for name in ("answered", "invited", "further", "offered", "notes")}
    return Persona(
        name=row["name"],
        says=row["says"],
        reader=row["reader"],
        tone=row["tone"],
        answers=given(row["good"], row["people"], row["win"], row["evening"]),
        spans=tuple((span["from"], span["to"], span["each"]) for span in row["spans"]),
        **shares,
    )


def live(who: Persona, start: datetime, weeks: int, seed: int = 1) -> list[Happening]:
    """Everything that happens in so many weeks from `start`, a Monday at midnight on the reader's clock, in order."""
    life = _Life(who, random.Random(f"{who.name} {seed}"), _script()["world"])  # noqa: S311  # a play, no secret
    happenings = [one for day in _days(who, start, weeks, life.chance) for one in life.application(day)]
    offers = [one.received for one in happenings if isinstance(one, Event) and one.kind is Kind.OFFER]
    # Whoever takes an offer searches no longer, and what was still open is answered within days.
    end = min([start + timedelta(weeks=weeks), *(at + timedelta(days=10) for at in offers)])
    return sorted((one for one in happenings if moment(one) < end), key=moment)


def moment(happening: Happening) -> datetime:
    """When it happens."""
    return happening.at if isinstance(happening, Jotted) else happening.received


def _days(who: Persona, start: datetime, weeks: int, chance: random.Random) -> Iterator[datetime]:
    """When applications are written: on workdays, between eight and eight."""
    for first, last, each in who.spans:
        for week in range(first, min(last, weeks)):
            for _ in range(each):
                hours = timedelta(days=chance.randrange(5), hours=chance.randrange(8, 20), minutes=chance.randrange(60))
                yield start + timedelta(weeks=week) + hours


@dataclass(slots=True)
class _Life:
    who: Persona
    chance: random.Random
    world: Mapping[str, Sequence[str]]
    number: int = 0
    """Of mails."""
    written: int = 0
    """Of applications."""

    def application(self, at: datetime) -> Iterator[Happening]:
        """What comes of one application."""
        companies = self.world["companies"]
        # Round and round: one employer may be asked twice in half a year, for another role.
        company = companies[self.written % len(companies)]
        self.written += 1
        base = Details(company=company, role=self.chance.choice(self.world["roles"]))
        if self.chance.random() < 0.8:
            yield self._mail(Kind.ACKNOWLEDGEMENT, at + timedelta(minutes=self.chance.randrange(2, 90)), base)
        if self.chance.random() >= self.who.answered:
            return
        at = self._later(at, 3, 25)
        if self.chance.random() < self.who.invited:
            yield from self._rounds(at, base)
        else:
            yield self._no(at, base, Stage.APPLICATION)

    def _rounds(self, at: datetime, base: Details) -> Iterator[Happening]:
        for stage in _ROUNDS:
            talk = self._later(at, 3, 10)
            when = written(talk.replace(minute=30, second=0))
            yield self._mail(Kind.INTERVIEW, at, replace(base, interview_at=when), human=True)
            if self.chance.random() < self.who.notes:
                yield Jotted(self._later(talk, 1, 1), base.company, self.chance.choice(self.world["notes"]))
            at = self._later(talk, 2, 14)
            last = stage is Stage.FINAL
            if self.chance.random() >= (self.who.offered if last else self.who.further):
                if self.chance.random() < self.who.answered:
                    yield self._no(at, base, stage, human=self.chance.random() < 0.7)
                return
        day = written(at + timedelta(days=7), timed=False)
        yield self._mail(Kind.OFFER, at, replace(base, deadline=day), human=True)

    def _no(self, at: datetime, base: Details, stage: Stage, *, human: bool = False) -> Event:
        told = stage is not Stage.APPLICATION and self.chance.random() < 0.5
        feedback = (self.chance.choice(self.world["feedback"]),) if told else ()
        reason = self.chance.choice(_REASONS)
        return self._mail(Kind.REJECTION, at, replace(base, stage=stage, reason=reason, feedback=feedback), human=human)

    def _later(self, at: datetime, least: int, most: int) -> datetime:
        """A workday some days on, in working hours."""
        day = at + timedelta(days=self.chance.randint(least, most))
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
        return day.replace(hour=self.chance.randrange(8, 18), minute=self.chance.randrange(60))

    def _mail(self, kind: Kind, at: datetime, details: Details, *, human: bool = False) -> Event:
        self.number += 1
        return Event(
            key=f"demo {self.who.name} {self.number}",
            message_id=f"<{self.number}@employers.example>",
            mailbox="demo",
            folder="INBOX",
            received=at,
            kind=kind,
            confidence=0.97,
            details=details,
            sender_domain="employers.example",
            human=human,
        )
