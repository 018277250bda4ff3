"""The rules of docs/letters.md as far as a machine can check them, one table for each language of the letters.

A new language: write its table beside English (say what its speakers would find cheering, blaming, ordering ...; do
not translate the English one word by word), and name it in `RULES`. `tests/core/test_wording.py` does the rest. A
language with two ways of address has two entries, the formal one with `formal=True`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST, MEAN = 25, 14
"""Words of a sentence, at most; and of those of one block, on average."""
ODD = r"[—–…<>*_#\n\u00ad]|  |\s[.,;:?!]|--"
"""What looks odd in plain text, or stands for a mark-up that is not there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the words of one language have to keep. All patterns are searched for without regard to case."""

    language: str
    role: str
    """A role as an employer there would write it, to fill wordings with."""
    never: Mapping[str, str]
    """By the name of the rule: what no wording may say. Words between “quotation marks” are commands, and exempt."""
    doubt: str
    """How a wording says that the program has read a mail and may be wrong."""
    private: str
    """What neither a subject nor a first line may say: they may show on a locked screen."""
    minutes: Mapping[int, str]
    """How a time box is stated, for every number of minutes in the playbook."""
    tomorrow: str
    """How a step says that it is not for today."""
    formal: bool = False
    odd: str = ODD
    grade: float | None = None
    """The highest Flesch-Kincaid grade of what is to steady somebody; None where the formula does not fit."""
    blunt: Mapping[str, str] = field(default_factory=dict)
    """Rules for some blocks alone, by the beginning of their names."""

    @property
    def name(self) -> str:
        return f"{self.language}-formal" if self.formal else self.language
