"""The worst that can be written for an expression, made from the expression itself: what to repeat, behind what.

Backtracking takes long where a text almost matches, again and again. So an expression is parsed as Python does it, and
from its parts come texts for each of them, beginnings that lack the rest, and what each repetition repeats. Repeated to
the size asked for, and tried, they show how time grows: which of them is the worst is measured and not guessed.
"""

from __future__ import annotations

import random
import re
import re._constants as op  # type: ignore[import-not-found]  # no stubs: Python's own parser of expressions
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

_POOL = "aAzé1 \t\n.,:;-_=?<>()[]{}\"'/\\@&#|*+!$%\u0301\u200b\u2028\u3002ßœ\U000110bd"
"""Candidates for a class of characters, beside those that the expression names."""
_MOST = 60
"""Texts kept of each sort: long lists of words are all alike."""
_CHANCES = 120
"""Units put together by chance, beside those made by rule."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A text of any size: a beginning, something over and over, and an end."""

    before: str
    unit: str
    after: str

    def text(self, size: int) -> str:
        """So many characters of it, or one unit."""
        room = max(len(self.unit), size - len(self.before) - len(self.after))
        return self.before + self.unit * (room // len(self.unit)) + self.after


def recipes(pattern: str, flags: int) -> list[Recipe]:
    """What might take an expression long."""
    # Python does not know re2's classes of Unicode; the one that is used here is that of accents.
    return list(dict.fromkeys(Recipe(*one) for one in _units(pattern.replace(r"\pM", "[\u0300-\u036f]"), flags)))


def _units(pattern: str, flags: int) -> Iterator[tuple[str, str, str]]:
    tree = parser.parse(pattern, flags & ~re.DEBUG)
    letters = _POOL + "".join(_named(tree))
    parts = list(dict.fromkeys(islice(filter(None, _parts(tree, letters)), _MOST)))
    pumps = list(dict.fromkeys(islice(_pumps(tree, letters, ""), _MOST)))
    ends = ("", "\x00", "a")
    for part in parts:
        yield from (("", part, end) for end in ends)
    for before, body in pumps:
        yield from ((before, body, end) for end in ends)
        yield from (("", before + body * many, "") for many in (1, 30, 1000) if before)
    dice = random.Random(ascii(pattern))
    tokens = [*parts, *(body for _, body in pumps), *letters[:30]]
    for _ in range(_CHANCES):
        yield "", "".join(dice.choices(tokens, k=dice.randint(2, 4))), dice.choice(ends)


def _named(tree: Iterable[Any]) -> Iterator[str]:
    """The characters that an expression names itself."""
    for kind, value in tree:
        if kind in (op.LITERAL, op.NOT_LITERAL):
            yield chr(value)
        elif kind is op.RANGE:
            yield chr(value[0])
        elif isinstance(value, (tuple, list, parser.SubPattern)):
            yield from _named(pair for pair in _inner(kind, value))


def _inner(kind: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    """The parts of a part."""
    if kind is op.IN:
        yield from value
    elif kind is op.BRANCH:
        for branch in value[1]:
            yield from branch
    elif kind in (op.ASSERT, op.ASSERT_NOT, op.SUBPATTERN):
        yield from value[-1]
    elif kind is op.ATOMIC_GROUP:
        yield from value
    elif kind in _REPEATS:
        yield from value[2]


_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


def _sample(tree: Iterable[Any], letters: str) -> str:
    """A text that matches, or nearly: the first choice everywhere, and each repetition once where it may be empty."""
    return "".join(next(_samples(kind, value, letters), "") for kind, value in tree)


def _samples(kind: Any, value: Any, letters: str) -> Iterator[str]:
    """Texts for one part of an expression."""
    if kind is op.LITERAL:
        yield chr(value)
    elif kind in (op.IN, op.ANY, op.NOT_LITERAL):
        yield from islice((letter for letter in dict.fromkeys(letters) if _takes(kind, value, letter)), 4)
    elif kind is op.BRANCH:
        yield from (_sample(branch, letters) for branch in value[1])
    elif kind in _REPEATS:
        yield from (
            _sample([one], letters) * max(1, min(value[0], 40)) for one in [*value[2]][:1] if len(value[2]) == 1
        )
        yield _sample(value[2], letters) * max(1, min(value[0], 40))
    elif kind in (op.SUBPATTERN, op.ATOMIC_GROUP):
        yield _sample(_inner(kind, value), letters)


def _takes(kind: Any, value: Any, letter: str) -> bool:
    if kind is op.ANY:
        return letter != "\n"
    if kind is op.NOT_LITERAL:
        return bool(ord(letter) != value)
    return _in(value, letter)


def _in(items: Sequence[Any], letter: str) -> bool:
    negated = bool(items[0][0] is op.NEGATE)
    return negated != any(_one(kind, value, letter) for kind, value in items)


def _one(kind: Any, value: Any, letter: str) -> bool:
    if kind is op.LITERAL:
        return bool(ord(letter) == value)
    if kind is op.RANGE:
        return bool(value[0] <= ord(letter) <= value[1])
    if kind is op.CATEGORY:
        return re.fullmatch(_CATEGORIES[value], letter) is not None
    return False


_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _parts(tree: Any, letters: str) -> Iterator[str]:
    """The whole, its beginnings, its ends, and every part by itself."""
    pieces = [_sample([one], letters) for one in tree]
    yield "".join(pieces)
    for at in range(1, len(pieces)):
        yield "".join(pieces[:at])
        yield "".join(pieces[at:])
    for kind, value in tree:
        yield from _samples(kind, value, letters)
        if kind is op.BRANCH:
            for branch in islice(value[1], 12):
                yield from islice(_parts(branch, letters), 6)
        elif kind in (op.SUBPATTERN, op.ATOMIC_GROUP, *_REPEATS):
            yield from _parts(list(_inner(kind, value)), letters)


def _pumps(tree: Any, letters: str, before: str) -> Iterator[tuple[str, str]]:
    """What each repetition repeats, and what has to stand before it."""
    for kind, value in tree:
        if kind in _REPEATS:
            (first, inner), *more = value[2]
            bodies = [_sample(value[2], letters)] if more else _samples(first, inner, letters)
            yield from ((before, body) for body in bodies if body)
        if kind is op.BRANCH:
            for branch in islice(value[1], 12):
                yield from _pumps(branch, letters, before)
        elif kind in (op.SUBPATTERN, op.ATOMIC_GROUP, *_REPEATS):
            yield from _pumps(list(_inner(kind, value)), letters, before)
        before += _sample([(kind, value)], letters)
