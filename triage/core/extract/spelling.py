"""A domain spelled out: "Studio Tessellate" for studiotessellate.com, "Wexcombe Town Council" for wexcombe-tc."""

from __future__ import annotations

import re

from triage.core.extract.naming import squash

_WORD = re.compile(r"[\w&'’.+/-]+|[^\w\s]")
_JOINING = frozenset({"&", "and", "of", "und", "et", "y", "e", "de", "du", "och", "en", "i"})
_LONGEST = 6


def spelled(name: str, text: str) -> str:
    """The longest passage of `text` that `name` abbreviates by leaving out blanks, or an empty string."""
    wanted = squash(name)
    if len(wanted) < 3:
        return ""
    found = [passage for line in text.split("\n")[:400] for passage in _in_line(wanted, line)]
    return max(found, key=len, default="")


def _in_line(wanted: str, line: str) -> list[str]:
    words = _WORD.findall(line[:400])
    found = []
    for start, word in enumerate(words):
        if word[0].isupper() or word[0].isdigit():
            length = _matching(wanted, words[start : start + _LONGEST])
            if length:
                found.append(_joined(words[start:], length))
    return found


def _matching(wanted: str, words: list[str]) -> int:
    """How many of the words spell the name; 0 for none."""
    for length in range(1, len(words) + 1):
        phrase = words[:length]
        plain, joined = squash(" ".join(phrase)), squash(" ".join("and" if w == "&" else w for w in phrase))
        if wanted in {plain, joined} or _abbreviates(wanted, plain, words[length:]):
            return length
    return 0


def _abbreviates(wanted: str, plain: str, following: list[str]) -> bool:
    """Is the rest of the name the initials of the capitalised words that follow, as in wexcombe-tc?"""
    rest = wanted.removeprefix(plain)
    if len(plain) < 4 or rest == wanted or not rest or len(rest) > 4:
        return False
    initials = "".join(squash(word[:1]) for word in following if word[0].isupper())
    return initials.startswith(rest)


def _joined(words: list[str], length: int) -> str:
    """The name and the capitalised words that belong to it: "Marrowstone" goes on with "Data"."""
    end = length
    while end < len(words) and end < length + _LONGEST:
        ahead = end + 1 if words[end].lower() in _JOINING else end
        if ahead >= len(words) or not words[ahead][0].isupper() or words[ahead - 1].endswith("."):
            break
        end = ahead + 1
    return " ".join(words[:end]).rstrip(".,'’")
