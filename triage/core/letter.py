"""A letter on its way from a plan to the outbox, and what deciding about one looks at. The rules are in `core.due`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.core.acts import Act
from triage.core.values import Application, Event


class LetterKind(StrEnum):
    DAILY = "daily"
    """The no's that came, and what could not be judged: together, at the reader's hour."""
    PROMPT = "prompt"
    """An invitation, a task or an offer: these have dates that can be missed."""
    SUMMARY = "summary"
    """What the first look found in mail from before: one letter, and none like it in the week after."""
    WEEKLY = "weekly"
    """The search as a whole: what was done, what is open, what stays quiet, and one thing to plan."""
    BEFORE = "before"
    """Some days before a talk."""
    AFTER = "after"
    """The day after a talk: three lines to jot down."""
    CORRECTION = "correction"
    """It was not a no after all."""
    RECEIPT = "receipt"
    """That there will be fewer letters, or none; anything else the reader says is confirmed in the next letter."""


SUPPORTING = frozenset({LetterKind.DAILY, LetterKind.WEEKLY, LetterKind.SUMMARY})
"""Letters that the caps count, and that good news can pause. All others have a date of their own."""


PATIENT = SUPPORTING | {LetterKind.BEFORE, LetterKind.AFTER}
"""Letters that can wait for another day."""


class Only(StrEnum):
    """Which letters the reader wants."""

    DEFAULT = ""
    """All; but those of every day turn into one a week when they seem to be of no use."""
    ALL = "all"
    WEEKLY = "weekly"
    GOOD_NEWS = "good_news"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the reader has asked for since, by answering letters; it counts for more than the configuration."""

    only: Only = Only.DEFAULT
    paused_until: datetime | None = None
    tone: str = ""
    """Empty: as configured."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter already written: in the outbox, or delivered."""

    kind: LetterKind
    at: datetime
    about: str = ""
    """What it is about, where no event tells: see `Plan`."""
    asked: bool = False
    """It offered a step."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """When the reader wants letters. Times are local to `zone`; equal quiet times mean no quiet hours."""

    zone: ZoneInfo
    hour: time = time(10)
    quiet_from: time = time(20)
    quiet_to: time = time(8)
    weekends: bool = False
    most_per_day: int = 1
    most_per_week: int = 3
    weekly: bool = True
    before_days: int = 3
    """How many days before a talk its letter comes; 0 for none."""
    after: bool = True
    """Whether one comes on the day after a talk."""
    taper_weeks: int = 6
    """Weeks after which letters of every day that nobody answers turn into one a week; 0 for never."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What `core.due` looks at."""

    untold: Sequence[Event] = ()
    """The events no letter has told yet."""
    sent: Sequence[Sent] = ()
    applications: Sequence[Application] = ()
    """At least those that letters may look at now (`core.situation.standing`), and those of what is untold."""
    acts: Sequence[Act] = ()
    """What the reader did, oldest first, as far back as `sent` goes."""
    unconfirmed: Sequence[Act] = ()
    """What the reader asked for and no letter has confirmed yet."""
    preferences: Preferences = field(default_factory=Preferences)
    unreadable: Sequence[Event] = ()
    """The mails that could not be read, and of which no letter has said so yet."""
    locked_out: Sequence[str] = ()
    """The mailboxes that let us in no more, and of which no letter has said so yet."""
    first: datetime | None = None
    """When the first mail of all came, where that is not among the applications."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One letter to write now. It can be printed without being carried out."""

    kind: LetterKind
    events: tuple[Event, ...] = ()
    """What it tells, and no letter after it."""
    about: str = ""
    """Names what it is about where that is not what it tells: "weekly 2026-W10". No two letters are about the same."""
    talk: Event | None = None
    """The invitation whose talk it is about."""
    acts: tuple[Act, ...] = ()
    """What it confirms."""
    unreadable: tuple[Event, ...] = ()
    """The mails of which it says that they could not be read."""
    locked_out: tuple[str, ...] = ()
    """The mailboxes of which it says that they let us in no more."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A finished letter: what goes into the outbox in one transaction."""

    kind: LetterKind
    message_id: str
    data: bytes
    events: tuple[int, ...]
    wordings: tuple[tuple[str, int], ...]
    """Block and variant of every wording used."""
    about: str = ""
    acts: tuple[int, ...] = ()
