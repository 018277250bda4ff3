"""A backup carries a checksum of itself, for SQLite has none: it would not notice one word turned into another.

It stands in eight bytes of the file's header that SQLite leaves to the program, `user_version` and `application_id`
(https://sqlite.org/fileformat2.html, 1.3), so that file and checksum appear and vanish together.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

_PLACES = (slice(60, 64), slice(68, 72))
_HEADER, _PIECE = 100, 1 << 20
NONE = bytes(8)
CLEAR = ("PRAGMA user_version = 0", "PRAGMA application_id = 0")
"""To be said to a database that is going to change again."""


def sign(path: Path) -> None:
    """Write the checksum into the finished file at `path`."""
    name = _digest(path)
    with path.open("r+b") as file:
        for place, part in zip(_PLACES, (name[:4], name[4:]), strict=True):
            file.seek(place.start)
            file.write(part)


def agrees(path: Path) -> bool:
    """Is it the file that was signed, byte for byte? Of one that carries no checksum nothing is known."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
    found = b"".join(head[place] for place in _PLACES)
    return found in (NONE, _digest(path))


def _digest(path: Path) -> bytes:
    """Read in pieces: a file may be larger than the memory."""
    with path.open("rb") as file:
        head = bytearray(file.read(_HEADER))
        for place in _PLACES:
            head[place] = bytes(4)
        digest = hashlib.sha256(head)
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.digest()[:8]
