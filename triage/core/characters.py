"""Characters made safe and comparable: what no reader sees goes out, what looks alike becomes alike.

Mail is written by strangers. A direction override, a zero-width space or a hundred accents on one letter must
reach neither a terminal, nor a letter, nor the matching. Everything here is linear in its input.
"""

from __future__ import annotations

import re
import unicodedata

import re2

MARK_RUN = 8
"""More accents than this on one letter are not writing (in no script do so many meet)."""

_BREAKS = "\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Most text needs nothing done. re2 sees that ten times sooner than `re` walks through these classes.
_UNCLEAN = re2.compile(rf"[{_BREAKS}{_INVISIBLE}]|\pM{{{MARK_RUN + 1}}}")
_ANY_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_ANY_INVISIBLE = re.compile(f"[{_INVISIBLE}\ud800-\udfff]+")

# NFKC would make a space and an accent of these (U+00B4), or leave them as they are.
_AS_ASCII = {
    **dict.fromkeys(
        "\u2018\u2019\u201a\u201b\u2032\u2035\u00b4\u0060\u02b9\u02bb\u02bc\u02c8\u2039\u203a\u055a\ua78c",
        "'",
    ),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u301d\u301e\u301f\u02ba", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u02d7\ufe58\ufe63\uff0d", "-"),
}
_LOOKALIKE = re.compile(f"[{''.join(_AS_ASCII)}]")


def clean(text: str) -> str:
    """Text without invisible, control or direction characters; lines end in a newline. The rest stays as written."""
    if _is_clean(text):
        return text
    text = _ANY_INVISIBLE.sub("", _ANY_BREAK.sub("\n", text))
    return text if text.isascii() else _thinned(text)


def _thinned(text: str) -> str:
    """With no more than so many accents in a row.

    Unicode sorts a run of them in quadratic time (UAX 15, "Stream-Safe Text"): 100,000 take seconds.
    """
    marks = "".join(sorted(char for char in set(text) if unicodedata.category(char).startswith("M")))
    return re.sub(rf"([{marks}]{{{MARK_RUN}}})[{marks}]+", r"\1", text) if marks else text


def _is_clean(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return True
    try:
        return _UNCLEAN.search(text.encode()) is None
    except UnicodeEncodeError:  # half a character (a lone surrogate), which is none
        return False


def line(text: str, limit: int) -> str:
    """One line of at most `limit` characters: cleaned, its white space folded to single spaces."""
    return " ".join(clean(text[: 8 * limit]).split())[:limit].rstrip()


def fold(text: str) -> str:
    """Text for matching: NFKC, no case, plain quotes and dashes, runs of blanks as one space; newlines stay.

    Idempotent. Not for showing.
    """
    return "\n".join(" ".join(row.split()) for row in _alike(clean(text)).split("\n"))


def _alike(text: str) -> str:
    if text.isascii():
        return text.replace("`", "'").lower()
    text = unicodedata.normalize("NFKC", _plain(text)).casefold()
    return _plain(clean(unicodedata.normalize("NFKC", text)))


def _plain(text: str) -> str:
    """Quotes and dashes of all kinds as those of ASCII."""
    return _LOOKALIKE.sub(lambda found: _AS_ASCII[found[0]], text)
