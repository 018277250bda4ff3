"""A signed-in connection to a mail submission server (RFC 6409)."""

from __future__ import annotations

import base64
import contextlib
import smtplib
import socket
from collections.abc import Iterator

from triage.errors import ServerError, TriageError
from triage.wire import Bearer, Password, Server, Tls, faults, tls
from triage.wire.bearer import Exchange, mechanism
from triage.wire.poll import Deadline
from triage.wire.quoting import Quote, quote

_OUR_NAME = "[127.0.0.1]"
"""What we call ourselves (RFC 5321, 4.1.4). smtplib would look up this machine's name, and tell it the server."""

_GOODBYE = 2.0
"""Seconds a server has for its goodbye."""


_REPLY_LIMIT = 64 * 1024
"""Bytes of one reply. RFC 5321 (4.5.3.1.5) has lines of 512, and no server says more than twenty."""
_LONG = 10
"""Time limits of a single wait that one reply may take."""


class _Replies:
    """What smtplib reads replies from, line by line. A file would wait for the end of one that never comes to it."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._seconds = seconds
        self._buffer = b""

    def begin(self) -> None:
        """A reply is expected now."""
        self._deadline = Deadline(self._seconds)
        self._left = _REPLY_LIMIT

    def readline(self, _limit: int) -> bytes:
        """One line; without an end, or empty, where the peer has closed."""
        while b"\n" not in self._buffer and (piece := self._sock.recv(4096)):
            self._buffer += piece
            self._left -= len(piece)
            if self._left < 0 or not self._deadline.left():
                raise smtplib.SMTPServerDisconnected("a reply of no end")
        line, end, self._buffer = self._buffer.partition(b"\n")
        return line + end

    def close(self) -> None:
        """The socket is not ours to close."""


class _Bounded(smtplib.SMTP):
    """smtplib with an end to every reply."""

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            assert self.sock is not None  # noqa: S101  # smtplib asks for replies only when it is connected
            self.file = _Replies(self.sock, _LONG * self.timeout)
        self.file.begin()
        return super().getreply()


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same, under TLS from the first byte on."""


@contextlib.contextmanager
def signed_in(server: Server, password: Password) -> Iterator[smtplib.SMTP]:
    """A connection, closed at the end. Without a user, no sign-in happens. Raises what `translated` raises."""
    with translated(server):
        connection = _connected(server)
    try:
        with translated(server):
            connection.ehlo_or_helo_if_needed()
            if server.user:
                _sign_in(connection, server, password)
        yield connection
        _say_goodbye(connection)
    finally:
        connection.close()


@contextlib.contextmanager
def translated(server: Server) -> Iterator[None]:
    """Raise RefusedError for a no of the server, CredentialError for one to the password, else ServerError."""
    try:
        with faults.translated(server):
            yield
    except TriageError as error:
        # smtplib's exceptions are OSErrors, so they have been translated as if the network had raised them.
        raise _from_smtplib(server, error.__cause__) or error from error.__cause__


def refused(server: Server, code: int, words: bytes | str, say: Quote = quote) -> faults.RefusedError:
    """A reply that is not a yes. Only 5xx is final (RFC 5321, 4.2.1). `say` is what may be quoted of it."""
    text = f"{code} {_text(words)}"
    return faults.refused(server, text, str(code), temporary=not 500 <= code <= 599, said=say(text))


def _from_smtplib(server: Server, error: BaseException | None) -> TriageError | None:
    match error:
        case smtplib.SMTPAuthenticationError():
            return None  # It has been made a sentence where it happened.
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=words):
            return refused(server, code, words)
        case smtplib.SMTPNotSupportedError():
            return ServerError(f"{faults.place(server)} offers no STARTTLS or no sign-in: check the port.")
    return None


def _connected(server: Server) -> smtplib.SMTP:
    tls.guard(server)
    if server.tls is Tls.IMPLICIT:
        rules = tls.context(server)
        return _BoundedTls(server.host, server.port, _OUR_NAME, timeout=server.timeout, context=rules)
    connection = _Bounded(server.host, server.port, _OUR_NAME, timeout=server.timeout)
    if server.tls is Tls.STARTTLS:
        try:
            connection.starttls(context=tls.context(server))
        except BaseException:
            connection.close()
            raise
    return connection


def _say_goodbye(connection: smtplib.SMTP) -> None:
    """Whatever happens now, the letter has been answered for."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.settimeout(_GOODBYE)
            connection.quit()


def _sign_in(connection: smtplib.SMTP, server: Server, password: Password) -> None:
    if isinstance(password, Bearer):
        _sign_in_by_token(connection, server, password)
    else:
        _sign_in_by_password(connection, server, password())


def _sign_in_by_password(connection: smtplib.SMTP, server: Server, password: str) -> None:
    """Here, and not in `translated`, a no is made a sentence: only here is it known what it must not repeat."""
    faults.require_one_line(server, server.user + password)
    offered = _offered(connection)
    if mechanism(offered.__contains__) and not {"PLAIN", "LOGIN", "CRAM-MD5"}.intersection(offered):
        raise faults.tokens_only(server)
    try:
        _authenticate(connection, server, password)
    except smtplib.SMTPAuthenticationError as error:
        temporary = not 500 <= error.smtp_code <= 599
        raise faults.refused_password(server, _text(error.smtp_error), password, temporary=temporary) from error


def _sign_in_by_token(connection: smtplib.SMTP, server: Server, bearer: Bearer) -> None:
    """A token that is refused is had anew, once."""
    token = bearer()
    try:
        _show(connection, server, token)
    except faults.TokenRefusedError:
        try:
            _show(connection, server, bearer.renewed(token))
        except faults.TokenRefusedError as error:
            raise faults.refused_token(server, error, bearer.remedy) from error


def _show(connection: smtplib.SMTP, server: Server, token: str) -> None:
    faults.require_one_line(server, server.user + token)
    name = mechanism(_offered(connection).__contains__)
    if not name:
        raise faults.no_tokens(server)
    exchange = Exchange(name, server, token)
    code, words = connection.docmd("AUTH", f"{name} {_coded(exchange(b''))}")
    while code == 334:  # a refusal says why, and waits to be told that it was heard
        answer = exchange(_decoded(words))
        code, words = connection.docmd("*" if answer is None else _coded(answer))
    if code != 235:
        temporary = not 500 <= code <= 599
        raise faults.token_refused(server, f"{code} {_text(words)}", str(code), exchange.status, temporary=temporary)


def _offered(connection: smtplib.SMTP) -> list[str]:
    return connection.esmtp_features.get("auth", "").upper().split()


def _coded(data: bytes | None) -> str:
    return base64.b64encode(data or b"").decode("ascii")


def _decoded(words: bytes) -> bytes:
    try:
        return base64.b64decode(words)
    except ValueError:
        return b""


def _authenticate(connection: smtplib.SMTP, server: Server, password: str) -> None:
    if "PLAIN" not in _offered(connection):
        faults.require_ascii(server, server.user + password)
        connection.login(server.user, password)
        return
    # Done by hand, because smtplib takes ASCII only: PLAIN is UTF-8 (RFC 4616).
    secret = base64.b64encode(f"\0{server.user}\0{password}".encode()).decode("ascii")
    code, words = connection.docmd("AUTH", f"PLAIN {secret}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, words)


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
