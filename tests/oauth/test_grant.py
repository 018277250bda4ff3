"""Asking an authority for tokens: what it may answer, and what is made of that."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from tests.rig.authority import CLIENT_SECRET, Authority, Fault
from triage.errors import CredentialError, ServerError, TriageError
from triage.oauth import Client, Kept, RevokedError, authorities, faults, grant
from triage.oauth.values import kept

CANARY = "refresh-geheim-4711"


def failing(client: Client, found: Kept = Kept(CANARY)) -> TriageError:  # noqa: B008  # it is frozen
    with pytest.raises(TriageError) as raised:
        grant.by_refresh(client, found)
    error = raised.value
    assert CANARY not in str(error)
    assert (error.__cause__, error.__context__) == (None, None), "what the libraries raise may hold what was sent"
    return error


def test_a_kept_sign_in_gives_an_access_token(server: Authority, client: Client) -> None:
    granted = grant.by_refresh(client, Kept(server.grants("robin")))
    assert (granted.access in server.access, granted.seconds) == (True, 3600)
    assert granted.access not in repr(granted)


def test_the_clients_secret_is_told_where_there_is_one(server: Authority, client: Client) -> None:
    server.secret = CLIENT_SECRET
    token = server.grants("robin")
    assert grant.by_refresh(client, Kept(token, CLIENT_SECRET)).access
    error = failing(client, Kept(token))
    assert isinstance(error, CredentialError)
    assert "--client-secret-stdin" in str(error)


NONSENSE = [
    b"",
    b"<html>sign in</html>",
    b"[]",
    b"{}",
    b'{"access_token": 7}',
    b'{"access_token": ""}',
    b"\xff\xfe",
    b'"text"',
    b"[" * 100_000,
    b'{"error": 7}',
]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("code", [200, 400, 403])
def test_nonsense_is_a_servers_fault_and_passes(server: Authority, client: Client, body: bytes, code: int) -> None:
    server.faults["/token"] = [Fault(code, body)]
    error = failing(client)
    # An error that is a number is still a refusal, if an odd one.
    assert isinstance(error, CredentialError if body == NONSENSE[-1] else ServerError)


@pytest.mark.parametrize(
    ("fault", "told", "retry_after"),
    [
        (Fault(500), r"just now \(500\)", None),
        (Fault(503, headers=(("Retry-After", "120"),)), r"just now \(503\)", 120.0),
        (Fault(429, b'{"error": "slow_down"}', headers=(("Retry-After", "99999"),)), r"just now \(429\)", 3600.0),
        (Fault(503, headers=(("Retry-After", "²"),)), r"just now \(503\)", None),
        (Fault(400, b'{"error": "temporarily_unavailable"}'), "just now", None),
        (Fault(302, headers=(("Location", "http://example.invalid/"),)), "not followed", None),
        (Fault(307, headers=(("Location", "/token2"),)), "not followed", None),
        (Fault(0), "cannot be reached", None),
        (Fault(200, b"x" * 300_000), "no end", None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_passes_by_itself(server: Authority, client: Client, fault: Fault, told: str, retry_after: float) -> None:
    server.faults["/token"] = [fault]
    error = failing(client)
    assert isinstance(error, ServerError)
    assert error.retry_after == retry_after
    with pytest.raises(ServerError, match=told):
        raise error
    assert len(server.asked) == 1, "nothing is followed, and nothing repeated"


def test_nobody_there(client: Client) -> None:
    closed = replace(client, authority=replace(client.authority, token="http://127.0.0.1:1/token"))
    assert isinstance(failing(closed), ServerError)


def test_nothing_is_sent_to_a_name_of_another_place(server: Authority, client: Client) -> None:
    elsewhere = replace(client, authority=replace(client.authority, token="http://example.invalid/token"))
    assert "not its own" in str(failing(elsewhere))
    assert server.asked == []


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("invalid_grant", RevokedError, "run `triage login work`"),
        ("consent_required", RevokedError, "administrator"),
        ("invalid_client", CredentialError, "check client_id"),
        ("unauthorized_client", CredentialError, "check client_id"),
        ("invalid_scope", CredentialError, "access to mail"),
        ("access_denied", CredentialError, "told no"),
        ("unheard_of", CredentialError, r"refused the sign-in \(unheard_of\)"),
        ("<b>" + CANARY, CredentialError, r"refused the sign-in: run"),
    ],
)
def test_a_refusal_is_for_the_person(
    server: Authority, client: Client, code: str, kind: type[Exception], told: str
) -> None:
    body = f'{{"error": "{code}", "error_description": "you sent {CANARY}"}}'
    server.faults["/token"] = [Fault(400, body.encode())]
    error = failing(client)
    assert type(error) is kind
    with pytest.raises(kind, match=told):
        raise error


def test_microsofts_numbers_are_told_because_people_can_look_them_up(client: Client) -> None:
    said = "AADSTS70008: The refresh token eyJhbGci has expired. Trace ID: 12"
    told = str(faults.of_code(client, "invalid_grant", said))
    assert "(AADSTS70008)" in told
    assert "eyJ" not in told
    assert "administrator" in str(faults.of_code(client, "invalid_grant", "AADSTS65001: no consent"))


@pytest.mark.parametrize(
    ("skew", "told"), [(0, ""), (200, ""), (-7200, "120 minutes ahead"), (7200, "120 minutes behind")]
)
def test_a_clock_that_is_wrong_is_told_beside_a_refusal(
    server: Authority, client: Client, skew: int, told: str
) -> None:
    server.skew = skew
    error = str(failing(client))
    assert ("clock" in error) == bool(told)
    assert told in error


def test_a_sign_in_is_revoked_where_that_can_be_done(server: Authority, client: Client) -> None:
    token = server.grants("robin")
    assert grant.revoke(client, Kept(token))
    assert token not in server.refresh
    assert not grant.revoke(replace(client, authority=replace(client.authority, revoke="")), Kept(token))
    assert len(server.asked_at("/revoke")) == 1


def test_the_page_proves_itself_and_names_nothing_secret(client: Client) -> None:
    page = grant.page(client, "http://127.0.0.1:7/", lambda size: "s" * size)
    query = parse_qs(urlsplit(page.address).query)
    assert query["code_challenge_method"] == ["S256"]
    assert page.verifier not in page.address
    assert query["state"] == [page.state]
    assert (query["login_hint"], query["redirect_uri"]) == (["robin"], ["http://127.0.0.1:7/"])
    assert page.verifier not in repr(page)


def test_what_was_kept_is_read_again() -> None:
    assert kept(Kept("a", "b").text) == Kept("a", "b")
    assert kept("1//bare-token\n") == Kept("1//bare-token")
    for broken in ('{"refresh_token"', '{"x": 1}'):
        with pytest.raises(CredentialError, match="cannot be read") as raised:
            kept(broken)
        assert raised.value.__context__ is None


@pytest.mark.parametrize("key", ["google", "microsoft", "yahoo"])
def test_the_known_authorities_are_asked_over_tls(key: str) -> None:
    found = authorities.authority(key)
    for address in (found.authorize, found.token, found.device, found.revoke):
        assert not address or address.startswith("https://")
    assert found.scopes


def test_a_tenant_is_whose_accounts_may_sign_in() -> None:
    assert "/contoso.example/" in authorities.authority("microsoft", "contoso.example").token
    assert "/common/" in authorities.authority("microsoft").device


def test_an_environment_with_a_netrc_changes_nothing(
    server: Authority, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login robin password {CANARY}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert grant.by_refresh(client, Kept(server.grants("robin"))).access
    assert grant.device_code(client, "").user == "ABCD-EFGH"
    assert CANARY not in str(server.asked)


def test_an_authority_that_cannot_prove_who_it_is_is_told_nothing(client: Client) -> None:
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(rules)
    heard: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            listening.accept()[0] as raw,
            rules.wrap_socket(raw, server_side=True) as peer,
        ):
            heard.append(peer.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        address = f"https://127.0.0.1:{listening.getsockname()[1]}/token"
        error = failing(replace(client, authority=replace(client.authority, token=address)))
    assert isinstance(error, ServerError)
    assert "cannot be reached to sign in (SSLError)" in str(error)
    assert b"".join(heard) == b""
