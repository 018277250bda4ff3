"""The whole path on real mail: a mail arrives, the service notices it, logs it, and a letter lies in the inbox."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.rig import employers, smtp
from tests.rig.dovecot import Dovecot
from tests.rig.installed import AT_ONCE, READER, Installed, expect, installed, letters, text_of
from tests.rig.proxy import Proxy
from triage.core.compose import HEADERS
from triage.demo import Arrival, deliver
from triage.wire import Tls

pytestmark = pytest.mark.server

READING_ONLY = {
    "CAPABILITY", "LOGIN", "AUTHENTICATE", "NOOP", "LOGOUT", "LIST", "STATUS",
    "EXAMINE", "UID SEARCH", "UID FETCH", "IDLE", "APPEND",
}  # fmt: skip
"""Every command that may ever be seen. APPEND adds our own letters and changes nothing that was there."""


def imap_table(account: Account, port: int, folders: str = '["INBOX"]') -> str:
    return (
        f'\n[[mailbox]]\nname = "home"\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nuser = "{account.user}"\n'
        f"folders = {folders}\n\n{AT_ONCE}"
    )


def plant(account: Account) -> None:
    """What a morning brings: a no, an invitation, an acknowledgement, and a mail that is nobody's business."""
    mails = (
        employers.ordinary(),
        employers.rejection("Alderbridge Works"),
        employers.acknowledgement("Birchfield Studio"),
        employers.interview("Copperhaven Foods"),
    )
    account.client.append_all([(mail, employers.yesterday()) for mail in mails])


def kinds(rows: list[dict[str, object]]) -> list[tuple[object, object]]:
    return sorted((row["company"], row["kind"]) for row in rows)


EXPECTED = [
    ("Alderbridge Works", "rejection"),
    ("Birchfield Studio", "acknowledgement"),
    ("Copperhaven Foods", "interview"),
]


def test_from_an_imap_inbox_into_the_same_inbox(tmp_path: Path, account: Account, proxy: Proxy) -> None:
    program = installed(tmp_path)
    program.configure(imap_table(account, proxy.port))
    program.keep_password()
    account.client.append(employers.ordinary())
    account.client.flag(1, r"\Seen")
    with program.running() as service:
        plant(account)
        expect(lambda: told(letters(account.client.bodies())), program.said)
    assert service.returncode == 0
    assert kinds(program.log()) == EXPECTED
    check_letters(letters(account.client.bodies()))
    flags = account.client.flags()
    assert flags.pop(1) == {r"\Seen"}
    assert set(flags.values()) == {frozenset()}
    assert set(proxy.commands.names()) <= READING_ONLY
    fetched = [line for line in proxy.commands.lines if b"FETCH" in line and b"BODY" in line]
    assert fetched
    assert all(b" BODY[" not in line and b"(BODY[" not in line for line in fetched), "without PEEK it would be marked"
    check_silence(program)


def told(found: list[EmailMessage]) -> bool:
    """Everything that was planted is told: in one mail where it was read together, the good news first, else in two."""
    texts = " ".join(map(text_of, found))
    return "Copperhaven Foods" in texts and "Alderbridge Works" in texts


def check_letters(found: list[EmailMessage]) -> None:
    first, *more = sorted(found, key=lambda letter: "Worth a look" not in letter["Subject"])
    assert str(first["Subject"]).startswith("Worth a look")
    texts = text_of(first) + " ".join(map(text_of, more))
    assert texts.index("Copperhaven Foods") < texts.index("Alderbridge Works")
    assert len(more) <= 1
    for letter in found:
        assert set(letter.keys()) == HEADERS
        assert letter["To"].addresses[0].addr_spec == READER
        assert "Works" not in letter["Subject"]


def check_silence(program: Installed) -> None:
    """Not a word of a mail, an address or the password in the log of a service that was asked to say everything."""
    said = program.said()
    assert "Mailbox home" in said
    for secret in ("Alderbridge", "careful consideration", "jobs@", READER, "korrekt-Pferd", "Data Analyst"):
        assert secret not in said


def test_by_smtp(tmp_path: Path, account: Account) -> None:
    with smtp.sink(tmp_path, Tls.IMPLICIT) as sink:
        sink.forward = account.client.append
        program = installed(tmp_path)
        program.configure(
            imap_table(account, account.dovecot.port)
            + f'\n[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\nuser = "{READER}"\n'
            f'ca_file = "{sink.authority}"\n'
        )
        program.keep_password(name="triage.password.home")
        program.keep_password(smtp.PASSWORD, name="triage.courier.password")
        with program.running():
            plant(account)
            expect(lambda: told(letters(account.client.bodies())), program.said)
        assert set(sink.senders) == set(sink.recipients) == {READER}
    assert kinds(program.log()) == EXPECTED
    check_letters(letters(account.client.bodies()))


def test_from_a_maildir_into_a_maildir(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    for name in ("", "tmp", "new", "cur"):
        (inbox / name).mkdir()
    program = installed(tmp_path)
    program.configure(
        f'\n[[mailbox]]\nkind = "maildir"\npath = "{inbox}"\n\n'
        f'[courier]\nkind = "maildir"\npath = "{inbox}"\n\n{AT_ONCE}'
    )
    program.triage("poll")
    deliver(Arrival(employers.yesterday(), employers.rejection("Alderbridge Works")), inbox, 1)
    deliver(Arrival(employers.yesterday(), employers.acknowledgement("Birchfield Studio")), inbox, 2)
    deliver(Arrival(employers.yesterday(), employers.interview("Copperhaven Foods")), inbox, 3)
    program.triage("poll")
    program.triage("poll")
    assert kinds(program.log()) == EXPECTED
    check_letters(letters([path.read_bytes() for path in (inbox / "new").iterdir()]))


def test_the_first_run_looks_back_and_tells_it_in_one_letter(tmp_path: Path, account: Account) -> None:
    mails = [employers.rejection(company) for company in employers.COMPANIES[:12]]
    mails += [employers.interview(company) for company in employers.COMPANIES[12:15]]
    account.client.append_all([(mail, employers.yesterday()) for mail in mails])
    program = installed(tmp_path)
    program.configure(imap_table(account, account.dovecot.port))
    program.keep_password()
    with program.running():
        expect(lambda: len(letters(account.client.bodies())) == 1, program.said)
        account.client.append(employers.rejection("Heathwell Logistics"), employers.yesterday())
        expect(lambda: len(letters(account.client.bodies())) == 2, program.said)
    first, second = (text_of(letter) for letter in letters(account.client.bodies()))
    assert all(company in first for company in employers.COMPANIES[:15])
    assert "Heathwell Logistics" in second, second
    assert not any(re.search(company, second) for company in employers.COMPANIES[:12])


def test_several_folders_and_mailboxes_write_one_letter(tmp_path: Path, account: Account, dovecot: Dovecot) -> None:
    other = Account(dovecot, account.user + "-other")
    account.client.create("Jobs ü")
    program = installed(tmp_path)
    second = imap_table(other, account.dovecot.port).replace('"home"', '"work"').replace(AT_ONCE, "")
    program.configure(second + imap_table(account, account.dovecot.port, '["INBOX", "Jobs ü"]'))
    for name in ("home", "work"):
        program.keep_password(name=f"triage.password.{name}")
    program.triage("poll")
    account.client.append(employers.rejection("Alderbridge Works"), employers.yesterday())
    account.client.append(employers.rejection("Birchfield Studio"), employers.yesterday(), "Jobs ü")
    other.client.append(employers.rejection("Copperhaven Foods"), employers.yesterday())
    done = program.triage("poll", "--json")
    assert done.code == 0, done.err
    assert len(program.log()) == 3
    (letter,) = letters([*account.client.bodies(), *other.client.bodies()])
    assert all(name in text_of(letter) for name in ("Alderbridge Works", "Birchfield Studio", "Copperhaven Foods"))


def test_a_second_service_says_so_and_ends(tmp_path: Path, account: Account) -> None:
    program = installed(tmp_path)
    program.configure(imap_table(account, account.dovecot.port))
    program.keep_password()
    with program.running():
        for command in ("run", "poll"):
            done = program.triage(command)
            assert done.code == 75
            assert "Another triage service" in done.err
        assert '"running": true' in program.triage("status", "--json").out
    assert '"running": false' in program.triage("status", "--json").out
