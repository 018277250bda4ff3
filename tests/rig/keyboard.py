"""A mail program that stays signed in and speaks plain IMAP: a command, and the answer to it."""

from __future__ import annotations

import itertools
import re
import socket
from types import TracebackType
from typing import Self

from tests.rig.dovecot import PASSWORD

_UID = re.compile(rb"\[(?:APPENDUID \d+|COPYUID \d+ \d+) (\d+)\]")


class Keyboard:
    """One session of `user` on a plain-text IMAP port of this machine. The folder it has open can be changed."""

    def __init__(self, port: int, user: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("rb")
        self._tags = map("K{}".format, itertools.count(1))
        self._lines.readline()
        self.say(f"LOGIN {user} {PASSWORD}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up without a word."""
        self._lines.close()
        self._socket.close()

    def say(self, command: str, literal: bytes = b"") -> bytes:
        """Give a command, at its end a literal (RFC 7888), and return all of the answer. Fails if that is no yes."""
        tag = next(self._tags)
        tail = b" {%d+}\r\n%b" % (len(literal), literal) if literal else b""
        self._socket.sendall(f"{tag} {command}".encode() + tail + b"\r\n")
        answer = b""
        while not answer.rpartition(b"\r\n")[0].rpartition(b"\r\n")[2].startswith(tag.encode() + b" "):
            line = self._lines.readline()
            if not line:
                raise ConnectionError(f"gone during {command.split(maxsplit=1)[0]}")
            answer += line
        if not re.search(rb"^%b OK" % tag.encode(), answer, re.MULTILINE):
            raise AssertionError(f"the test's own mail program was refused: {command} {answer[-200:]!r}")
        return answer

    def put(self, command: str, literal: bytes = b"") -> int:
        """The same for APPEND, COPY and MOVE of one message. Returns its new UID (RFC 4315)."""
        found = _UID.search(self.say(command, literal))
        assert found, f"no UID was told for {command}"
        return int(found[1])
