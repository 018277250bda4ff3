"""Mails with garbage on the lines between their parts, by the dice they are given."""

from __future__ import annotations

import re
from random import Random

_NAMED = re.compile(rb'boundary="?([^"\s;]{1,70})', re.IGNORECASE)
_GARBAGE = b"abcXYZ019 \t-=._:;,/\"'()<>@!\r\n\xc3\x00"
_LENGTHS = (1, 2, 2, 3, 4, 5, 8, 20, 60)


def garbled(data: bytes, dice: Random) -> bytes | None:
    """With garbage on one boundary line, or two; None where there is none. The last line keeps its end."""
    lines = data.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    marks = {b"--" + name for name in _NAMED.findall(data)}
    places = [at for at, line in enumerate(lines) if any(map(line.startswith, marks))]
    if not places:
        return None
    for at in dice.sample(places, min(len(places), dice.choice((1, 1, 1, 2)))):
        lines[at] = _spoilt(lines[at], dice)
    return b"\r\n".join([*lines, b""])


def _spoilt(line: bytes, dice: Random) -> bytes:
    garbage = bytes(dice.choices(_GARBAGE, k=dice.choice(_LENGTHS)))
    place = dice.randrange(len(line))
    ways = (line + garbage, line + b" " + garbage, garbage + line, line[:place] + garbage)
    return dice.choice((*ways, line + garbage, line[:place] + garbage + line[place:]))
