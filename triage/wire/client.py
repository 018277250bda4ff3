"""IMAPClient as we need it: on a stream of our own, silent in the log, and signed in without a word too much."""

from __future__ import annotations

import re

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from triage.wire import Bearer, Password, Server, Tls, faults
from triage.wire.bearer import Exchange, mechanism
from triage.wire.quoting import quote_codes, quote_unless
from triage.wire.stream import Stream

_ATOM = re.compile(r"[A-Za-z0-9.@_+=-]+")


class Client(IMAPClient):  # type: ignore[misc]  # IMAPClient ships no types
    """IMAPClient on our own stream; its constructor offers no other way to give it one."""

    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__(server.host, server.port, ssl=server.tls is Tls.IMPLICIT, timeout=server.timeout)
        # IMAPClient has imaplib report every line, whole mails included, to `logging` at level DEBUG.
        self.stream.debug = 0

    def sign_in(self, password: Password) -> None:
        """Raises CredentialError where the server refuses the password, ServerError for all else."""
        if self.stream.state == "AUTH":
            return  # PREAUTH: the connection itself was credential enough.
        if isinstance(password, Bearer):
            self._sign_in_by_token(password)
        else:
            self._sign_in_by_password(password())

    def _sign_in_by_password(self, password: str) -> None:
        user = self._server.user
        faults.require_one_line(self._server, user + password)
        with faults.translated(self._server, quote_unless(user, password)):
            try:
                # PLAIN first: LOGIN has no way to carry a password with letters beyond ASCII.
                if self.has_capability("AUTH=PLAIN"):
                    self.plain_login(user, password)
                else:
                    self._require_passwords()
                    faults.require_ascii(self._server, user + password)
                    self.login(_quoted(user), password)
            except LoginError as error:
                raise faults.sign_in(self._server, error, password) from error

    def _require_passwords(self) -> None:
        if self.has_capability("LOGINDISABLED") and mechanism(self._authenticates_by):
            raise faults.tokens_only(self._server)

    def _sign_in_by_token(self, bearer: Bearer) -> None:
        """A token that is refused is had anew, once: it may have ended early, or been revoked with others."""
        token = bearer()
        try:
            self._show(token)
        except faults.TokenRefusedError:
            try:
                self._show(bearer.renewed(token))
            except faults.TokenRefusedError as error:
                raise faults.refused_token(self._server, error, bearer.remedy) from error

    def _show(self, token: str) -> None:
        """Sign in. Raises TokenRefusedError where it is this token that is refused, and not we for now."""
        faults.require_one_line(self._server, self._server.user + token)
        with faults.translated(self._server, quote_codes):
            name = mechanism(self._authenticates_by)
            if not name:
                raise faults.no_tokens(self._server)
            exchange = Exchange(name, self._server, token)
            try:
                self._command_and_check("authenticate", name, exchange, unpack=True)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                raise faults.of_token(self._server, error, exchange.status) from error

    def _authenticates_by(self, name: str) -> bool:
        return bool(self.has_capability(f"AUTH={name}"))

    def _create_IMAP4(self) -> Stream:  # noqa: N802  # IMAPClient's name
        self.stream = Stream(self._server)
        return self.stream

    def _checkok(self, command: str, typ: str, data: list[bytes]) -> None:
        # IMAPClient reads a refusal as ASCII, and logs what it cannot read: a server may quote a mail there.
        if typ != "OK":
            raise self.Error(f"{command} failed: {data[0].decode('utf-8', 'replace')}")


def _quoted(user: str) -> str:
    """imaplib quotes the password of LOGIN, but not the user."""
    return user if _ATOM.fullmatch(user) else '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'
