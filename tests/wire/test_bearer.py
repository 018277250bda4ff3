"""Signing in by access token: to a Dovecot that asks the authority about each, to a mail server, and to odd ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oauth.conftest import MemoryVault
from tests.rig import dovecot as rig
from tests.rig.authority import CLIENT, SCOPES, Authority, Fault, authority
from tests.rig.scripted import Scripted
from tests.rig.smtp import sink
from triage.errors import CredentialError, ServerError
from triage.mailbox.imap import ImapMailbox
from triage.oauth import Client, RevokedError, Tokens, grant, other
from triage.wire import Bearer, Password, Server, Tls, smtp
from triage.wire.bearer import MECHANISMS, Exchange
from triage.wire.faults import RefusedError
from triage.wire.imap import Session

CANARY = "token-geheim-4711"


class Given(Bearer):
    """Hands out these tokens, one after the other."""

    def __init__(self, *tokens: str, left: float = 100.0) -> None:
        self.remedy = "run `triage login work`"
        self._tokens = list(tokens)
        self._left = left
        self.given = 0

    def __call__(self) -> str:
        self.given += 1
        return self._tokens.pop(0)

    def renewed(self, refused: str) -> str:
        return self()

    def left(self) -> float:
        return self._left


# --- Real ones ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Town:
    """An authority, and a Dovecot that asks it about every token."""

    authority: Authority
    dovecot: rig.Dovecot

    def tokens(self, user: str = "robin") -> Tokens:
        url = self.authority.url
        there = other(f"{url}/authorize", f"{url}/token", f"{url}/device", f"{url}/revoke", SCOPES)
        client = Client(there, CLIENT, user, "triage login work")
        return Tokens(client, MemoryVault(self.authority.grants(user)), ask=grant.by_refresh)


@pytest.fixture(scope="module")
def running() -> Iterator[Town]:
    with authority() as there:
        dovecot = rig.start(introspection=f"{there.url}/introspect")
        try:
            yield Town(there, dovecot)
        finally:
            dovecot.stop()


@pytest.fixture
def town(running: Town) -> Town:
    """As nobody has used it before."""
    running.authority.end_all()
    running.authority.lasts, running.authority.skew = 3600, 0
    running.authority.asked.clear()
    return running


@pytest.mark.server
@pytest.mark.parametrize("tls", list(Tls))
def test_dovecot_takes_a_token_that_counts(town: Town, tls: Tls) -> None:
    tokens = town.tokens()
    for _ in range(2):
        session = Session(town.dovecot.server("robin", tls), tokens)
        assert session.examine("INBOX").name == "INBOX"
        assert 3000 < session.left <= 3480
        session.close()
    assert len(town.authority.asked) == 1, "one token for both"


@pytest.mark.server
def test_a_token_that_was_taken_back_early_is_made_anew_once(town: Town) -> None:
    tokens = town.tokens()
    tokens()
    town.authority.end_access()
    Session(town.dovecot.server("robin"), tokens).close()
    assert len(town.authority.asked) == 2


@pytest.mark.server
def test_the_servers_clock_counts_where_it_is_ahead_of_the_authoritys(town: Town) -> None:
    """To the mail server even a fresh one has ended: it is tried, and that is all."""
    tokens = town.tokens()
    tokens()
    town.authority.lasts = -10  # what is made from now on has ended before it is shown
    town.authority.end_access()
    with pytest.raises(CredentialError, match=r"refused this account \(invalid_token\).*run `triage login work`"):
        Session(town.dovecot.server("robin"), tokens)
    assert len(town.authority.asked) == 2


@pytest.mark.server
def test_the_token_of_somebody_else_is_refused_in_plain_words(town: Town) -> None:
    with pytest.raises(CredentialError, match="with the very account of this mailbox"):
        Session(town.dovecot.server("sam"), town.tokens("robin"))


@pytest.mark.server
def test_a_sign_in_that_has_ended_is_no_matter_of_the_mail_server(town: Town) -> None:
    tokens = town.tokens()
    Session(town.dovecot.server("robin"), tokens).close()
    town.authority.end_all()
    for _ in range(3):
        with pytest.raises(RevokedError, match="does not accept the sign-in any more"):
            Session(town.dovecot.server("robin"), tokens)
    assert len(town.authority.asked) == 2


@pytest.mark.server
def test_an_authority_that_is_away_is_no_wrong_password(town: Town) -> None:
    tokens = town.tokens()
    town.authority.faults["/token"] = [Fault(503)]
    with pytest.raises(ServerError, match="just now"):
        Session(town.dovecot.server("robin"), tokens)
    Session(town.dovecot.server("robin"), tokens).close()


@pytest.mark.server
def test_a_server_without_such_a_way_says_what_to_set(dovecot: rig.Dovecot) -> None:
    with pytest.raises(CredentialError, match='set sign_in = "password"'):
        Session(dovecot.server("robin"), Given(CANARY))


def let_in(server: Server, password: Password) -> None:
    with smtp.signed_in(server, password):
        pass


@pytest.mark.server
@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_a_mail_server_takes_a_token(tmp_path: Path, tls: Tls) -> None:
    owners = {"good": "reader@example.net"}
    with sink(tmp_path, tls, tokens=lambda token: owners.get(token, "")) as there:
        let_in(there.server(), Given("good"))
        let_in(there.server(), Given("ended", "good"))
        with pytest.raises(
            CredentialError, match=r"\(401\), with a fresh access token too: run `triage login work`"
        ) as no:
            let_in(there.server(), Given(CANARY, CANARY))
        assert CANARY not in str(no.value)
        there.answers["AUTH"] = "454 4.7.0 Temporary authentication failure"
        with pytest.raises(RefusedError, match="trying again may help"):
            let_in(there.server(), Given("good"))
        with pytest.raises(CredentialError, match='set sign_in = "oauth"'):
            let_in(there.server(), lambda: "pw")
        assert set(there.sign_ins) == {"OAUTHBEARER reader@example.net"}


@pytest.mark.server
def test_a_mail_server_without_such_a_way(tmp_path: Path) -> None:
    with sink(tmp_path) as there, pytest.raises(CredentialError, match='set sign_in = "password"'):
        let_in(there.server(), Given(CANARY))


# --- Odd ones -------------------------------------------------------------------------------------------------------


def told(told: object) -> bytes:
    return b"+ " + base64.b64encode(json.dumps(told).encode()) + b"\r\n"


def imap(answer: bytes, mechanisms: str = "AUTH=XOAUTH2") -> Scripted:
    capability = f"* CAPABILITY IMAP4rev1 {mechanisms}\r\n".encode() + b"%s OK done\r\n"
    return Scripted({"CAPABILITY": capability, "AUTHENTICATE": answer}, greeting=b"* OK ready\r\n")


FOR_THE_READER = [
    b"%s NO [AUTHENTICATIONFAILED] Invalid credentials\r\n",
    b"%s NO AUTHENTICATE failed. " + CANARY.encode() + b"\r\n",
    b"%s NO \r\n",
    b"%s NO [EXPIRED] token\r\n",
]
FOR_NOW = [
    b"%s NO [UNAVAILABLE] backend\r\n",
    b"%s NO [ALERT] Too many simultaneous connections. (Failure)\r\n",
    b"%s NO [THROTTLED] wait\r\n",
    b"* BYE Session invalidated " + CANARY.encode() + b"\r\n",
    b"%s BAD User is authenticated but not connected.\r\n",
    b"%s N",
]


@pytest.mark.parametrize("mechanisms", ["AUTH=XOAUTH2", "AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=PLAIN"])
@pytest.mark.parametrize(
    ("answer", "fault"), [*((a, CredentialError) for a in FOR_THE_READER), *((a, ServerError) for a in FOR_NOW)]
)
def test_whose_fault_it_is(answer: bytes, fault: type[Exception], mechanisms: str) -> None:
    with imap(answer, mechanisms) as scripted, pytest.raises(fault) as caught:
        Session(scripted.server(timeout=0.3), Given(CANARY, CANARY))
    assert CANARY not in str(caught.value)
    assert CANARY[:8] not in str(caught.value)
    names = [line.rpartition(" ")[2] for line in scripted.commands if " AUTHENTICATE " in line]
    assert set(names) == {"OAUTHBEARER" if "OAUTHBEARER" in mechanisms else "XOAUTH2"}
    assert len(names) == (2 if fault is CredentialError else 1), "one more try, and only where another token may do"


def test_passwords_where_only_tokens_are_taken() -> None:
    with imap(b"%s NO\r\n", "LOGINDISABLED AUTH=XOAUTH2") as scripted:
        with pytest.raises(CredentialError, match='set sign_in = "oauth"'):
            Session(scripted.server(), lambda: CANARY)
        assert not any(" LOGIN " in line for line in scripted.commands)


def test_a_line_break_never_reaches_the_server() -> None:
    with imap(b"+ \r\n") as scripted, pytest.raises(CredentialError, match="line break"):
        Session(scripted.server(), Given("a\r\nb"))
    assert not any("AUTHENTICATE" in line for line in scripted.commands)


SERVER = Server("imap.example.org", 993, "a=b,c@example.org")


def test_what_is_said_is_what_the_standards_have() -> None:
    bearer, google = (Exchange(name, SERVER, "tok") for name in MECHANISMS)
    assert bearer(b"") == (
        b"n,a=a=3Db=2Cc@example.org,\x01host=imap.example.org\x01port=993\x01auth=Bearer tok\x01\x01"
    )
    assert google(b"") == b"user=a=b,c@example.org\x01auth=Bearer tok\x01\x01"
    refusal = b'{"status":"invalid_token","scope":"x"}'
    assert (bearer(refusal), google(refusal)) == (b"\x01", b"")
    assert (bearer.status, google.status) == ("invalid_token", "invalid_token")
    assert (bearer(refusal), google(refusal)) == (None, None), "a server that asks for ever is given up"


@given(challenge=st.binary(max_size=300))
def test_whatever_a_server_asks_has_an_answer(challenge: bytes) -> None:
    exchange = Exchange("XOAUTH2", SERVER, CANARY)
    exchange(b"")
    assert exchange(challenge) == b""
    assert exchange.status == "" or exchange.status.replace("_", "").isalnum()


@pytest.mark.parametrize("status", [CANARY, 401, None, "x" * 31, ["401"], "\u0661"])
def test_only_a_word_is_a_status(status: object) -> None:
    exchange = Exchange("XOAUTH2", SERVER, CANARY)
    exchange(b"")
    exchange(json.dumps({"status": status}).encode())
    assert exchange.status == ""


@pytest.mark.server
def test_a_mailbox_goes_on_with_a_new_connection_when_its_token_ends(town: Town) -> None:
    for token in ("first", "second", "third"):
        town.authority.gives(token, "robin")
    lasting, ending = Given("first", "second", left=100), Given("first", "second", "third", left=0)
    for bearer in (lasting, ending):
        mailbox = ImapMailbox("work", town.dovecot.server("robin"), bearer)
        look = mailbox.unread("INBOX", None, datetime(2026, 1, 1, tzinfo=UTC))
        assert mailbox.unread("INBOX", look.upto, datetime(2026, 1, 1, tzinfo=UTC)).total == 0
        mailbox.close()
    assert (lasting.given, ending.given) == (1, 2)
