"""Access tokens from a kept sign-in: when one is made, when none is, and that no refresh token gets lost."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading

import pytest

from tests.oauth.conftest import MemoryVault
from tests.rig.authority import CLIENT_SECRET, Authority, Fault
from triage.errors import CredentialError, ServerError
from triage.oauth import Client, Kept, RevokedError, Tokens, apart, grant
from triage.oauth.values import kept


class Clock:
    """Seconds, as somebody else tells them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(server: Authority) -> MemoryVault:
    return MemoryVault(server.grants("robin"))


@pytest.fixture
def tokens(client: Client, vault: MemoryVault, clock: Clock) -> Tokens:
    return Tokens(client, vault, clock, grant.by_refresh)


def test_a_token_is_made_once_and_used_until_shortly_before_its_end(
    server: Authority, tokens: Tokens, clock: Clock
) -> None:
    first = tokens()
    assert tokens.left() == pytest.approx(3600 - 120)
    clock.now += 3479
    assert tokens() == first
    clock.now += 2
    assert tokens.left() == 0
    assert tokens() != first
    assert len(server.asked) == 2


@pytest.mark.parametrize(("lasts", "left"), [(3600, 3480), (300, 180), (120, 60), (10, 5), (1, 0.5), (0, 0.5)])
def test_a_short_token_is_used_for_half_its_time(server: Authority, tokens: Tokens, lasts: int, left: float) -> None:
    server.lasts = lasts
    tokens()
    assert tokens.left() == pytest.approx(left)


@pytest.mark.parametrize("skew", [-90_000, 0, 90_000])
def test_no_clock_of_the_wall_matters(server: Authority, tokens: Tokens, skew: int) -> None:
    """Its server is a day before or behind us: a token is as good for as long as it says."""
    server.skew = skew
    tokens()
    assert tokens.left() == pytest.approx(3600 - 120)


def test_a_token_that_is_refused_is_made_anew_and_only_once_for_all_threads(server: Authority, tokens: Tokens) -> None:
    refused = tokens()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(tokens.renewed(refused))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert refused not in found
    assert len(server.asked) == 2


def test_a_sign_in_that_has_ended_is_shown_once_and_a_new_one_at_once(
    server: Authority, tokens: Tokens, vault: MemoryVault
) -> None:
    server.end_all()
    for _ in range(5):
        with pytest.raises(RevokedError, match="run `triage login work`"):
            tokens()
    assert len(server.asked) == 1, "an authority is not asked again and again what it has answered"
    vault.text = server.grants("robin")
    assert tokens() in server.access
    assert len(server.asked) == 2


def test_no_sign_in_at_all_is_for_the_person(client: Client, server: Authority) -> None:
    for ask in (Tokens(client, MemoryVault()), Tokens(client, MemoryVault()).require):
        with pytest.raises(CredentialError, match=r"no sign-in with 127\.0\.0\.1 yet: run `triage login work`"):
            ask()
    assert server.asked == []


def test_what_needs_no_network_asks_nobody(server: Authority, tokens: Tokens) -> None:
    tokens.require()
    assert server.asked == []


def test_trouble_of_the_server_passes_and_a_good_token_outlives_it(
    server: Authority, tokens: Tokens, clock: Clock
) -> None:
    server.faults["/token"] = [Fault(503), Fault(200, b"<html>")]
    for _ in range(2):
        with pytest.raises(ServerError):
            tokens()
    good = tokens()
    server.faults["/token"] = [Fault(503)]
    clock.now += 3600
    with pytest.raises(ServerError):
        tokens()
    assert tokens() != good


def test_a_refresh_token_that_is_exchanged_is_kept_before_anything_else(
    server: Authority, client: Client, clock: Clock
) -> None:
    server.rotates, server.secret = True, CLIENT_SECRET
    vault = MemoryVault(server.grants("robin"), CLIENT_SECRET)
    tokens = Tokens(client, vault, clock, grant.by_refresh)
    for turn in range(1, 6):
        tokens()
        assert len(vault.replaced) == turn
        assert kept(vault.text).refresh in server.refresh
        assert kept(vault.text).client_secret == CLIENT_SECRET
        clock.now += 4000
    # Another process, or this one after it died at any moment since: goes on with what is kept.
    assert Tokens(client, vault, clock, grant.by_refresh)() in server.access
    assert vault.entered == 6, "nobody else exchanges it meanwhile"


def test_one_that_cannot_be_kept_is_used_on_and_kept_when_that_works_again(
    server: Authority, tokens: Tokens, vault: MemoryVault, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    server.rotates, vault.broken = True, True
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            assert tokens() in server.access
            clock.now += 4000
    assert "locked" in caplog.text
    assert "refresh-" not in caplog.text
    vault.broken = False
    tokens()
    assert kept(vault.text).refresh in server.refresh


def test_two_processes_with_one_sign_in_do_not_use_it_up_for_each_other(
    server: Authority, client: Client, vault: MemoryVault, clock: Clock
) -> None:
    server.rotates = True
    service, command = (Tokens(client, vault, clock, grant.by_refresh) for _ in range(2))
    for _ in range(3):
        assert service() in server.access
        assert command() in server.access
        clock.now += 4000
    assert server.refresh, "a token used twice would have ended them all"


def test_nothing_shows_a_token(server: Authority, tokens: Tokens, vault: MemoryVault) -> None:
    token = tokens()
    shown = f"{tokens!r} {tokens.__class__!r} {kept(vault.text)!r}"
    assert token not in shown
    assert kept(vault.text).refresh not in shown


# --- In a process of its own ----------------------------------------------------------------------------------------


def test_it_is_done_elsewhere_and_the_libraries_stay_there(server: Authority, client: Client) -> None:
    server.secret, server.rotates = CLIENT_SECRET, True
    granted = apart.by_refresh(client, Kept(server.grants("robin"), CLIENT_SECRET))
    assert granted.access in server.access
    assert granted.refresh in server.refresh
    assert granted.seconds == 3600
    code = (
        "import sys\nfrom triage.oauth import Tokens, apart\nimport triage.cli.connecting\n"
        "print([name for name in ('authlib', 'requests', 'cryptography', 'keyring') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_what_goes_wrong_there_is_raised_here(server: Authority, client: Client) -> None:
    with pytest.raises(RevokedError, match="does not accept the sign-in any more") as gone:
        apart.by_refresh(client, Kept("no such token"))
    assert "no such token" not in str(gone.value)
    server.faults["/token"] = [Fault(503, headers=(("Retry-After", "77"),))]
    with pytest.raises(ServerError, match="just now") as away:
        apart.by_refresh(client, Kept("x"))
    assert away.value.retry_after == 77


@pytest.mark.parametrize("program", ["/no/such/python", "/bin/true", "/bin/false"])
def test_where_no_other_process_can_be_had_it_is_done_here(server: Authority, client: Client, program: str) -> None:
    assert apart.by_refresh(client, Kept(server.grants("robin")), (program,)).access in server.access
