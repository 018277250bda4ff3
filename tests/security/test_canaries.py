"""Secrets go in, and whatever happens, none comes out: not in a log, the store, a status, a crash, or /proc."""

from __future__ import annotations

import base64
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.end_to_end.test_letters_arrive import imap_table
from tests.rig import dovecot, employers, smtp
from tests.rig.installed import AT_ONCE, READER, Installed, expect, installed, letters
from tests.rig.maildir import Maildir
from tests.rig.proxy import Proxy
from tests.security import mails
from tests.security.canaries import files, leaks, spoken
from triage.wire import Tls

WRONG = "Falsches-Nilpferd"
PASSWORDS = {
    "IMAP password": dovecot.PASSWORD,
    "SMTP password": smtp.PASSWORD,
    "wrong password": WRONG,
    "SMTP sign-in": f"\0{READER}\0{smtp.PASSWORD}",
}
SECRETS = mails.SECRETS | PASSWORDS
COMMANDS = (
    ("status",), ("status", "--json"), ("log", "--json"), ("show", "1"), ("export",), ("letter", "--preview"),
    ("check",), ("show", "no-number"),
)  # fmt: skip
"""What a person may have a look with."""


# --- The net itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["", "x", "xy", "From: "])
@pytest.mark.parametrize(
    "written",
    [
        str.encode,
        lambda text: text.upper().encode(),
        lambda text: text.encode("utf-16"),
        lambda text: base64.b64encode(text.encode()),
        lambda text: base64.b64encode(text.encode("utf-16-be")),
        lambda text: text.encode().hex().encode(),
        lambda text: repr(text.encode()).encode(),
        lambda text: ascii(text).encode(),
    ],
)
def test_the_net_holds(before: str, written: object) -> None:
    assert callable(written)
    assert spoken(written(f"{before}{mails.SUBJECT} and more"), {"one": mails.SUBJECT}) == {"one"}
    assert spoken(written(f"{before}Zwetschgen and Quitten"), {"one": mails.SUBJECT}) == set()


# --- A whole life ---------------------------------------------------------------------------------------------------


@contextmanager
def _installation(folder: Path, imap: str, sink: smtp.Sink) -> Iterator[Installed]:
    program = installed(folder)
    (folder / "tmp").mkdir()
    program.environ.update(TMPDIR=str(folder / "tmp"), PYTHONFAULTHANDLER="1")
    program.configure(
        f'{imap}\n[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\nuser = "{READER}"\n'
        f'ca_file = "{sink.authority}"\n'
    )
    program.keep_password(name="triage.password.home")
    program.keep_password(smtp.PASSWORD, name="triage.courier.password")
    yield program


def _everything(program: Installed) -> list[tuple[str, bytes]]:
    """All that lies on the disk, but for the passwords where the reader has put them."""
    return list(files(program.folder, "credentials"))


def _asked(program: Installed) -> list[tuple[str, bytes]]:
    """What every command has to say, with --debug, so that nothing is held back."""
    done = [(command, program.triage("--debug", *command)) for command in COMMANDS]
    return [(" ".join(command), (one.out + one.err).encode()) for command, one in done]


def _in_proc(process: subprocess.Popen[str]) -> list[tuple[str, bytes]]:
    return [(name, Path(f"/proc/{process.pid}/{name}").read_bytes()) for name in ("cmdline", "environ", "comm")]


def _wrong_password(program: Installed) -> list[tuple[str, bytes]]:
    program.keep_password(WRONG, "triage.password.home")
    done = program.triage("--debug", "poll")
    assert done.code == 77, done.err
    program.keep_password(name="triage.password.home")
    return [("wrong password", (done.out + done.err).encode())]


def _cut_in_the_middle(program: Installed, account: Account, proxy: Proxy) -> None:
    """The connection breaks off within a mail, and comes back."""
    proxy.mute_after, proxy.allow = b"BODY.PEEK", 700
    account.client.append_all([(one, employers.yesterday()) for one in mails.plain().values()])
    expect(lambda: "WARNING" in program.said(), program.said)
    proxy.mute_after = None


def _aborted(program: Installed, service: subprocess.Popen[str]) -> None:
    """Python itself says where every thread was."""
    service.send_signal(signal.SIGABRT)
    assert service.wait(10) == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in program.said()


@pytest.mark.server
@pytest.mark.timeout(400)
def test_no_secret_is_anywhere_after_a_whole_life(tmp_path: Path, account: Account, proxy: Proxy) -> None:
    """All kinds of mail, a cut in the middle of one, a letter refused with its words, SIGABRT, and every command."""
    account.client.append(employers.ordinary())
    sign_in = {"IMAP sign-in": f"\0{account.user}\0{dovecot.PASSWORD}"}
    with (
        smtp.sink(tmp_path, Tls.IMPLICIT) as sink,
        _installation(tmp_path, imap_table(account, proxy.port), sink) as program,
    ):
        places = _wrong_password(program)
        sink.answers["."] = "451 4.7.1 Try again"
        service = program.start()
        program.await_polled(service)
        _cut_in_the_middle(program, account, proxy)
        expect(lambda: "could not be delivered" in program.said(), program.said)
        places += _in_proc(service)
        assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{service.pid}/limits").read_text())
        _aborted(program, service)
        places += _everything(program)
        del sink.answers["."]
        sink.forward = account.client.append
        account.client.append_all([(one, employers.yesterday()) for one in mails.awkward().values()])
        done = program.triage("--debug", "poll")
        assert done.code == 0, done.err
        places += [("poll", (done.out + done.err).encode()), *_asked(program), *_everything(program)]
    logged = {row["company"] for row in program.log()}
    assert {*employers.COMPANIES[:5], "Markup House", "Parcel Office", "Longwinded Press", "Garbled Works"} <= logged
    assert letters(account.client.bodies())
    assert leaks(places, SECRETS | sign_in) == []
    named = {leak.rpartition(": ")[0] for leak in leaks(places, {"employer": "Alderbridge Works"})}
    assert "store/triage.sqlite3" in named, "what may be kept is found, so what may not would be"
    assert not named & {"said", "poll", "wrong password", "status", "status --json", "check"}


@pytest.mark.server
def test_a_fault_is_told_without_the_words_it_was_about(tmp_path: Path) -> None:
    """A template of the reader's own that fails, and whose error quotes the letter."""
    inbox, program = Maildir(tmp_path / "inbox").make(), installed(tmp_path)
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "letter.txt.j2").write_text("{{ {}[letter.sections[0].paragraphs[0]] }}")
    program.configure(
        f'\n[[mailbox]]\nkind = "maildir"\npath = "{inbox.path}"\n\n[courier]\nkind = "maildir"\n'
        f'path = "{tmp_path / "letters"}"\n\n{AT_ONCE}templates = "{templates}"\n'
    )
    inbox.add(mails.mail("rejection", "Alderbridge Works").as_bytes(), employers.yesterday())
    done = program.triage("--debug", "poll")
    assert done.code == 70, done.err
    assert "UndefinedError" in done.err
    assert 'File "' in done.err, "a trace of where"
    assert leaks([("said", (done.out + done.err).encode())], SECRETS | {"employer": "Alderbridge Works"}) == []
