"""What a mail's own words come to when names, numbers and dates are left out: enough to know its template again.

Each sentence is kept as a MinHash (Broder 1997) of its pairs of words, so that two mails can be compared sentence by
sentence without a word of either. All hashes are keyed: without the key a fingerprint says nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct

from triage.core.characters import fold
from triage.core.text import sentences

MOST = 80
"""Sentences that are told apart; those beyond are taken as one."""
_HASHES = Struct("<32H")
_SIZE = 1 + _HASHES.size
"""A sentence: how many words it has, and the least of each of 32 hash functions over its pairs."""

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_NO_WORDS = (
    "not no never none cannot can't won't don't didn't isn't haven't unable without nicht kein keine keinen keiner nie "
    "pas non aucun aucune jamais sans ni ningún ninguna nunca sin niet geen nooit nessun nessuno mai senza não nem "
    "nenhum nenhuma sem bez żaden inte ej ingen inget aldrig utan"
)
_NO = frozenset(_NO_WORDS.split())
_LABEL = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,3} ?: ?(?=\S)")
_SHORT = 60
"""Characters of a line with a label, such as "Status: Not Selected": there capitals are no sign of a name."""
_LABELS = (
    "job role position title post vacancy name date company employer location stelle firma ort datum poste offre "
    "puesto oferta empresa posizione ruolo azienda functie vacature bedrijf stanowisko vaga cargo tjänst befattning "
    "företag"
)
_FILLED_IN = frozenset(_LABELS.split())
"""What stands behind these at the beginning of a line belongs to the application, not to the template."""
_LOUD = 12
"""A word that turns a sentence around weighs as much as so many pairs of words."""
_NOUNS = 0.25
"""Where more of the words are capitalised than this, nouns are, and not only names (German)."""


def fingerprint(subject: str, text: str, names: Iterable[str], key: bytes) -> bytes:
    """The fingerprint of a mail; `names` are phrases that differ from one filled-in template to the next; `key` has
    up to 64 bytes.

    Empty where there are no words. Equal templates give equal fingerprints as far as what is filled in was left out.
    """
    return b"".join(_signed(words, key) for words in _bounded(list(_spoken(subject, text, names))))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two mails are, from 0 to 1: as a whole, and in the sentence that finds least of itself in the other."""

    whole: float = 0.0
    weakest: float = 0.0


def likeness(one: bytes, other: bytes) -> Likeness:
    """Compare two fingerprints made with the same key."""
    here, there = _sentences(one), _sentences(other)
    found = [*_matches(here, there), *_matches(there, here)]
    words = sum(count for count, _ in found)
    if not here or not there or not words:
        return Likeness()
    return Likeness(sum(count * match for count, match in found) / words, min(match for _, match in found))


Sentence = tuple[int, tuple[int, ...]]


def _sentences(print_: bytes) -> list[Sentence]:
    cut = (print_[at : at + _SIZE] for at in range(0, len(print_) - _SIZE + 1, _SIZE))
    return [(piece[0], _HASHES.unpack(piece[1:])) for piece in cut]


def _matches(these: Sequence[Sentence], those: Sequence[Sentence]) -> Iterator[tuple[int, float]]:
    """For each of these sentences its number of words, and how much of it the likeliest of those has."""
    known = {hashes for _, hashes in those}
    for count, hashes in these:
        yield count, 1.0 if hashes in known else max((_alike(hashes, other) for other in known), default=0.0)


def _alike(one: Sequence[int], other: Sequence[int]) -> float:
    return sum(map(int.__eq__, one, other)) / len(one)


def _signed(words: Sequence[str], key: bytes) -> bytes:
    least = [0xFFFF] * 32
    for shingle in _shingles(words):
        # One digest is 32 hash functions of 16 bits.
        data = shingle.encode("utf-8", "replace")
        digest = hashlib.blake2b(data, digest_size=_HASHES.size, key=key, person=b"fingerprint").digest()
        least = list(map(min, least, _HASHES.unpack(digest)))
    return bytes([min(len(words), 255)]) + _HASHES.pack(*least)


def _shingles(words: Sequence[str]) -> Iterator[str]:
    yield from (f"{word} {following}" for word, following in zip(("", *words), (*words, ""), strict=True))
    turns = [word for word in words if word in _NO]
    yield from (f"{number} {word} {copy}" for number, word in enumerate(turns) for copy in range(_LOUD))


def _bounded(spoken: list[list[str]]) -> list[list[str]]:
    if len(spoken) <= MOST:
        return spoken
    return [*spoken[: MOST - 1], [word for words in spoken[MOST - 1 :] for word in words]]


def _spoken(subject: str, text: str, names: Iterable[str]) -> Iterator[list[str]]:
    """The words of each sentence that has any left."""
    said = sentences(text)
    gone = _phrases(names)
    titles = _names_alone_are_capitalised(said)
    for number, sentence in enumerate([subject, *said]):
        label = _LABEL.match(sentence)
        if label and _FILLED_IN & set(fold(label[0]).replace(":", " ").split()):
            continue
        if number and not label and (_greets(sentence, number) or _signs(sentence, number, len(said))):
            continue
        prose = number > 0 and not (label and len(sentence) <= _SHORT)
        words = list(_kept(gone.sub(" ", sentence) if gone else sentence, titles=titles and prose))
        if words:
            yield words


def _phrases(names: Iterable[str]) -> re.Pattern[str] | None:
    found = sorted({" ".join(name.split()) for name in names if len(name.strip()) > 1}, key=len, reverse=True)
    return re.compile("|".join(rf"\b{re.escape(name)}\b" for name in found), re.I) if found else None


def _names_alone_are_capitalised(said: Iterable[str]) -> bool:
    inner = [word for sentence in said for word in sentence.split()[1:] if word[:1].isalpha()]
    return sum(word[0].isupper() for word in inner) <= _NOUNS * len(inner)


def _greets(sentence: str, number: int) -> bool:
    """Is this "Dear Robin,"?"""
    return number <= 2 and sentence.endswith((",", ":")) and len(sentence.split()) <= 6


def _signs(sentence: str, number: int, last: int) -> bool:
    """A name below the mail: a few words, each with a capital, and none that says no."""
    words = sentence.split()
    small = any(not word[:1].isupper() or word.lower() in _NO for word in words)
    return number > max(2, last - 6) and len(words) <= 3 and not small


def _kept(sentence: str, *, titles: bool) -> Iterator[str]:
    """The words of a sentence; without what has a number in it or stands after one, and without names."""
    after_number = False
    for number, raw in enumerate(sentence.split()):
        numbered = any(letter.isdigit() for letter in raw)
        named = titles and number > 0 and raw[:1].isupper() and raw[1:2].islower()
        for word in [] if numbered or "@" in raw or "/" in raw else _WORD.findall(fold(raw)):
            if word in _NO or not (named or after_number):
                yield word
        after_number = numbered
