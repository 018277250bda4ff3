"""`DraftsFolder` on a real Dovecot, and the proof over the source that a draft has no way out of it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.rig.client import mail
from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from tests.test_architecture import MODULES, PACKAGE, imports, named
from triage.courier import Courier
from triage.courier.drafts import DraftsFolder
from triage.courier.imap import ImapCourier
from triage.courier.maildir import MaildirCourier
from triage.courier.smtp import SmtpCourier
from triage.errors import ConfigError, CredentialError, InputError, ServerError
from triage.wire import Server, Tls
from triage.wire.faults import RefusedError

ID = "<draft.1@triage.invalid>"
DRAFT = mail("Eine Frage", "Guten Tag [Name]. The-very-end", message_id=ID)
LISTED = {
    "named": b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\HasNoChildren \\drafts) "/" Concepten\r\n%s OK done\r\n',
    "a number": b'* LIST (\\Drafts) "/" 2026\r\n%s OK done\r\n',
    "none": b'* LIST (\\HasNoChildren) "/" Drafts\r\n* LIST (\\Sent) "/" Sent\r\n%s OK done\r\n',
    "not to be opened": b'* LIST (\\NoSelect \\Drafts) "/" "[Mail]"\r\n* LIST (\\Drafts) "/" Concepten\r\n%s OK .\r\n',
}
FINDABLE = {"UID SEARCH": b"* SEARCH\r\n%s OK done\r\n", "APPEND": b"+ go on\r\n", "APPEND END": b"%s OK taken\r\n"}


@pytest.mark.server
@pytest.mark.parametrize("tls", list(Tls))
@pytest.mark.parametrize("folder", ["Drafts", "Entwürfe & Ideen"])
def test_a_draft_is_put_once_and_found(account: Account, tls: Tls, folder: str) -> None:
    account.client.create(folder)
    drafts = DraftsFolder(account.server(tls), account.password, folder)
    assert not drafts.holds(ID)
    assert drafts.put(ID, DRAFT)
    assert drafts.holds(ID)
    assert not drafts.put(ID, DRAFT)
    assert account.client.bodies(folder) == [DRAFT]
    assert account.client.flags(folder) == {1: frozenset({r"\Draft"})}
    assert account.client.bodies() == []


@pytest.mark.server
def test_the_folder_the_server_has_for_drafts(account: Account) -> None:
    with pytest.raises(ConfigError, match=r'\[drafts\] folder = "Drafts"'):
        DraftsFolder(account.server(), account.password).put(ID, DRAFT)
    account.client.create("Drafts")
    drafts = DraftsFolder(account.server(), account.password)
    assert "folder Drafts found" in drafts.check()
    assert account.client.bodies("Drafts") == []
    assert drafts.put(ID, DRAFT)
    assert account.client.bodies("Drafts") == [DRAFT]


@pytest.mark.parametrize(("listed", "name"), [("named", "Concepten"), ("a number", "2026")])
def test_it_is_known_by_what_it_is_for_and_not_by_its_name(listed: str, name: str) -> None:
    with Scripted({"LIST": LISTED[listed], **FINDABLE}) as scripted:
        assert DraftsFolder(scripted.server(), lambda: "secret").put(ID, DRAFT)
        (said,) = (line for line in scripted.commands if "APPEND" in line)
    assert f'"{name}" (\\Draft) ' in said


def test_one_that_cannot_be_opened_is_passed_over() -> None:
    with Scripted({"LIST": LISTED["not to be opened"], **FINDABLE}) as scripted:
        assert "folder Concepten" in DraftsFolder(scripted.server(), lambda: "secret").check()


def test_a_server_that_names_none_needs_a_person() -> None:
    with Scripted({"LIST": LISTED["none"], **FINDABLE}) as scripted:
        with pytest.raises(ConfigError, match="does not say which folder is for drafts"):
            DraftsFolder(scripted.server(), lambda: "secret").put(ID, DRAFT)
        assert not any("APPEND" in line for line in scripted.commands)


@pytest.mark.server
@pytest.mark.parametrize("allow", [0, 1, 4, 8])
def test_a_lost_answer_does_not_double(account: Account, proxy: Proxy, allow: int) -> None:
    """The server has the draft, we never hear of it, and the person asks again."""
    account.client.create("Drafts")
    drafts = DraftsFolder(account.through(proxy, timeout=1), account.password)
    proxy.mute_after, proxy.allow = b"The-very-end", allow
    with pytest.raises(ServerError, match="try"):
        drafts.put(ID, DRAFT)
    proxy.mute_after = None
    assert not drafts.put(ID, DRAFT)
    assert account.client.bodies("Drafts") == [DRAFT]


@pytest.mark.server
@pytest.mark.parametrize("where", [b"AUTHENTICATE", b"LIST", b"EXAMINE", b"SEARCH"])
def test_a_cut_before_it_left_puts_nothing(account: Account, proxy: Proxy, where: bytes) -> None:
    account.client.create("Drafts")
    proxy.mute_after = where
    with pytest.raises(ServerError):
        DraftsFolder(account.through(proxy, timeout=1), account.password).put(ID, DRAFT)
    assert account.client.bodies("Drafts") == []


@pytest.mark.server
def test_only_the_one_append_changes_anything(account: Account, proxy: Proxy) -> None:
    account.client.create("Drafts")
    account.client.append(mail(), folder="Drafts")
    drafts = DraftsFolder(account.through(proxy), account.password)
    drafts.check()
    drafts.put(ID, DRAFT)
    drafts.holds(ID)
    names = proxy.commands.names()
    assert set(names) <= {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID SEARCH", "APPEND", "LIST", "LOGOUT"}
    assert names.count("APPEND") == 1
    assert account.client.flags("Drafts") == {1: frozenset(), 2: frozenset({r"\Draft"})}


@pytest.mark.server
def test_what_is_wrong_is_said(account: Account) -> None:
    with pytest.raises(InputError, match='no folder "Fehlt"'):
        DraftsFolder(account.server(), account.password, "Fehlt").put(ID, DRAFT)
    with pytest.raises(CredentialError, match="triage login"):
        DraftsFolder(account.server(), lambda: "falsch").check()
    with pytest.raises(ConfigError):
        DraftsFolder(Server("imap.example.org", 143, "reader", Tls.NONE), lambda: "secret")


def test_a_refusal_is_one() -> None:
    answers = {"LIST": LISTED["named"], **FINDABLE, "APPEND END": b"%s NO [OVERQUOTA] full\r\n"}
    with Scripted(answers) as scripted, pytest.raises(RefusedError, match="OVERQUOTA"):
        DraftsFolder(scripted.server(), lambda: "secret").put(ID, DRAFT)


# --- No way out -----------------------------------------------------------------------------------------------------

SENDING = {"smtplib", "triage.wire.smtp", "triage.courier.smtp"}
BY_NAME = {
    "triage." + named(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in MODULES
}
DRAFTING = ("triage.core.draft", "triage.core.draft.words", "triage.courier.drafts")


def reached(module: str) -> set[str]:
    """Everything a module imports, and what that imports, also within functions."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        for name in _imported(BY_NAME[waiting.pop()]):
            if name not in found:
                found.add(name)
                waiting += [name] * (name in BY_NAME)
    return found


def _imported(path: Path) -> Iterator[str]:
    """With the packages around each module, and the modules that `from package import module` names."""
    for name in imports(path):
        parts = name.split(".")
        yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(name: str) -> set[str]:
    """The modules in which something of this name is called, on an object or by itself."""
    found = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and name in {getattr(node.func, "attr", ""), getattr(node.func, "id", "")}:
                found.add(named(path))
    return found


def words(path: Path) -> set[str]:
    """Every name and attribute in a module."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)} | {
        node.id for node in nodes if isinstance(node, ast.Name)
    }


@pytest.mark.parametrize("module", DRAFTING)
def test_what_makes_drafts_reaches_nothing_that_sends(module: str) -> None:
    assert reached(module) & (SENDING | {"triage.pipeline", "triage.service", "socket"}) <= {"socket"}


def test_the_search_for_ways_would_find_one() -> None:
    assert reached("triage.cli.build") >= SENDING
    assert reached("triage.courier.smtp") >= {"smtplib", "triage.wire.smtp"}
    assert "triage.wire.imap" in reached("triage.courier.drafts")


def test_the_command_takes_no_courier_and_no_outbox() -> None:
    path = PACKAGE / "cli" / "drafts.py"
    direct = set(_imported(path))
    assert not [name for name in direct if name in SENDING or name.startswith(("triage.courier", "triage.pipeline"))]
    assert not words(path) & {"courier", "deliver", "outbox", "enqueue", "pipeline", "send", "Composed", "SmtpCourier"}
    assert "put" in words(path)


def test_smtp_is_spoken_in_two_places_and_with_the_one_reader() -> None:
    assert {named(path) for path in MODULES if "smtplib" in set(imports(path))} == {"courier/smtp.py", "wire/smtp.py"}
    assert calls("sendmail") | calls("send_message") == set()
    source = (PACKAGE / "courier" / "smtp.py").read_text()
    assert source.count("rcpt") == 1
    assert "for tell in (connection.mail, connection.rcpt):\n            code, words = tell(self._reader)" in source
    assert {named(path) for path in MODULES if "rcpt" in words(path)} == {"courier/smtp.py"}


COURIERS = (Courier.deliver, ImapCourier.deliver, MaildirCourier.deliver, SmtpCourier.deliver)


@pytest.mark.parametrize("deliver", COURIERS)
def test_a_courier_is_told_no_recipient(deliver: Callable[..., None]) -> None:
    assert list(inspect.signature(deliver).parameters) == ["self", "message_id", "data"]


def test_only_a_composed_letter_comes_to_a_courier() -> None:
    """Couriers are called in one place, with a row of the outbox; rows are written in one, with what `compose` made.

    But for the one sample letter of `triage init`, which `compose` makes too, and no outbox has.
    """
    assert calls("deliver") - {"cli/demo.py", "demo/__init__.py"} == {
        "delivery.py",
        "hosting/fenced.py",
        "cli/wizard/sample.py",
    }
    assert calls("enqueue") == {"pipeline.py"}
    assert calls("Composed") == {"core/compose/__init__.py"}
    assert calls("append") & {"courier/imap.py", "courier/drafts.py"} == {"courier/imap.py", "courier/drafts.py"}
    assert calls("as_mail") == {"cli/drafts.py"}
    assert "draft" not in {name.rpartition(".")[2] for name in _imported(PACKAGE / "pipeline.py")}
