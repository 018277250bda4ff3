"""How hard an English text is to read, as a school grade.

The formula is that of J. P. Kincaid and others, "Derivation of New Readability Formulas" (1975, Research Branch Report
8-75 of the US Navy): 0.39 x words per sentence + 11.8 x syllables per word - 15.59. Syllables are counted by groups of
vowels, as most programs do that have no dictionary at hand; docs/decisions.md says why there is none here.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_SPOKEN = re.compile(r"[^aeiouy]le[sd]?$|[td]ed$|(?:[sxz]|[cs]h|[cg])es$|^[^aeiouy]*e[sd]?$")
"""Ends whose e is spoken: table, wanted, places, the."""
_PARTED = re.compile(r"ia(?!l$|lly$)|io(?!n|u)|(?<![ct])iou|eo(?!ple)|ua|ie[nt]|[aeiou]ing$|[yi]er$|eas?$|^crea|^rhy")
"""Vowels beside each other that are two syllables: serious, idea, quiet, going."""
_END = re.compile(r"(?<=[.?!])[”\"]?\s+")


def sentences(text: str) -> list[str]:
    """The sentences of a text that is written in whole sentences."""
    return [one for one in _END.split(text) if one.strip()]


def words(text: str) -> list[str]:
    """The words; a number is one."""
    return _WORD.findall(text)


def syllables(word: str) -> int:
    """How many there are, at least one; a number is read out as about two."""
    low = word.casefold()
    if low.isdigit():
        return 2
    silent = low.endswith(("e", "es", "ed")) and not _SPOKEN.search(low)
    return max(1, len(_VOWELS.findall(low)) - silent + len(_PARTED.findall(low)))


def grade(text: str) -> float:
    """The Flesch-Kincaid grade: the years of school that it asks for."""
    every = words(text)
    per_word = sum(map(syllables, every)) / len(every)
    return 0.39 * len(every) / len(sentences(text)) + 11.8 * per_word - 15.59
