"""The lines of the log as systemd's journal takes them natively: words, and beside them what a program can look for."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from typing import TextIO

from triage.cli.events import happened
from triage.cli.journal import PRIORITY, Prefixed


class Journal(logging.StreamHandler[TextIO]):
    """Hands each line to the journal with what a program can look for beside the words.

    By the journal's own protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram a line. Where that does
    not work, the line goes to stderr, which the journal reads as well.
    """

    def __init__(self, place: str, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._place = place
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.setFormatter(Prefixed("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            # Not connected: the socket in that place is another one after the journal was started anew.
            self._socket.sendto(b"".join(_packed(*field) for field in _fields(record)), self._place)
        except (OSError, TypeError, ValueError):  # words and what is put into them do not fit: told as Python does
            super().emit(record)

    def close(self) -> None:
        self._socket.close()
        super().close()


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    """What is known of a line. The journal adds by itself which process and which unit it is from, and when."""
    yield "MESSAGE", record.getMessage()
    yield "PRIORITY", str(PRIORITY.get(record.levelno, 5))
    yield "SYSLOG_IDENTIFIER", "triage"
    about = happened(record)
    if about.event:
        yield "TRIAGE_EVENT", about.event
    if about.mailbox:
        yield "MAILBOX", about.mailbox
    yield "LOGGER", record.name
    yield "CODE_FILE", record.pathname
    yield "CODE_LINE", str(record.lineno)
    yield "CODE_FUNC", record.funcName


def _packed(name: str, value: str) -> bytes:
    """With its length in front, so that no sign in it, not even the end of a line, can be taken for another field."""
    told = value.encode("utf-8", "replace")
    return b"%s\n%s%s\n" % (name.encode("ascii"), len(told).to_bytes(8, "little"), told)
