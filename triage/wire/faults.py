"""What mail servers and networks do to us, as sentences for a person.

This is the one place where foreign exceptions become ours. A sentence names host and port, says what happened
and what to do, and holds no secret: of the server's own words it quotes a short, cleaned part.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator

from triage.errors import CredentialError, ServerError, TriageError
from triage.wire import Server

_CODE = re.compile(r"\[([A-Z-]+)")
_ANSWER = re.compile(r"^\w+ (?:failed: |command error: (BAD) )(.*)", re.DOTALL)
_TEMPORARY_CODES = frozenset({"UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "THROTTLED", "OVERQUOTA"})
_TEMPORARY_WORDS = re.compile(r"too many|try again|temporar|rate limit|not connected|timed? ?out", re.IGNORECASE)
_RAW = re.compile(r"""\bb['"]""")
"""The libraries quote what they could not read as bytes: that may be a line of somebody's mail."""
_GARBLED = (ValueError, LookupError, TypeError, RecursionError)
"""What the libraries raise on answers they cannot read."""


class RefusedError(ServerError):
    """The server understood a command and said no, so it is certain that nothing was done.

    `code` is the response code of RFC 5530 or SMTP's number; "BAD" for a command that IMAP server does not take.
    """

    def __init__(self, sentence: str, code: str, *, temporary: bool) -> None:
        super().__init__(sentence)
        self.code = code
        self.temporary = temporary


def place(server: Server) -> str:
    """Host and port, as they stand in every sentence."""
    return f"{server.host}:{server.port}"


def quote(words: str) -> str:
    """A server's words fit for a sentence and a log: short, printable, one line, without addresses."""
    clean = re.sub(r"\S+@\S+", "(address)", "".join(c if c.isprintable() else " " for c in words))
    return " ".join(clean.split())[:120]


@contextlib.contextmanager
def translated(server: Server) -> Iterator[None]:
    """Raise everything the libraries raise as ServerError, with its cause kept for those who debug."""
    try:
        yield
    except TriageError:
        raise
    except imaplib.IMAP4.error as error:
        raise _said(server, error) from error
    except OSError as error:
        raise ServerError(connection(server, error)) from error
    except _GARBLED as error:
        raise ServerError(f"{place(server)} answered in a way that cannot be read: try again later.") from error


def connection(server: Server, error: OSError) -> str:
    """What a failed connection means, and what to do about it."""
    at = place(server)
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"The certificate of {at} was refused ({error.verify_message.rstrip('.')}): check the host "
                "name; if the server is your own, set ca_file to the certificate of its authority."
            )
        case ssl.SSLError():
            return f"{at} does not speak TLS as expected ({error.reason}): check port and tls setting."
        case socket.gaierror():
            return f"The host {server.host} is not known: check its name and your network."
        case TimeoutError():
            return f"{at} gave no answer for {server.timeout:g} seconds: check your network, or wait."
        case ConnectionRefusedError():
            return f"{at} takes no connections: check host and port, or try again later."
    return f"The connection to {at} was lost ({quote(error.strerror or str(error))}): trying again may help."


def require_one_line(server: Server, secret: str) -> None:
    """Raise CredentialError for what would end a command line and begin another."""
    if re.search(r"[\r\n\0]", secret):
        raise CredentialError(f"The password for {place(server)} has a line break in it: store it anew.")


def require_ascii(server: Server, secret: str) -> None:
    """Raise CredentialError where a server's only way to sign in has no way to say a letter like ä."""
    if not secret.isascii():
        raise CredentialError(f"{place(server)} takes passwords in plain letters only: choose one without accents.")


def sign_in(server: Server, error: Exception) -> TriageError:
    """A failed sign-in: CredentialError where the server said no to the password, ServerError for all else.

    IMAPClient raises its LoginError for both; what it was raised for stands in its context.
    """
    words = _text(error)
    if isinstance(error.__context__, imaplib.IMAP4.abort) or _ANSWER.match(words):
        return _said(server, error.__context__ or error)
    return refused_password(server, words)


def refused_password(server: Server, words: str, *, temporary: bool = False) -> TriageError:
    """A sign-in answered with no, which may be for now only (RFC 5530)."""
    code = _code(_CODE.search(words))
    if temporary or _is_temporary(code, words):
        sentence = f'{place(server)} does not let us sign in now ("{quote(words)}"): trying again may help.'
        return RefusedError(sentence, code, temporary=True)
    if code == "PRIVACYREQUIRED":
        return CredentialError(f'{place(server)} takes passwords over TLS only: set tls to "implicit".')
    return CredentialError(
        f'{place(server)} refused the user name or the password ("{quote(words)}"): store the right one '
        "with `triage login`; many providers want an app password made for this purpose."
    )


def _said(server: Server, error: BaseException) -> ServerError:
    words = _text(error)
    answer = _ANSWER.match(words)
    if isinstance(error, imaplib.IMAP4.abort) and not _RAW.search(words):
        return ServerError(f"The connection to {place(server)} broke off ({quote(words)}): try again later.")
    if not answer or isinstance(error, imaplib.IMAP4.abort):
        return ServerError(f"{place(server)} answered in a way that cannot be read: try again later.")
    code = answer[1] or _code(_CODE.match(answer[2]))
    sentence = f'{place(server)} refused: "{quote(answer[2])}".'
    return RefusedError(sentence, code, temporary=_is_temporary(code, answer[2]))


def _is_temporary(code: str, words: str) -> bool:
    return code in _TEMPORARY_CODES or bool(_TEMPORARY_WORDS.search(words))


def _text(error: BaseException) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def _code(found: re.Match[str] | None) -> str:
    return found[1] if found else ""
