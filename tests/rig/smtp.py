"""A mail sink that speaks TLS and AUTH, keeps what it is given, and answers as it is told to."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.rig.ports import free_port
from triage.wire import Server, Tls

PASSWORD = "Batterie-Heftklammer"
READERS = frozenset({"reader@example.net", "robin@reader.example"})
"""Who may be written to, and by whom, in any test: the readers of all tests. A sink fails the test of anybody else."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A letter the sink took."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


@dataclass
class Sink:
    """A running sink. `answers` maps a stage (AUTH, MAIL, RCPT, DATA, or . for the end of the data) to a reply."""

    port: int
    tls: Tls
    authority: Path
    answers: dict[str, str] = field(default_factory=dict)
    letters: list[Accepted] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    """Every address that was ever given with MAIL FROM, and with RCPT TO: also where nothing was sent in the end."""
    recipients: list[str] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    """Whoever was named and is no reader; never emptied."""
    tokens: Callable[[str], str] | None = None
    """Whose an access token is, empty where it counts no more. With it, the sink takes tokens and no passwords."""
    forward: Callable[[bytes], None] = lambda _data: None
    """Gets each letter that is taken, to put it into a mailbox for instance."""
    readers: Set[str] = READERS
    """Who may be written to here."""

    def answer(self, stage: str, _envelope: Envelope) -> str:
        """The reply at this stage of a letter; empty for the usual one."""
        return self.answers.get(stage, "")

    def take(self, letter: Accepted, _envelope: Envelope) -> bool:
        """It is ours to deliver. False: the line is cut in place of the reply."""
        self.letters.append(letter)
        self.forward(letter.data)
        return True

    def server(self, user: str = "reader@example.net", port: int = 0, timeout: float = 5.0) -> Server:
        """Where to sign in; `port` of a proxy in front of the sink."""
        return Server("127.0.0.1", port or self.port, user, self.tls, self.authority, timeout)

    @staticmethod
    def password() -> str:
        return PASSWORD


Taking = TypeVar("Taking", bound=Sink)


class _Hooks:
    """What aiosmtpd asks about each step; the names are aiosmtpd's."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self._sink.senders.append(address)
        self._sink.strangers |= {address} - self._sink.readers
        envelope.mail_from = address
        return self._sink.answer("MAIL", envelope) or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self._sink.recipients.append(address)
        self._sink.strangers |= {address} - self._sink.readers
        reply = self._sink.answer("RCPT", envelope) or "250 OK"
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = self._sink.answer(".", envelope) or "250 Taken"
        if reply.startswith("2"):
            content = envelope.content
            data = content if isinstance(content, bytes) else b""
            letter = Accepted(envelope.mail_from or "", tuple(envelope.rcpt_tos), data)
            if not self._sink.take(letter, envelope) and isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
        return reply


class _TokenHooks(_Hooks):
    """The same, and how access tokens are shown (RFC 7628)."""

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802
        return await self._shown(server, words, b"user=", b"")

    async def auth_OAUTHBEARER(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802
        return await self._shown(server, words, b"n,a=", b"\x01")

    async def _shown(self, server: SMTP, words: list[str], before: bytes, heard: bytes) -> AuthResult:
        first, *fields = base64.b64decode(words[1]).split(b"\x01")
        user = first.removeprefix(before).rstrip(b",").decode()
        token = next(field for field in fields if field.startswith(b"auth=Bearer ")).removeprefix(b"auth=Bearer ")
        self._sink.sign_ins.append(f"{words[0]} {user}")
        assert self._sink.tokens is not None
        if "AUTH" in self._sink.answers:
            return AuthResult(success=False, handled=False, message=self._sink.answers["AUTH"])
        if self._sink.tokens(token.decode()) == user:
            return AuthResult(success=True, handled=False)
        told = b'{"status": "401", "schemes": "bearer", "scope": "%s"}' % token
        assert await server.challenge_auth(told) == heard, "a refusal is answered before it becomes a no"
        return AuthResult(success=False, handled=False)


class _Protocol(SMTP):
    """aiosmtpd, able to refuse the word DATA itself."""

    def __init__(self, sink: Sink, rules: ssl.SSLContext | None) -> None:
        def authenticate(
            _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
        ) -> AuthResult:
            sink.sign_ins.append(given.login.decode())
            if "AUTH" in sink.answers:
                return AuthResult(success=False, handled=False, message=sink.answers["AUTH"])
            return AuthResult(success=given.password.decode() == PASSWORD, handled=False)

        super().__init__(
            _TokenHooks(sink) if sink.tokens else _Hooks(sink),
            hostname="sink.example",
            tls_context=rules,
            require_starttls=rules is not None,
            authenticator=authenticate,
            auth_require_tls=False,
            auth_exclude_mechanism=["PLAIN", "LOGIN"] if sink.tokens else [],
        )
        self._sink = sink

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # aiosmtpd's name
        if self.envelope and (refused := self._sink.answer("DATA", self.envelope)):
            await self.push(refused)
            return
        await super().smtp_DATA(arg)


class _Running(Controller):
    def __init__(self, sink: Sink, rules: ssl.SSLContext | None) -> None:
        self._sink = sink
        self._starttls = rules if sink.tls is Tls.STARTTLS else None
        implicit = rules if sink.tls is Tls.IMPLICIT else None
        super().__init__(_Hooks(sink), hostname="127.0.0.1", port=sink.port, ssl_context=implicit)

    def factory(self) -> SMTP:
        return _Protocol(self._sink, self._starttls)


@contextmanager
def sink(
    directory: Path,
    tls: Tls = Tls.IMPLICIT,
    expires: datetime | None = None,
    tokens: Callable[[str], str] | None = None,
) -> Iterator[Sink]:
    """A sink on a port of its own; its authority is written into `directory`. Its certificate may have expired."""
    authority = trustme.CA()
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=expires).configure_cert(rules)
    path = directory / "sink-authority.pem"
    authority.cert_pem.write_to_path(path)
    with answering(Sink(free_port(), tls, path, tokens=tokens), rules) as taking:
        yield taking


@contextmanager
def answering(taking: Taking, rules: ssl.SSLContext | None = None) -> Iterator[Taking]:
    """This sink takes letters. Without `rules` it cannot speak TLS."""
    running = _Running(taking, rules)
    running.start()
    try:
        yield taking
    finally:
        running.stop()
    assert not taking.strangers, "a letter was addressed to somebody else"
