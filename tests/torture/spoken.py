"""What the program says to servers: to look is allowed, to add a letter, and to write to the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.rig.installed import READER
from tests.rig.proxy import Commands

LOOKING = {
    "CAPABILITY", "LOGIN", "AUTHENTICATE", "NOOP", "LOGOUT", "LIST", "STATUS", "EXAMINE", "UID SEARCH", "UID FETCH",
    "IDLE", "APPEND",
}  # fmt: skip
"""Every IMAP command the program may ever give."""
_ADDRESSES = re.compile(rb"^(?:MAIL FROM|RCPT TO):<([^>]*)>", re.MULTILINE | re.IGNORECASE)
_DATA = re.compile(rb"^DATA\r\n", re.MULTILINE)


def by_imap(said: bytes) -> Iterator[str]:
    """What of this, all that was said on one connection, must never be said."""
    commands = Commands()
    commands.feed(said.rpartition(b"\r\n")[0] + b"\r\n")
    yield from (f"said {name}" for name in commands.names() if name not in LOOKING)
    yield from ("fetched without PEEK" for line in commands.lines if b"BODY[" in line)


def by_smtp(said: bytes, reader: str = READER) -> Iterator[str]:
    """The same for SMTP."""
    envelope = _DATA.split(said, maxsplit=1)[0]
    others = {one for one in _ADDRESSES.findall(envelope) if one != reader.encode()}
    yield from (f"wrote to {one.decode()}" for one in others)
