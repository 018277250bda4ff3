"""A signed-in connection to a mail submission server (RFC 6409)."""

from __future__ import annotations

import base64
import contextlib
import smtplib
from collections.abc import Iterator

from triage.errors import ServerError, TriageError
from triage.wire import Password, Server, Tls, faults, tls

_OUR_NAME = "[127.0.0.1]"
"""What we call ourselves (RFC 5321, 4.1.4). smtplib would look up this machine's name, and tell it the server."""

_GOODBYE = 2.0
"""Seconds a server has for its goodbye."""


@contextlib.contextmanager
def signed_in(server: Server, password: Password) -> Iterator[smtplib.SMTP]:
    """A connection, closed at the end. Without a user, no sign-in happens. Raises what `translated` raises."""
    with translated(server):
        connection = _connected(server)
    try:
        with translated(server):
            connection.ehlo_or_helo_if_needed()
            if server.user:
                _sign_in(connection, server, password())
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


def refused(server: Server, code: int, words: bytes | str) -> faults.RefusedError:
    """A reply that is not a yes. Only 5xx is final (RFC 5321, 4.2.1)."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    sentence = f'{faults.place(server)} refused: "{code} {faults.quote(text)}".'
    return faults.RefusedError(sentence, str(code), temporary=not 500 <= code <= 599)


def _from_smtplib(server: Server, error: BaseException | None) -> TriageError | None:
    match error:
        case smtplib.SMTPAuthenticationError(smtp_code=code, smtp_error=words):
            text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
            return faults.refused_password(server, text, temporary=not 500 <= code <= 599)
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=words):
            return refused(server, code, words)
        case smtplib.SMTPNotSupportedError():
            return ServerError(f"{faults.place(server)} offers no STARTTLS or no sign-in: check the port.")
    return None


def _connected(server: Server) -> smtplib.SMTP:
    tls.guard(server)
    if server.tls is Tls.IMPLICIT:
        rules = tls.context(server)
        return smtplib.SMTP_SSL(server.host, server.port, _OUR_NAME, timeout=server.timeout, context=rules)
    connection = smtplib.SMTP(server.host, server.port, _OUR_NAME, timeout=server.timeout)
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


def _sign_in(connection: smtplib.SMTP, server: Server, password: str) -> None:
    faults.require_one_line(server, server.user + password)
    if "PLAIN" not in connection.esmtp_features.get("auth", "").upper().split():
        faults.require_ascii(server, server.user + password)
        connection.login(server.user, password)
        return
    # Done by hand, because smtplib takes ASCII only: PLAIN is UTF-8 (RFC 4616).
    secret = base64.b64encode(f"\0{server.user}\0{password}".encode()).decode("ascii")
    code, words = connection.docmd("AUTH", f"PLAIN {secret}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, words)
