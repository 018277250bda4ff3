"""Structured header fields (RFC 5322, 3.2.2 and 3.2.4): comments taken out, quoted strings read, in linear time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_OUTSIDE = re.compile(r'[^()"\\]+|"((?:[^"\\]|\\.)*)"|\(', re.S)
_INSIDE = re.compile(r"[^()\\]+|\\.|[()]", re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)


def bare(text: str, quoted: Callable[[str], str]) -> str:
    """A field's value with a space for each comment, and for each quoted string what `quoted` makes of its content.

    Raises ValueError where the value is not well formed: a comment or a string without an end, a lonely bracket.
    """
    return "".join(_pieces(text, quoted))


def _pieces(text: str, quoted: Callable[[str], str]) -> Iterator[str]:
    at = 0
    while at < len(text):
        match = _OUTSIDE.match(text, at)
        if match is None:
            raise ValueError("not a structured field")
        at = match.end()
        if match[0] == "(":
            at = _past_comment(text, at)
            yield " "
        else:
            yield match[0] if match[1] is None else quoted(_ESCAPED.sub(r"\1", match[1]))


def _past_comment(text: str, at: int) -> int:
    """Where the comment ends whose bracket stands before `at`. Counted and not recursed: brackets nest for free."""
    depth = 1
    while depth:
        match = _INSIDE.match(text, at)
        if match is None:
            raise ValueError("a comment without an end")
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        at = match.end()
    return at
