"""How long a server asks to be left alone, as far as its own words say so."""

from __future__ import annotations

import re

LONGEST = 3600.0
"""Seconds. Whoever asks for more is asked again after an hour: the words may have meant something else."""
_LEAST = {"LIMIT": 60.0, "THROTTLED": 60.0, "OVERQUOTA": 600.0}
"""Seconds, where a response code (of RFC 5530, but for one that is in use without any) tells why, and no word when."""
_READ = 1000
"""Characters of an answer that are looked at."""

# "Disconnected after 30 minutes of silence" asks for nothing: before the time there must be a word that does.
_ASKED = re.compile(
    r"(?:again|retry|come back|wait|back-?\s?off|gr[ea]y-?list|block|lock|throttl)[^.;\d]{0,60}(?:"
    r"(?P<clock>\d{1,3}:\d\d:\d\d)|"
    r"(?P<number>\d{1,9})\s{0,3}(?P<unit>milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)\b|"
    r"(?<=retry-after: )(?P<bare>\d{1,9}))",
    re.IGNORECASE,
)
_UNITS = (("ms", 0.001), ("mill", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0))


def stated(words: str, code: str = "") -> float | None:
    """Seconds the server wants to be left alone, an hour at most; None if it does not say.

    `words` are its answer, `code` the response code in it. Such words are "Suggested Backoff Time: 299961
    milliseconds" (Exchange), "try again in 5 minutes", "come back in 00:04:59" (greylisting).
    """
    found = (_seconds(match) for match in _ASKED.finditer(words[:_READ]))
    return min(next(found, _LEAST.get(code, 0.0)), LONGEST) or None


def _seconds(match: re.Match[str]) -> float:
    if match["clock"]:
        hours, minutes, seconds = map(int, match["clock"].split(":"))
        return float(hours * 3600 + minutes * 60 + seconds)
    if match["bare"]:
        return float(match["bare"])
    unit = match["unit"].lower()
    return float(match["number"]) * next(factor for name, factor in _UNITS if unit.startswith(name))
