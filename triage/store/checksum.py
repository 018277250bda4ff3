"""A backup carries a checksum of itself, for SQLite has none: it would not notice one word turned into another.

It stands in eight bytes of the file's header that SQLite leaves to the program, `user_version` and `application_id`
(https://sqlite.org/fileformat2.html, 1.3), so that file and checksum appear and vanish together.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

_PLACES = (slice(60, 64), slice(68, 72))
NONE = bytes(8)
CLEAR = ("PRAGMA user_version = 0", "PRAGMA application_id = 0")
"""To be said to a database that is going to change again."""


def sign(path: Path) -> None:
    """Write the checksum into the finished file at `path`."""
    name = _digest(path.read_bytes())
    with path.open("r+b") as file:
        for place, part in zip(_PLACES, (name[:4], name[4:]), strict=True):
            file.seek(place.start)
            file.write(part)


def agrees(path: Path) -> bool:
    """Is it the file that was signed, byte for byte? Of one that carries no checksum nothing is known."""
    data = path.read_bytes()
    found = b"".join(data[place] for place in _PLACES)
    return found in (NONE, _digest(data))


def _digest(data: bytes) -> bytes:
    blank = bytearray(data)
    for place in _PLACES:
        blank[place] = bytes(4)
    return hashlib.sha256(blank).digest()[:8]
