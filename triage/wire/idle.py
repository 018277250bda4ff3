"""IDLE (RFC 2177): let the server speak first, notice when it can no longer speak, and ask it now and then.

IMAPClient's `idle_check` is not used: on a closed connection it returns an empty list at once and for ever
(mjs/imapclient#565), and a line that arrives in two pieces breaks it. Its `idle` fails where the server has
news before it answers, which is allowed. So these few lines of the protocol are spoken here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from imapclient.imap_utf7 import encode

from triage.wire.poll import Deadline, readable
from triage.wire.stream import Stream

_TAG = b"IDLE%d"  # Unlike any of imaplib's: four letters from A to P and a number.
_LOOK = b"LOOK%d"
LONGEST = 29 * 60.0
"""Seconds after which a server may take it for forgotten (RFC 2177)."""
_CODE = re.compile(rb"\* OK \[(UIDVALIDITY|UIDNEXT) (\d{1,10})\]", re.IGNORECASE)


class Heard(Enum):
    """What ended the listening."""

    NEWS = "mail was announced"
    BELL = "somebody wants something else"
    SIGN = "the time is nearly over, and the server said just now that it is there"
    TIME = "the time is over"


@dataclass(frozen=True, slots=True)
class Seen:
    """What an EXAMINE said of the folder; 0 where it does not tell."""

    uidvalidity: int
    uidnext: int


class Idle:
    """IDLE on one connection with a folder open: from `listen` on it stands, until `end`.

    Every method raises imaplib's `abort` as soon as the connection is gone, `error` on a refusal.
    """

    def __init__(self, stream: Stream) -> None:
        self.stands = False
        self._stream = stream
        self._count = 0
        self._until = Deadline(0)

    def listen(self, seconds: float, nearly: float, wake: int) -> Heard:
        """Return when mail arrives, when `seconds` are over, or when `wake` is readable.

        The last `nearly` seconds are let off where the server says something in them: it has woken us anyway.
        """
        if not self.stands:
            self._stream.send(self._next() + b" IDLE\r\n")
            self._await_consent()
        return self._listen(Deadline(seconds), nearly, wake)

    def look(self, folder: str) -> Seen | None:
        """Look at the open folder while the IDLE stands; None where that was refused.

        DONE, EXAMINE and the next IDLE leave in one piece, so that all of it is one journey, and we wake once for what
        comes of it. The server tells the end of the old IDLE from what follows by the line end.
        """
        old, look = self._tag, _LOOK % self._count
        self._stream.send(b"DONE\r\n%b EXAMINE %b\r\n%b IDLE\r\n" % (look, _named(folder), self._next()))
        self.stands = False
        while not _line(self._stream).startswith(old):
            pass
        found = {b"UIDVALIDITY": 0, b"UIDNEXT": 0}
        while not (line := _line(self._stream)).startswith(look):
            if code := _CODE.match(line):
                found[code[1].upper()] = int(code[2])
        self._await_consent()
        return Seen(*found.values()) if line[len(look) :].upper().startswith(b" OK") else None

    @property
    def left(self) -> float:
        """Seconds until it has to be renewed."""
        return self._until.left()

    def end(self) -> None:
        """Be free to say something else."""
        if self.stands:
            self.stands = False
            self._stream.send(b"DONE\r\n")
            while not _line(self._stream).startswith(self._tag):
                pass

    @property
    def _tag(self) -> bytes:
        return _TAG % self._count

    def _next(self) -> bytes:
        self._count += 1
        self._until = Deadline(LONGEST)
        return self._tag

    def _await_consent(self) -> None:
        while not (line := _line(self._stream)).startswith(b"+"):
            if line.startswith(self._tag):
                raise self._stream.error(f"IDLE failed: {line[len(self._tag) :].decode('ascii', 'replace').strip()}")
        self.stands = True

    def _listen(self, deadline: Deadline, nearly: float, wake: int) -> Heard:
        """Signs of life, flags and what was deleted are no reason to look, unless it is about time."""
        stream, said = self._stream, False
        while not stream.arrived:
            # News may have come in one packet with something else: then we hold it, and the socket stays silent.
            while not stream.buffered():
                left = deadline.left()
                if said and left <= nearly:
                    return Heard.SIGN
                ready = readable(left, stream.sock.fileno(), wake)
                if not ready or wake in ready:
                    return Heard.BELL if ready else Heard.TIME
                stream.pull()
            _line(stream)
            said = True
        return Heard.NEWS


def _line(stream: Stream) -> bytes:
    """One whole line. An empty or unfinished one is how a lost connection looks."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise stream.abort("closed while waiting")
    if line.startswith(b"* BYE"):
        raise stream.abort(line[2:].decode("ascii", "replace"))
    stream.note(line.removeprefix(b"* "))
    return line


def _named(folder: str) -> bytes:
    """The folder's name in a command: quoted (RFC 9051, 4.3), in IMAP's own UTF-7 (RFC 3501, 5.1.3)."""
    name: bytes = encode(folder)
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
