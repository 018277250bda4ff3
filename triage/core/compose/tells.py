"""What a letter tells, said in a header of its own that nobody but us can read.

A store that is put back from a backup does not know of the letters written since. They lie in the reader's mailbox, and
when they are read again, this header says which events need not be told once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from triage.core.letter import LetterKind

HEADER = "X-Triage-Tells"


@dataclass(frozen=True, slots=True)
class Tells:
    """The kind of a letter, what it is about where that is not what it tells, and the signs of the events it tells."""

    kind: LetterKind
    about: str
    signs: frozenset[str]


def written(kind: LetterKind, about: str, signs: Iterable[str]) -> str:
    """The content of the header: words without blanks. The second is a dash where the letter is about nothing."""
    return " ".join((kind.value, about.replace(" ", "_") or "-", *sorted(signs)))


def read(text: str) -> Tells | None:
    """What stands in the header; None where that is not what we write."""
    words = text.split()
    if len(words) < 2 or words[0] not in list(LetterKind):
        return None
    about = "" if words[1] == "-" else words[1].replace("_", " ")
    return Tells(LetterKind(words[0]), about, frozenset(words[2:]))
