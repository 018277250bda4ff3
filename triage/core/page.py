"""A letter as words, before it is a mail: what `core.content` writes and `core.compose` sets.

Everything here is plain text; the two templates turn it into a text part and a page that say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from triage.core.letter import LetterKind


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a picture that works without images: "Monday", 2, and after the label in words "two mails"."""

    label: str
    amount: int
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a letter, in this order: a heading, which may be empty, paragraphs, bars, a list, a text to copy."""

    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    items: tuple[str, ...] = ()
    copy: str = ""
    """A draft for an employer: lines as they are, set apart from what the letter says."""

    def __bool__(self) -> bool:
        return bool(self.paragraphs or self.bars or self.items or self.copy)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A zip file that goes with a letter. `name` is ours."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole letter."""

    kind: LetterKind
    subject: str
    greeting: str
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    """The support line, where it has not moved up, what can be answered, and who writes this: quiet, in one place."""
    events: tuple[int, ...]
    wordings: tuple[tuple[str, int], ...]
    about: str = ""
    acts: tuple[int, ...] = ()
    enclosed: Enclosure | None = None
