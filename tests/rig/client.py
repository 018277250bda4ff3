"""Another mail program on the same mailbox, built on plain imaplib: what a reader does to it, and what can be seen."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import itertools
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.rig.dovecot import PASSWORD

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Client:
    """One account on a plain-text IMAP port of this machine. Every verb is a session of its own."""

    port: int
    user: str

    def append(self, data: bytes, received: datetime | None = None, folder: str = "INBOX") -> None:
        """Put one message in, received at that moment."""
        self.append_all([(data, received)], folder)

    def append_all(self, messages: list[tuple[bytes, datetime | None]], folder: str = "INBOX") -> None:
        """Put many in with one session."""
        with self._session() as session:
            for data, received in messages:
                when = imaplib.Time2Internaldate(received) if received else ""
                _ok(session.append(_name(folder), "", when, data))

    def create(self, folder: str) -> None:
        """Make a folder."""
        with self._session() as session:
            _ok(session.create(_name(folder)))

    def delete(self, *uids: int, folder: str = "INBOX") -> None:
        """Delete messages for good."""
        with self._selected(folder) as session:
            _ok(session.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Deleted)"))
            _ok(session.expunge())

    def flag(self, uid: int, flag: str, folder: str = "INBOX") -> None:
        """Set a flag, as reading does."""
        with self._selected(folder) as session:
            _ok(session.uid("STORE", str(uid), "+FLAGS.SILENT", f"({flag})"))

    def flags(self, folder: str = "INBOX") -> dict[int, frozenset[str]]:
        """The flags of all messages by UID, without the \\Recent that a server gives by itself."""
        found = {}
        for line in self._fetched(folder, "(UID FLAGS)"):
            if match := re.search(rb"UID (\d+) FLAGS \(([^)]*)\)", line):
                found[int(match[1])] = frozenset(match[2].decode().split()) - {r"\Recent"}
        return found

    def bodies(self, folder: str = "INBOX") -> list[bytes]:
        """All messages whole, in the order of the folder."""
        with self._selected(folder) as session:
            answer = _ok(session.uid("FETCH", "1:*", "(BODY.PEEK[])"))
        return [part[1] for part in answer if isinstance(part, tuple)]

    def _fetched(self, folder: str, items: str) -> list[bytes]:
        with self._selected(folder) as session:
            return [line for line in _ok(session.uid("FETCH", "1:*", items)) if isinstance(line, bytes)]

    @contextlib.contextmanager
    def _selected(self, folder: str) -> Iterator[imaplib.IMAP4]:
        with self._session() as session:
            _ok(session.select(_name(folder)))
            yield session

    @contextlib.contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as session:
            # imaplib sends a literal and its line end apart, and the second would wait 40 ms for the first.
            session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session.login(self.user, PASSWORD)
            yield session


def mail(subject: str = "Ihre Bewerbung", body: str = "Hallo", message_id: str = "") -> bytes:
    """A small sound message with a Message-ID of its own."""
    identity = message_id or f"<mail-{next(_numbers)}@example.org>"
    lines = (
        "From: Erika Muster <erika@example.org>",
        "To: reader@example.net",
        f"Subject: {subject}",
        f"Message-ID: {identity}",
        "Date: Mon, 02 Nov 2026 10:00:00 +0100",
        "",
        body,
        "",
    )
    return "\r\n".join(lines).encode()


def _name(folder: str) -> str:
    """Quoted, in modified UTF-7 (RFC 3501, 5.1.3) as far as these tests need it."""
    encoded = re.sub(r"[^\x20-\x7e]+|&", _shifted, folder)
    return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shifted(run: re.Match[str]) -> str:
    if run[0] == "&":
        return "&-"
    letters = base64.b64encode(run[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
    return f"&{letters}-"


def _ok(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    status, words = answer
    if status != "OK":
        raise AssertionError(f"the test's own mail program was refused: {words!r}")
    return words
