"""What mail servers and networks do to us, as sentences for a person.

This is the one place where foreign exceptions become ours. A sentence names host and port, says what happened and
what to do. Of the server's own words it quotes a short, cleaned part, or less, where they may repeat a secret
(`wire.quoting`).
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
from triage.wire.backoff import stated
from triage.wire.quoting import Quote, quote, quote_codes, quote_unless

_CODE = re.compile(r"\[([A-Z-]+)")
_ANSWER = re.compile(r"^\w+ (?:failed: |command error: (BAD) )(.*)", re.DOTALL)
_BYE = "* BYE "
_FRONT = re.compile(r"^(?:command: [A-Z]+ => )?(?:\* )?(?:BYE )?")
"""What imaplib, or the protocol, puts before a server's words."""
_LISTED = re.compile(r"""\[b(['"])(.*)\1\]""", re.DOTALL)
"""As imaplib quotes a BAD."""
_TEMPORARY_CODES = frozenset({"UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "THROTTLED", "OVERQUOTA"})
_FINAL_CODES = frozenset({"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"})
_TRY_AGAIN = re.compile(r"try again", re.I)
_TEMPORARY_WORDS = re.compile(
    r"too many|try again|temporar|rate limit|throttl|not connected|timed? ?out", re.IGNORECASE
)
_RAW = re.compile(r"""\bb['"]""")
"""The libraries quote what they could not read as bytes: that may be a line of somebody's mail."""
_GARBLED = (ValueError, LookupError, TypeError, RecursionError)
"""What the libraries raise on answers they cannot read."""


class RefusedError(ServerError):
    """The server understood a command and said no, so it is certain that nothing was done.

    `code` is the response code of RFC 5530 or SMTP's number; "BAD" for a command that IMAP server does not take.
    """

    def __init__(self, sentence: str, code: str, *, temporary: bool, retry_after: float | None = None) -> None:
        super().__init__(sentence, retry_after=retry_after)
        self.code = code
        self.temporary = temporary


class TokenRefusedError(CredentialError):
    """An access token was refused: another one may do. `status` is the server's word for why, or its code, or empty."""

    def __init__(self, sentence: str, status: str) -> None:
        super().__init__(sentence)
        self.status = status


class UnreadableError(ServerError):
    """An answer came to its end, and what it says cannot be read. The session goes on."""


def place(server: Server) -> str:
    """Host and port, as they stand in every sentence."""
    return f"{server.host}:{server.port}"


@contextlib.contextmanager
def translated(server: Server, say: Quote = quote) -> Iterator[None]:
    """Raise everything the libraries raise as ServerError, with its cause kept for those who debug.

    `say` makes of the server's words what may be repeated of them.
    """
    try:
        yield
    except TriageError:
        raise
    except imaplib.IMAP4.error as error:
        raise _said(server, error, say) from error
    except OSError as error:
        raise ServerError(connection(server, error, say)) from error
    except _GARBLED as error:
        raise ServerError(unreadable(server)) from error


def unreadable(server: Server) -> str:
    """The sentence for an answer that cannot be read."""
    return f"{place(server)} answered in a way that cannot be read: try again later."


def connection(server: Server, error: OSError, say: Quote = quote) -> str:
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
    words = quote(error.strerror) if error.strerror else say(str(error))  # the machine's own, or what a library says
    return f"The connection to {at} was lost{_aside(words)}: trying again may help."


def require_one_line(server: Server, secret: str) -> None:
    """Raise CredentialError for what would end a command line and begin another."""
    if re.search(r"[\r\n\0]", secret):
        raise CredentialError(f"The password for {place(server)} has a line break in it: store it anew.")


def require_ascii(server: Server, secret: str) -> None:
    """Raise CredentialError where a server's only way to sign in has no way to say a letter like ä."""
    if not secret.isascii():
        raise CredentialError(f"{place(server)} takes passwords in plain letters only: choose one without accents.")


def sign_in(server: Server, error: Exception, password: str) -> TriageError:
    """A failed sign-in: CredentialError where the server said no to the password, ServerError for all else.

    IMAPClient raises its LoginError for both; what it was raised for stands in its context.
    """
    words = _text(error)
    if isinstance(error.__context__, imaplib.IMAP4.abort) or _ANSWER.match(words):
        return _said(server, error.__context__ or error, quote_unless(server.user, password))
    return refused_password(server, words, password)


def refused_password(server: Server, words: str, password: str, *, temporary: bool = False) -> TriageError:
    """A sign-in answered with no, which may be for now only (RFC 5530)."""
    code = _code(_CODE.search(words))
    said = _aside(quote_unless(server.user, password)(words), '"')
    if temporary or _is_temporary(code, words):
        sentence = f"{place(server)} does not let us sign in now{said}: trying again may help."
        return RefusedError(sentence, code, temporary=True, retry_after=stated(words, code))
    if code == "PRIVACYREQUIRED":
        return CredentialError(f'{place(server)} takes passwords over TLS only: set tls to "implicit".')
    return CredentialError(
        f"{place(server)} refused the user name or the password{said}: store the right one "
        "with `triage login`; many providers want an app password made for this purpose."
    )


def of_token(server: Server, error: Exception, status: str) -> TriageError:
    """A no to an access token; one that is for now only, or was garbled, is a ServerError."""
    words = _text(error)
    # imaplib raises the server's words as they are where it says NO, and puts its own before a BAD.
    said = _said(server, error, quote_codes) if _ANSWER.match(words) else None
    code = _code(_CODE.search(words))
    if said and not (isinstance(said, RefusedError) and status):
        return said
    return token_refused(server, words, code, status, temporary=_is_temporary(code, words))


def token_refused(server: Server, words: str, code: str, status: str, *, temporary: bool) -> TriageError:
    """A no to an access token. Nothing of what the server says is repeated but its code."""
    if temporary:
        sentence = f"{place(server)} does not let us sign in now{_aside(quote_codes(words))}: trying again may help."
        return RefusedError(sentence, code, temporary=True, retry_after=stated(words, code))
    return TokenRefusedError(f"{place(server)} refused the access token.", status or code)


def refused_token(server: Server, error: TokenRefusedError, remedy: str) -> CredentialError:
    """A second token was refused like the first. `remedy` is what to do, as the end of a sentence."""
    return CredentialError(
        f"{place(server)} refused this account{_aside(error.status)}, with a fresh access token too: {remedy}."
    )


def no_tokens(server: Server) -> CredentialError:
    """There is no way to show this server an access token."""
    return CredentialError(
        f'{place(server)} offers no sign-in by OAuth: set sign_in = "password" for it, and run `triage login`.'
    )


def tokens_only(server: Server) -> CredentialError:
    """A server that takes access tokens and no passwords."""
    return CredentialError(
        f'{place(server)} takes no passwords any more: set sign_in = "oauth" for it; `triage help sign-in` says how.'
    )


def refused(server: Server, words: str, code: str, *, temporary: bool, said: str) -> RefusedError:
    """A no to a command; `said` is what is quoted of the server's `words`."""
    said = said or ("BAD" if code == "BAD" else "")
    sentence = f'{place(server)} refused: "{said}".' if said else f"{place(server)} refused a command."
    return RefusedError(sentence, code, temporary=temporary, retry_after=stated(words, code))


def _said(server: Server, error: BaseException, say: Quote) -> ServerError:
    words = _text(error)
    over = isinstance(error, imaplib.IMAP4.abort) or words.startswith(_BYE)
    answer = _ANSWER.match(words)
    if over and not _RAW.search(words):
        words = _FRONT.sub("", words)
        sentence = f"The connection to {place(server)} broke off{_aside(say(words))}: try again later."
        return ServerError(sentence, retry_after=stated(words, _code(_CODE.match(words))))
    if over or not answer:
        return ServerError(unreadable(server))
    words = _LISTED.sub(r"\2", answer[2])
    code = answer[1] or _code(_CODE.match(words))
    return refused(server, words, code, temporary=_is_temporary(code, words), said=say(words))


def _aside(words: str, mark: str = "") -> str:
    """In brackets behind a statement, if there is anything to say."""
    return f" ({mark}{words}{mark})" if words else ""


def _is_temporary(code: str, words: str) -> bool:
    if code in _FINAL_CODES:  # "Invalid credentials, try again" does not mean: the same ones.
        words = _TRY_AGAIN.sub("", words)
    return code in _TEMPORARY_CODES or bool(_TEMPORARY_WORDS.search(words))


def _text(error: BaseException) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def _code(found: re.Match[str] | None) -> str:
    return found[1] if found else ""
