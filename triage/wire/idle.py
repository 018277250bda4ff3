"""IDLE (RFC 2177): let the server speak first, and notice when it can no longer speak.

IMAPClient's `idle_check` is not used: on a closed connection it returns an empty list at once and for ever
(mjs/imapclient#565), and a line that arrives in two pieces breaks it. Its `idle` fails where the server has
news before it answers, which is allowed. So these few lines of the protocol are spoken here.
"""

from __future__ import annotations

from triage.wire.poll import Deadline, readable
from triage.wire.stream import Stream

_TAG = b"IDLE1"  # Unlike any of imaplib's: four letters from A to P and a number.


def wait(stream: Stream, seconds: float, wake: int) -> None:
    """Return when mail arrives, when `seconds` are over, or when `wake` is readable.

    A folder must be open. Raises imaplib's `abort` as soon as the connection is gone, `error` on a refusal.
    """
    stream.send(_TAG + b" IDLE\r\n")
    while not (line := _line(stream)).startswith(b"+"):
        if line.startswith(_TAG):
            raise stream.error(f"IDLE failed: {line[len(_TAG) :].decode('ascii', 'replace').strip()}")
    _listen(stream, Deadline(seconds), wake)
    stream.send(b"DONE\r\n")
    while not _line(stream).startswith(_TAG):
        pass


def _listen(stream: Stream, deadline: Deadline, wake: int) -> None:
    """Until mail was announced. Signs of life, flags and what was deleted are no reason to look."""
    while not stream.arrived:
        # News may have come in one packet with something else: then we hold it, and the socket stays silent.
        while not stream.buffered():
            ready = readable(deadline.left(), stream.sock.fileno(), wake)
            if not ready or wake in ready:
                return
            stream.pull()
        _line(stream)


def _line(stream: Stream) -> bytes:
    """One whole line. An empty or unfinished one is how a lost connection looks."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise stream.abort("closed while waiting")
    if line.startswith(b"* BYE"):
        raise stream.abort(line[2:].decode("ascii", "replace"))
    stream.note(line.removeprefix(b"* "))
    return line
