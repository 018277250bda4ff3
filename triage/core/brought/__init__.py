"""A list of applications that the reader kept elsewhere, brought into the log: what each row of it says.

Nothing is guessed. What cannot be read, a date that has two meanings, a status that is not known, is named by its line,
and nothing of the list is entered until the reader has said what it means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from triage.core.journey import State
from triage.core.values import Stage


@dataclass(frozen=True, slots=True)
class Told:
    """One application as the list tells it. `line` is where its row begins in the file, from 1."""

    line: int
    company: str
    role: str
    applied: date
    state: State = State.OPEN
    stage: Stage = Stage.UNKNOWN
    changed: date | None = None
    """The day of the status; None where the list has none."""
    interview: str = ""
    """ISO 8601, a day or a local time, as `core.moment` writes it; so is `deadline`, always a day."""
    deadline: str = ""
    reference: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be entered: where it is, and a sentence that says why and what to do."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows of a list."""

    told: tuple[Told, ...]
    bad: tuple[Bad, ...]
    later: int
    """Rows of what was not sent yet: these are no applications."""
    columns: tuple[tuple[str, str], ...]
    """What each column was taken for, by its heading."""
    unused: tuple[str, ...]
    """Headings of columns that say nothing the log keeps."""
