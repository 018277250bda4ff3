"""The bytes of one IMAP connection: imaplib's protocol engine over a socket with limits and an honest buffer.

imaplib offers `open`, `read`, `readline` and `shutdown` to be replaced, and its own do not do for a service.
Their buffer cannot be asked whether it is empty, so nobody can know whether to wait on the socket; a literal is
read in one piece of whatever size the server claims (python/cpython#119511).
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
import time

from triage.wire import Server, Tls, answers, tls

ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes between two things we send. The largest answer we ask for is a batch of messages of about 4 MB."""
LINES_LIMIT = 1024 * 1024
"""Bytes of these that are lines and not literals: to read one may take a hundred times its size. The longest are the
answers to a SEARCH over a very large folder."""
_PIECE = 64 * 1024
_SLOWEST = 4096
"""Bytes a second of an answer. What is slower once it should long be over is a trickle that never ends."""
_LONG = 10
"""Time limits of a single wait that an answer may take, at whatever speed. Searching a large folder takes minutes."""
_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
_NEWS = re.compile(rb"(\d{1,10}) (EXISTS|EXPUNGE)\b", re.IGNORECASE)
_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))


class Stream(imaplib.IMAP4):
    """One connection, greeted, and protected as `server` says. Raises what imaplib, ssl and socket raise."""

    def __init__(self, server: Server) -> None:
        self.exists = 0
        """Messages in the folder that is open, as far as was heard."""
        self.arrived = 0
        """Of these, those announced since this was last set back."""
        self._server = server
        self._buffer = b""
        self._at = 0
        self.begin()
        super().__init__(server.host, server.port, server.timeout)
        if server.tls is Tls.STARTTLS:
            self._protect()

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connect; part of imaplib's interface, called by its constructor."""
        self.host, self.port = host, port
        tls.guard(self._server)
        self.sock = socket.create_connection((host, port), timeout)
        try:
            # imaplib sends a literal and its line end apart: the second would wait for the first to be acknowledged.
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _detect_dead_peers(self.sock, self._server.timeout)
            if self._server.tls is Tls.IMPLICIT:
                self.sock = tls.context(self._server).wrap_socket(self.sock, server_hostname=host)
        except BaseException:
            self.sock.close()
            raise

    def _protect(self) -> None:
        """STARTTLS. What was said before is forgotten: anybody could have said it (RFC 9051, 6.2.1)."""
        try:
            # After a PREAUTH greeting, with which a stranger could skip all this, imaplib refuses the command.
            answer, _ = self._simple_command("STARTTLS")
            if answer != "OK" or self._buffer:
                raise self.abort("STARTTLS was refused, or bytes were slipped in behind it")
            self.sock = tls.context(self._server).wrap_socket(self.sock, server_hostname=self.host)
            self.untagged_responses.clear()
            self._get_capabilities()
        except BaseException:
            self.shutdown()
            raise

    def send(self, data: bytes) -> None:  # type: ignore[override]  # typeshed wants any buffer; imaplib sends bytes
        """Send a command, or a part of one."""
        self.begin()
        self.sock.sendall(data)

    def begin(self) -> None:
        """An answer begins now."""
        self._asked = time.monotonic()
        self._answered = self._lines = 0

    def ask(self, *words: str) -> bytes:
        """Send a command, and return its tag. What comes of it has to be heard."""
        tag: bytes = self._command(*words)
        return tag

    def hear(self) -> answers.Pieces | None:
        """The next thing that is said: an answer to a FETCH as it came, or None for all else, which goes to imaplib."""
        self._line_end()
        if answers.begins(self._buffer, self._at):
            return self._pieces()
        self._get_response()
        self._check_bye()
        return None

    def ended(self, tag: bytes) -> bool:
        """Is this command over? Raises imaplib's `error`, once, where it was refused."""
        if self.tagged_commands[tag] is None:
            return False
        typ, data = self._command_complete("FETCH", tag)
        if typ != "OK":
            raise self.error(f"fetch failed: {data[0].decode('utf-8', 'replace')}")
        return True

    def _pieces(self) -> answers.Pieces:
        """Lines, and the literals that they announce."""
        pieces = []
        while True:
            line = self._take(self._line_end() - self._at)
            pieces.append(line)
            if not line.endswith(b"\r\n"):
                raise self.abort("socket error: EOF")
            if not line.endswith(b"}\r\n") or not (literal := _LITERAL.search(line)):
                return pieces
            pieces.append(self.read(int(literal[1])))

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        if size > ANSWER_LIMIT:
            raise self.abort(f"a literal of {size} bytes")
        here = self._take(size)
        if len(here) == size:
            return here
        found = [here]
        left = size - len(here)
        while left:
            if not self._fill():
                raise self.abort("socket error: EOF")
            found.append(self._take(left))
            left -= len(found[-1])
        return b"".join(found)

    def readline(self) -> bytes:
        """One whole line, in however many pieces it arrives. No line feed at its end: the peer has closed."""
        size = self._line_end() - self._at
        self._lines += size
        return self._take(size)

    def _line_end(self) -> int:
        """Where in the buffer the next line ends, or what there is of it when the peer closes."""
        seen = self._at
        while (end := self._buffer.find(b"\n", seen)) < 0:
            unfinished = len(self._buffer) - self._at
            self._count(unfinished)
            if not self._fill():
                return len(self._buffer)
            seen = self._at + unfinished
        self._count(end + 1 - self._at)
        return end + 1

    def _count(self, more: int) -> None:
        """What is told of a message is not counted here: it is taken apart where it is of use (`answers`)."""
        if self._lines + more > LINES_LIMIT and not answers.begins(self._buffer, self._at):
            raise self.abort(f"an answer of more than {LINES_LIMIT} bytes in lines")

    def buffered(self) -> bool:
        """Has something arrived already that the socket itself would no longer report?"""
        decrypted = self.sock.pending() if isinstance(self.sock, ssl.SSLSocket) else 0
        return bool(self._buffer) or decrypted > 0

    def pull(self) -> None:
        """Take in what has arrived, without waiting: it may be talk of the TLS layer, and no data at all."""
        self._asked = time.monotonic()  # Nobody was asked anything: it is news.
        self.sock.settimeout(0)
        try:
            if not self._fill():
                raise self.abort("socket error: EOF")
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            self.sock.settimeout(self._server.timeout)

    def note(self, news: bytes) -> None:
        """Count what comes and goes: "6 EXISTS" is how many there are, "6 EXPUNGE" which one is gone."""
        if not (heard := _NEWS.match(news)):
            return
        if heard[2].upper() == b"EXPUNGE":
            self.exists = max(0, self.exists - 1)
        else:
            now = int(heard[1])
            self.arrived += max(0, now - self.exists)
            self.exists = now

    def shutdown(self) -> None:
        """Close the connection; never raises."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.sock.close()

    def _append_untagged(self, typ: str, dat: object) -> None:
        """imaplib keeps what is said unasked, and tells nobody."""
        if typ in ("EXISTS", "EXPUNGE") and isinstance(dat, bytes):
            self.note(dat + b" " + typ.encode())
        super()._append_untagged(typ, dat)  # type: ignore[misc]  # typeshed does not know what it is made of

    def _log(self, line: str) -> None:
        """imaplib keeps the last ten commands for its debug output. The password is in one of them."""

    def _fill(self) -> bool:
        piece = self.sock.recv(_PIECE)
        left = len(self._buffer) - self._at
        self._buffer = self._buffer[self._at :] + piece if left else piece
        self._at = 0
        self._answered += len(piece)
        if self._answered > ANSWER_LIMIT:
            raise self.abort(f"an answer of more than {ANSWER_LIMIT} bytes")
        if time.monotonic() - self._asked > _LONG * self._server.timeout + self._answered / _SLOWEST:
            raise self.abort("an answer of no end")
        return bool(piece)

    def _take(self, size: int) -> bytes:
        """So many bytes of what has come, or all there are."""
        taken = self._buffer[self._at : self._at + size]
        self._at += len(taken)
        if self._at == len(self._buffer):
            self._buffer, self._at = b"", 0
        return taken


def _detect_dead_peers(sock: socket.socket, timeout: float) -> None:
    """Let the kernel notice a peer gone without a word: a pulled cable, a forgotten NAT entry, a suspend."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    limits = (*_KEEPALIVE, ("TCP_USER_TIMEOUT", int(timeout * 1000)))  # the last one in milliseconds
    for name, value in limits:
        if (option := getattr(socket, name, None)) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
