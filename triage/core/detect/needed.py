"""What has to stand in a text for a pattern to match: read off the pattern, so that most are never compiled.

Of each part that a match cannot do without, all ways to spell it: one of them stands in every text that matches. The
other direction does not hold, and need not: what is likely is then matched in full. A pattern that says something
which is not understood here needs nothing, and is always tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

Words = frozenset[str]
"""Ways to spell one part of a pattern."""

_PLAIN = r"[^\\\[\](){}.*+?|^$\0]"
_TOKEN = re.compile(
    rf"\((?:\?:)?(?P<words>{_PLAIN}++(?:\|{_PLAIN}++)*+)\)"
    r"|(?P<group>\((?:\?:|\?P<\w++>|(?!\?)))"
    r"|(?P<class>\[\^?\]?(?:\\.|[^\[\]\\\0])*+\])"
    r"|(?P<escape>\\(?:p\{\^?\w++\}|x\{[0-9A-Fa-f]++\}|pL|pN|[^pxQECP0-9]))"
    r"|(?P<times>[*+?]|\{\d++(?:,\d*+)?\})\??"
    rf"|(?P<text>{_PLAIN}++)"
    r"|(?P<sign>[]})|.^$])",
    re.S,
)
_CODE = re.compile(r"\\x\{(0*+[1-9A-Fa-f][0-9A-Fa-f]*+)\}|\\([^\w\s])")
"""But no NUL: `index.Marks` parts spellings by it."""
_NOTHING: Words = frozenset({""})
_NO_WIDTH = frozenset("bBAz")
_FEW = 6
"""Characters of a class that are taken one by one; of a larger one, nothing is known."""
_MOST = 24
"""Ways to spell what stands side by side, before it is taken for two parts."""
_LENGTH = 12
"""Characters of a spelling: what begins like it will do."""
_LEAST, _ENOUGH = 3, 6
"""Characters of a spelling that says something, and of one that says as much as any."""
_PARTS = 3


class _UnknownError(Exception):
    """The pattern says something that is not understood here."""


def needed(pattern: str) -> tuple[Words, ...]:
    """The parts of a pattern that say most, the one that says most first; none where nothing is known of it."""
    try:
        parts = _Reader(pattern).whole()
    except _UnknownError:
        return ()
    telling = {frozenset(word[:_LENGTH] for word in words): None for words in parts if _telling(words) >= _LEAST}
    return tuple(sorted(telling, key=_worth, reverse=True)[:_PARTS])


def _telling(words: Words) -> int:
    """The length of the shortest."""
    return min(map(len, words))


def _worth(words: Words) -> tuple[int, int]:
    return min(_telling(words), _ENOUGH), -len(words)


class _Part:
    """What stands side by side: all ways to spell it, as long as that is known, and what it needs besides."""

    def __init__(self) -> None:
        self.words: Words = _NOTHING
        """Ways to spell what was read last."""
        self.needs: list[Words] = []
        self.known = True
        """Are the words all there is?"""

    def follow(self, words: Words) -> None:
        """Then comes one of these."""
        if len(self.words) * len(words) > _MOST and _NOTHING not in (self.words, words):
            self.end()
        self.words = frozenset(map("".join, product(self.words, words))) if self.words != _NOTHING else words

    def end(self) -> None:
        """Then comes anything."""
        if self.words != _NOTHING:
            self.needs.append(self.words)
        self.words, self.known = _NOTHING, False

    def add(self, part: _Part) -> None:
        """Then comes all of this."""
        if part.known:
            self.follow(part.words)
        else:
            self.end()
            part.end()
            self.needs += part.needs


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._tokens = list(_TOKEN.finditer(pattern))
        if sum(len(token[0]) for token in self._tokens) != len(pattern):
            raise _UnknownError
        self._at = 0

    def whole(self) -> Sequence[Words]:
        """What the pattern needs."""
        part = self._choice()
        if self._at != len(self._tokens):
            raise _UnknownError
        part.end()
        return part.needs

    def _choice(self) -> _Part:
        parts = [self._row()]
        while self._at < len(self._tokens) and self._tokens[self._at][0] == "|":
            self._at += 1
            parts.append(self._row())
        return parts[0] if len(parts) == 1 else _any_of(parts)

    def _row(self) -> _Part:
        row = _Part()
        while self._at < len(self._tokens) and self._tokens[self._at][0] not in ("|", ")"):
            token = self._tokens[self._at]
            self._at += 1
            if token.lastgroup == "text":
                self._text(row, token[0])
            else:
                self._times(row, self._one(token))
        return row

    def _text(self, row: _Part, text: str) -> None:
        """Plain characters. How often something comes is said of the last of them alone."""
        if not self._repeated:
            row.follow(frozenset({text}))
            return
        if text[:-1]:
            row.follow(frozenset({text[:-1]}))
        self._times(row, _known({text[-1]}))

    @property
    def _repeated(self) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].lastgroup == "times"

    def _times(self, row: _Part, part: _Part) -> None:
        """A part, as often as is said behind it."""
        if not self._repeated:
            row.add(part)
            return
        times = self._tokens[self._at]["times"]
        self._at += 1
        if times == "?" and part.known and len(part.words) < _MOST:
            row.follow(part.words | _NOTHING)
        elif times in ("?", "*") or times.startswith(("{0", "{,")):
            row.end()
        else:
            row.add(part)
            row.end()

    def _one(self, token: re.Match[str]) -> _Part:
        """What a single token stands for, or the group that it opens."""
        kind, text = token.lastgroup, token[0]
        if kind == "group":
            part = self._choice()
            if self._at == len(self._tokens):
                raise _UnknownError
            self._at += 1
            return part
        if kind == "words":
            return _known(token["words"].split("|"))
        if kind == "class":
            return _known(_class(text))
        if kind == "escape":
            return _known(_escape(text))
        if kind == "sign" and text in "^$]}":
            return _known({"" if text in "^$" else text})
        if text == ".":
            return _known(())
        raise _UnknownError


def _known(words: Iterable[str]) -> _Part:
    """One of these; without any, nothing is known."""
    part, found = _Part(), frozenset(words)
    if found:
        part.words = found
    else:
        part.end()
    return part


def _any_of(parts: Sequence[_Part]) -> _Part:
    if all(part.known for part in parts):
        return _known(word for part in parts for word in part.words)
    found, any_ = _Part(), []
    for part in parts:
        part.end()
        any_.append(max(part.needs, key=_worth, default=_NOTHING))
    found.end()
    words = frozenset(word for one in any_ for word in one)
    found.needs = [words] if "" not in words else []
    return found


def _escape(text: str) -> tuple[str, ...]:
    if code := _CODE.fullmatch(text):
        return (chr(int(code[1], 16)) if code[1] else code[2],)
    return ("",) if text[1] in _NO_WIDTH else ()


def _class(text: str) -> Iterable[str]:
    """The characters of a small class."""
    inside = text[1:-1]
    if inside.startswith("^") or "-" in inside[1:-1]:
        return ()
    plain = _CODE.sub("", inside)
    if "\\" in plain:
        return ()
    found = set(plain) | {chr(int(code[1], 16)) if code[1] else code[2] for code in _CODE.finditer(inside)}
    return found if len(found) <= _FEW else ()
