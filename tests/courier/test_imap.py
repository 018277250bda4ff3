"""`ImapCourier` on a real Dovecot: delivered once, to this folder, and honest about what it does not know."""

from __future__ import annotations

import pytest

from tests.conftest import Account
from tests.rig.client import mail
from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from triage.courier import DeliveryError
from triage.courier.imap import ImapCourier
from triage.errors import ConfigError, CredentialError, InputError
from triage.wire import Server, Tls

ID = "<letter.1@triage.invalid>"
LETTER = mail("Ihr Brief", "Kopf hoch. The-very-end", message_id=ID)
WRITING = {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID SEARCH", "APPEND", "LIST", "LOGOUT"}


@pytest.mark.server
@pytest.mark.parametrize("tls", list(Tls))
@pytest.mark.parametrize("folder", ["INBOX", "Briefe & Größe"])
def test_a_letter_arrives_whole_unread_and_can_be_found(account: Account, tls: Tls, folder: str) -> None:
    if folder != "INBOX":
        account.client.create(folder)
    courier = ImapCourier(account.server(tls), account.password, folder)
    assert not courier.delivered(ID)
    courier.deliver(ID, LETTER)
    assert courier.delivered(ID)
    assert account.client.bodies(folder) == [LETTER]
    assert account.client.flags(folder) == {1: frozenset()}


@pytest.mark.server
def test_nothing_but_the_one_append_changes_anything(account: Account, proxy: Proxy) -> None:
    account.client.append(mail())
    courier = ImapCourier(account.through(proxy), account.password)
    courier.check()
    courier.deliver(ID, LETTER)
    courier.delivered(ID)
    names = proxy.commands.names()
    assert set(names) <= WRITING
    assert names.count("APPEND") == 1
    assert account.client.flags() == {1: frozenset(), 2: frozenset()}


@pytest.mark.server
def test_check_says_what_it_found(account: Account) -> None:
    server = account.server()
    assert f"127.0.0.1:{server.port}" in ImapCourier(server, account.password).check()
    with pytest.raises(CredentialError):
        ImapCourier(server, lambda: "falsch").check()
    with pytest.raises(InputError, match="Fehlt"):
        ImapCourier(server, account.password, "Fehlt").check()
    assert account.client.bodies() == []


@pytest.mark.server
@pytest.mark.parametrize("allow", [0, 1, 4, 8])
def test_an_answer_that_got_lost_is_ambiguous(account: Account, proxy: Proxy, allow: int) -> None:
    """And rightly so: here the letter has arrived."""
    proxy.mute_after, proxy.allow = b"The-very-end", allow
    courier = ImapCourier(account.through(proxy, timeout=1), account.password)
    with pytest.raises(DeliveryError) as caught:
        courier.deliver(ID, LETTER)
    assert (caught.value.ambiguous, caught.value.permanent) == (True, False)
    proxy.mute_after = None
    assert courier.delivered(ID)


@pytest.mark.server
@pytest.mark.parametrize("where", [b"CAPABILITY", b"AUTHENTICATE"])
def test_a_cut_before_the_letter_leaves_is_not_ambiguous(account: Account, proxy: Proxy, where: bytes) -> None:
    proxy.mute_after = where
    courier = ImapCourier(account.through(proxy, timeout=1), account.password)
    with pytest.raises(DeliveryError) as caught:
        courier.deliver(ID, LETTER)
    assert (caught.value.ambiguous, caught.value.permanent) == (False, False)
    assert account.client.bodies() == []
    with pytest.raises(DeliveryError):
        courier.delivered(ID)


@pytest.mark.server
def test_a_folder_that_does_not_exist_needs_a_person(account: Account) -> None:
    with pytest.raises(DeliveryError, match="TRYCREATE") as caught:
        ImapCourier(account.server(), account.password, "Fehlt").deliver(ID, LETTER)
    assert (caught.value.ambiguous, caught.value.permanent) == (False, True)


@pytest.mark.server
def test_a_wrong_password_keeps_the_letter(account: Account) -> None:
    with pytest.raises(DeliveryError, match="triage login") as caught:
        ImapCourier(account.server(), lambda: "falsch").deliver(ID, LETTER)
    assert (caught.value.ambiguous, caught.value.permanent) == (False, False)


REFUSALS = {
    "full": (b"%s NO [OVERQUOTA] Quota exceeded\r\n", False),
    "busy": (b"%s NO [INUSE] try later\r\n", False),
    "broken for now": (b"%s NO [SERVERBUG] Internal error\r\n", False),
    "no such folder": (b"%s NO [TRYCREATE] No such mailbox\r\n", True),
    "not allowed": (b"%s NO [NOPERM] Permission denied\r\n", True),
    "too big": (b"%s NO [TOOBIG] Message too large\r\n", True),
    "unknown": (b"%s BAD Error in command\r\n", True),
}


@pytest.mark.parametrize(("answer", "permanent"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("late", [False, True], ids=["before the letter", "after the letter"])
def test_refusals(answer: bytes, permanent: bool, late: bool) -> None:
    """A no is a no, whether it comes at once or once the letter has been read."""
    script = {"APPEND": b"+ go on\r\n", "APPEND END": answer} if late else {"APPEND": answer}
    with Scripted(script) as scripted, pytest.raises(DeliveryError) as caught:
        ImapCourier(scripted.server(), lambda: "secret").deliver(ID, LETTER)
    assert (caught.value.ambiguous, caught.value.permanent) == (False, permanent)


def test_plain_text_to_another_machine_is_refused_at_once() -> None:
    with pytest.raises(ConfigError):
        ImapCourier(Server("imap.example.org", 143, "reader", Tls.NONE), lambda: "secret")
