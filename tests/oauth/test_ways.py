"""The ways to a lasting sign-in: by the browser of this machine, by an address that is pasted, by a code elsewhere."""

from __future__ import annotations

import http.client
import secrets
import socket
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.rig.authority import Authority, Fault
from triage.errors import CredentialError, InputError, TriageError
from triage.oauth import Client, Granted, device, grant
from triage.oauth.authorities import OUT_OF_BAND
from triage.oauth.loopback import Landing, code_in


def browse(address: str) -> str:
    """Open a page as a browser does, and go where it leads."""
    try:
        with urllib.request.urlopen(address, timeout=5) as page:
            return str(page.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())


def by_browser(client: Client) -> tuple[Granted, str]:
    with Landing(client) as landing:
        page = grant.page(client, landing.redirect, secrets.token_urlsafe)
        landing.expect(page.state)
        shown: list[str] = []
        browser = threading.Thread(target=lambda: shown.append(browse(page.address)))
        browser.start()
        code = landing.code(5)
        browser.join()
    return grant.by_code(client, "", page, code), shown[0]


def test_the_browser_brings_a_sign_in(server: Authority, client: Client) -> None:
    granted, shown = by_browser(client)
    assert granted.refresh in server.refresh
    assert "You are signed in" in shown
    assert "http" not in shown.replace("<!doctype html>", ""), "the page asks for nothing from anywhere"


@pytest.mark.parametrize(("redirect", "told"), [("http://127.0.0.1", "127.0.0.1"), ("http://localhost", "localhost")])
def test_the_browser_is_sent_to_the_name_that_the_authority_allows(client: Client, redirect: str, told: str) -> None:
    with Landing(replace(client, authority=replace(client.authority, redirect=redirect))) as landing:
        parts = urlsplit(landing.redirect)
        assert (parts.hostname, parts.path) == (told, "/")
        assert "not the one" in browse(landing.redirect)


def test_a_no_in_the_browser_is_told(server: Authority, client: Client) -> None:
    server.says_no = "access_denied"
    with pytest.raises(CredentialError, match=r"told no.*`triage login work`"):
        by_browser(client)
    assert server.refresh == {}


def test_only_the_one_who_was_sent_out_is_let_in(client: Client) -> None:
    """Anybody on this machine, and any page in the browser, can ask at this port."""
    with Landing(client) as landing:
        port = urlsplit(landing.redirect).port
        for path in (
            "/?code=theirs",
            "/?code=theirs&state=",
            "/?code=theirs&state=guess",
            "/favicon.ico",
            "/?" + "x" * 20_000,
        ):
            assert "signed in" not in browse(f"http://127.0.0.1:{port}{path}")
        landing.expect("the-state")
        for path in ("/?code=theirs", "/?code=theirs&state=guess", "/favicon.ico", "/?code=a&state=th%C3%A9"):
            assert "signed in" not in browse(f"http://127.0.0.1:{port}{path}")
        connection = http.client.HTTPConnection("127.0.0.1", port or 0, timeout=5)
        connection.request("POST", "/?code=theirs&state=the-state")
        assert connection.getresponse().status == 501
        connection.close()
        with socket.create_connection(("127.0.0.1", port or 0)):  # a browser that opens a connection ahead
            assert "signed in" in browse(f"http://127.0.0.1:{port}/?code=ours&state=the-state")
        assert "signed in" not in browse(f"http://127.0.0.1:{port}/?code=later&state=the-state"), "one is served"
        assert landing.code(5) == "ours"
        with pytest.raises(CredentialError, match="Nobody signed in"):
            landing.code(0)


def test_afterwards_the_port_is_closed(client: Client) -> None:
    with Landing(client) as landing:
        port = urlsplit(landing.redirect).port or 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


def test_an_address_is_pasted(server: Authority, client: Client) -> None:
    page = grant.page(client, "http://127.0.0.1:1/", secrets.token_urlsafe)
    request = urllib.request.Request(page.address)
    landed = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    landed.request("GET", request.selector)
    address = landed.getresponse().headers["Location"]
    landed.close()
    code = code_in(client, f"  {address}\n", page.state)
    assert grant.by_code(client, "", page, code).refresh in server.refresh
    with pytest.raises(TriageError, match="does not accept"):
        grant.by_code(client, "", page, code)


@pytest.mark.parametrize(
    "pasted",
    ["", "hello", "http://127.0.0.1:1/?code=x", "http://127.0.0.1:1/?code=x&state=other", "code", "[::1]?state=s\x00"],
)
def test_what_is_not_the_address_is_asked_for_again(client: Client, pasted: str) -> None:
    with pytest.raises(InputError, match="copy all of it"):
        code_in(client, pasted, "state-1")


def test_a_code_alone_will_do_where_the_page_shows_one(client: Client) -> None:
    shown = replace(client, authority=replace(client.authority, redirect=OUT_OF_BAND))
    assert code_in(shown, " abc123 \n", "state") == "abc123"


def test_a_code_is_entered_elsewhere(server: Authority, client: Client) -> None:
    server.pending, server.slow_downs = 3, 2
    rests: list[float] = []
    codes: list[grant.Code] = []
    granted = device.sign_in(client, "", codes.append, rests.append, lambda: sum(rests))
    assert granted.refresh in server.refresh
    assert [code.user for code in codes] == ["ABCD-EFGH"]
    assert rests == [5, 10, 15, 15, 15, 15], "slower each time that is asked for, and never faster again"


def test_a_server_that_is_away_for_a_moment_is_asked_more_rarely(server: Authority, client: Client) -> None:
    rests: list[float] = []

    def rest(seconds: float) -> None:
        rests.append(seconds)
        server.faults["/token"] = [Fault(503)] if len(rests) < 4 else []

    assert device.sign_in(client, "", lambda _code: None, rest, lambda: sum(rests)).access
    assert rests == [5, 10, 20, 40]


@pytest.mark.parametrize(
    ("says", "told"),
    [("access_denied", "told no"), ("expired_token", "not entered in time"), ("invalid_grant", "`triage login work`")],
)
def test_what_ends_the_waiting(server: Authority, client: Client, says: str, told: str) -> None:
    server.says_no = says
    with pytest.raises(CredentialError, match=told):
        device.sign_in(client, "", lambda _code: None, lambda _seconds: None)


def test_a_code_that_nobody_enters_ends_by_itself(server: Authority, client: Client) -> None:
    server.pending = 10_000
    rests: list[float] = []
    with pytest.raises(CredentialError, match=r"not entered in time.*get a new one"):
        device.sign_in(client, "", lambda _code: None, rests.append, lambda: sum(rests))
    assert sum(rests) == pytest.approx(600, abs=10)


def test_no_device_flow_for_this_scope(client: Client) -> None:
    """As Google answers for mail."""
    wrong = replace(client, authority=replace(client.authority, scopes=("https://mail.google.com/",)))
    with pytest.raises(CredentialError, match="access to mail"):
        device.sign_in(wrong, "", lambda _code: None)


@pytest.mark.parametrize(
    "body",
    [
        b'{"device_code": "d", "user_code": "\\u001b[2J", "verification_uri": "https://a/"}',
        b'{"device_code": "d", "user_code": "A"}',
        b'{"device_code": "d", "user_code": "A", "verification_uri": "https://a/", "expires_in": "soon"}',
    ],
)
def test_a_code_that_could_not_be_shown_is_nonsense(server: Authority, client: Client, body: bytes) -> None:
    server.faults["/device"] = [Fault(200, body)]
    with pytest.raises(TriageError, match="cannot be read"):
        grant.device_code(client, "")
