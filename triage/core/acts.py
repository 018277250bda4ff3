"""What the reader did and said, by answering a letter or on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LISTED = "brought "
"""How the key of an act begins that the reader told in a list (`core.brought`)."""
OWN = "own"
"""The text of the act of somebody who asked to leave what runs on their own machine."""
_TO_SAY_SO = timedelta(days=7)


class Did(StrEnum):
    """What the reader did or said, by answering a letter or on the command line."""

    STEP = "step"
    """Took the step of a letter."""
    NOTE = "note"
    """Wrote down a few lines about a talk, kept for the letter before the next one."""
    LET_GO = "let_go"
    """Waits no longer for an answer."""
    WITHDREW = "withdrew"
    CORRECTED = "corrected"
    NAMED = "named"
    """Said whom a mail is from."""
    FORGOT = "forgot"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    DRAFTED = "drafted"
    """Took a draft for an employer, to copy or into the folder of drafts."""
    CHANGED = "changed"
    """Asked for other letters: fewer of them, or in another tone."""
    LEAVING = "leaving"
    """Asked to leave the service that reads for them, and is asked back."""
    LEFT = "left"
    """Has said so again: all that is kept of them is removed."""
    UNKNOWN = "unknown"
    """Answered in words that were not understood; its text is "which" where only what they are about was not clear."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the reader did or said."""

    kind: Did
    made: datetime
    application: int = 0
    event: int = 0
    letter: str = ""
    """The Message-ID of the letter it answers; empty on the command line."""
    text: str = ""
    """The reader's own words, or what was set: an ISO date, a kind, a name."""
    key: str = ""
    """Names the reply it came by, so that one read twice counts once; empty on the command line."""
    id: int = 0


def last_day(asked: datetime, zone: ZoneInfo) -> date:
    """To the end of which an answer counts where a letter, written at `asked`, asks whether they want to leave."""
    return (asked.astimezone(zone) + _TO_SAY_SO).date()
