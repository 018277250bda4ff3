"""`triage check` as a person runs it: with real servers that are well, slow, silent, or not who they should be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tests.cli import test_bad_input as bad_input
from tests.cli.test_bad_input import sound
from tests.conftest import Account
from tests.rig import smtp
from tests.rig.client import mail
from tests.rig.installed import COMMAND, Finished, Installed, expect, installed
from tests.rig.listening import Listening
from tests.rig.ports import free_port
from triage.cli.check import check
from triage.cli.reload import reload
from triage.cli.settings import Settings
from triage.cli.status import status
from triage.errors import TriageError
from triage.store import Store
from triage.wire import Tls

pytestmark = pytest.mark.server


@pytest.fixture
def program(tmp_path: Path, account: Account) -> Installed:
    ready = installed(tmp_path)
    ready.environ["COLUMNS"] = "80"
    ready.configure(imap(account))
    ready.keep_password()
    return ready


def imap(account: Account, more: str = "", name: str = "home") -> str:
    return (
        f'\n[[mailbox]]\nname = "{name}"\nhost = "127.0.0.1"\nport = {account.dovecot.tls_port}\n'
        f'user = "{account.user}"\nca_file = "{account.dovecot.authority}"\n{more}'
    )


def called(command: click.Command, program: Installed, *options: str) -> Finished:
    """A command, run in this very process: that saves a second each time."""
    done = CliRunner(env=program.environ).invoke(command, options, obj=Settings(program.config))
    if isinstance(done.exception, TriageError):
        return Finished(done.exception.exit_code, done.stdout, str(done.exception))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Finished(done.exit_code, done.stdout, done.stderr)


def checked(program: Installed, *options: str) -> Finished:
    return called(check, program, *options)


def found(program: Installed, *options: str) -> dict[str, dict[str, Any]]:
    """What is said, by where and what."""
    told = json.loads(checked(program, "--json", *options).out)
    return {f"{one['where']}/{one['what']}".lstrip("/"): one for one in told}


def everything(folder: Path) -> dict[str, bytes]:
    """Every file there is below it, and every folder by its time."""
    seen = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return seen | {str(path): str(path.stat().st_mtime_ns).encode() for path in folder.rglob("*") if path.is_dir()}


def test_all_is_well_and_nothing_is_changed(program: Installed, account: Account) -> None:
    account.client.append_all([(mail(), None), (mail(), None)])
    program.triage("poll")
    before, flags = everything(program.folder), account.client.flags()
    done = program.triage("check")
    assert done.code == 0, done.out
    assert "WRONG" not in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert done.out.splitlines()[-1].startswith("Nothing is wrong")
    assert everything(program.folder) == before
    assert account.client.flags() == flags
    told = found(program)
    assert everything(program.folder) == before
    assert told["mailbox home/folder INBOX"]["how"] == "2 messages, 2 of the last 30 days"
    assert "TLS 1.3" in told["mailbox home/protection"]["how"]
    assert "systemd credential" in told["mailbox home/password"]["how"]
    assert told["log"]["how"].startswith("sound, ")
    assert "newest backup" in told["log"]["how"]
    assert told["mailbox home/Dovecot"]["verdict"] == "ok"


def test_offline_nobody_is_asked(program: Installed) -> None:
    program.configure(program.config.read_text().partition("[[mailbox]]")[2].join(["[[mailbox]]", ""]))
    told = found(program, "--offline")
    assert told["mailbox home/all else"]["verdict"] == "-"
    assert "mailbox home/connection" not in told


class Silent(Listening):
    """Takes connections and never says a word."""

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.recv(1 << 16)
            while connection.recv(1 << 16):
                pass


@contextmanager
def refusing() -> Iterator[int]:
    yield free_port()


@contextmanager
def silent() -> Iterator[int]:
    with Silent() as running:
        yield running.port


@pytest.mark.parametrize(
    ("other", "what", "says"), [(refusing, "connection", "takes no"), (silent, "protection", "no answer")]
)
def test_a_dead_server_holds_up_no_other_one(
    program: Installed, account: Account, other: Any, what: str, says: str
) -> None:
    with other() as port:
        dead = f'\n[[mailbox]]\nname = "dead"\nhost = "127.0.0.1"\nport = {port}\ntimeout_seconds = 1\n'
        program.configure(imap(account) + dead + '\n[courier]\nmailbox = "home"\n')
        program.keep_password(name="triage.password.home")
        program.keep_password(name="triage.password.dead")
        told = found(program)
    assert says in told[f"mailbox dead/{what}"]["how"]
    assert told[f"mailbox dead/{what}"]["code"] == 69
    assert told[f"mailbox dead/{what}"]["remedy"]
    assert "because there is no way to 127.0.0.1" in told["mailbox dead/all else"]["how"]
    assert told["mailbox home/folder INBOX"]["verdict"] == "ok"
    assert told["mailbox home/letters"]["verdict"] == "ok"


def test_a_password_that_is_refused_and_one_that_is_missing(program: Installed, account: Account) -> None:
    program.keep_password("Falsches-Nilpferd")
    done = checked(program)
    assert done.code == 77
    assert "triage login" in done.out
    assert "Nilpferd" not in done.out
    told = found(program)
    assert told["mailbox home/sign-in"]["verdict"] == "WRONG"
    assert told["mailbox home/all else"]["verdict"] == "-"
    (program.folder / "credentials" / "triage.password").unlink()
    told = found(program)
    assert (told["mailbox home/password"]["code"], told["mailbox home/protection"]["verdict"]) == (77, "ok")


def test_a_folder_that_is_missing_and_others_that_may_be_meant(program: Installed, account: Account) -> None:
    account.client.create("Bewerbungen")
    program.configure(imap(account, 'folders = ["INBOX", "Bewerbung"]\n'))
    done = checked(program)
    assert done.code == 66
    told = found(program)
    assert "Bewerbungen" in told["mailbox home/folder Bewerbung"]["remedy"]
    assert told["mailbox home/folder INBOX"]["verdict"] == "ok"
    assert '"Bewerbungen": not watched' in told["mailbox home/other folders"]["how"]


def test_a_certificate_that_nobody_vouches_for(program: Installed, account: Account) -> None:
    program.configure(imap(account).replace("ca_file", "#ca_file"))
    told = found(program)
    assert "does not know" in told["mailbox home/protection"]["how"]
    assert "ca_file" in told["mailbox home/protection"]["remedy"]
    assert "mailbox home/sign-in" not in told, "the password stays here"


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_the_server_that_takes_the_letters(program: Installed, account: Account, tls: Tls) -> None:
    with smtp.sink(program.folder, tls) as sink:
        courier = f'\n[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\ntls = "{tls.value}"\n'
        program.configure(imap(account) + courier + f'ca_file = "{sink.authority}"\n')
        program.keep_password(name="triage.password.home")
        program.keep_password(smtp.PASSWORD, name="triage.courier.password")
        told = found(program)
        assert told["letters/protection"]["verdict"] == "ok", told["letters/protection"]
        assert "signed in" in told["letters/by smtp"]["how"]
        program.configure(imap(account) + courier)
        told = found(program)
        assert told["letters/protection"]["verdict"] == "WRONG"
        assert told["letters/all else"]["verdict"] == "-"
    assert sink.recipients == []


@pytest.mark.parametrize(
    ("fault", "what", "code", "remedy"),
    [
        (bad_input.no_config, "configuration", 78, "triage init"),
        (bad_input.config_is_no_toml, "configuration", 78, "quotation marks"),
        (bad_input.own_template_is_broken, "templates", 78, "take [letters] templates out"),
        (bad_input.own_templates_are_missing, "templates", 78, "Check [letters] templates"),
        (bad_input.own_helplines_are_broken, "templates", 78, "Correct it"),
        (bad_input.store_is_damaged, "log", 74, "triage restore"),
        (bad_input.store_is_newer, "log", 74, "Install the newer version"),
        (bad_input.store_is_a_file, "log", 74, "[store] path"),
        (bad_input.store_cannot_be_made, "log", 74, "[store] path"),
        (bad_input.maildir_is_missing, "mailbox nowhere/folder", 66, "Check the path"),
    ],
)
def test_what_is_wrong_on_this_computer(
    tmp_path: Path, fault: bad_input.Fault, what: str, code: int, remedy: str
) -> None:
    program = installed(tmp_path)
    fault(program)
    told = found(program)
    assert (told[what]["verdict"], told[what]["code"]) == ("WRONG", code)
    assert remedy in told[what]["remedy"]
    assert [one for one in told.values() if one["code"]] == [told[what]], "and nothing else"


def test_every_fault_of_the_configuration_and_the_service_that_goes_on(program: Installed) -> None:
    sound(program)
    with program.running():
        assert "running, but nobody" in found(program)["service"]["how"]
        program.config.write_text(program.config.read_text() + "\n# a comment\n")
        assert found(program)["running service"]["remedy"] == "triage reload"
        program.config.write_text(program.config.read_text() + "\n[letters]\nhuor = 7\n")
        done = checked(program)
        assert done.code == 78
        assert "did you mean hour?" in " ".join(done.out.split())
        assert "goes on with the configuration as it was" in " ".join(done.out.split())


def test_the_unit_is_looked_at(program: Installed) -> None:
    sound(program)
    program.triage("install-service")
    told = found(program)["service"]
    assert told["verdict"] == "note"
    assert "systemd could not be asked" in told["how"]
    unit = program.folder / "xdg-config" / "systemd" / "user" / "triage.service"
    text = unit.read_text()
    line = next(one for one in text.splitlines() if one.startswith("ExecStart="))
    unit.write_text(text.replace(line, 'ExecStart="/opt/gone/bin/triage" run'))
    done = checked(program)
    assert done.code == 78
    assert "/opt/gone/bin/triage" in done.out
    assert "install-service --force" in done.out


SYSTEMCTL = """#!/bin/sh
printf 'LoadState=loaded\\nActiveState=failed\\nUnitFileState=enabled\\nResult=exit-code\\nExecMainStatus=77\\n'
printf 'NeedDaemonReload=no\\nFragmentPath=/x/triage.service\\n'
"""


def test_what_systemd_says_is_told(program: Installed) -> None:
    sound(program)
    program.triage("install-service")
    places = program.folder / "bin"
    places.mkdir()
    (places / "systemctl").write_text(SYSTEMCTL)
    (places / "systemctl").chmod(0o755)
    program.environ["PATH"] = f"{places}:{program.environ['PATH']}"
    told = found(program)["service"]
    assert (told["verdict"], told["code"]) == ("WRONG", 1)
    assert "exit code 77" in told["how"]
    assert "systemctl --user restart triage" in told["remedy"]


def test_rights_of_others(program: Installed) -> None:
    sound(program)
    Store(program.store).close()
    home = Path("/tmp") / f"triage-{os.getpid()}"
    shutil.copytree(program.folder, home)
    try:
        home.chmod(0o755)
        open_one = Installed(home, {**program.environ, "HOME": str(home)})
        text = program.config.read_text().replace(str(program.folder), str(home))
        open_one.config.write_text(text)
        open_one.config.chmod(0o644)
        assert "your address" in found(open_one)["rights"]["how"]
        (home / "store").chmod(0o755)
        (home / "store" / "triage.sqlite3").chmod(0o644)
        done = checked(open_one)
        assert done.code == 77
        assert "chmod go-rwx" in done.out
    finally:
        shutil.rmtree(home)


def test_reload_has_a_running_service_take_over_and_refuses_what_is_wrong(program: Installed) -> None:
    sound(program)
    assert "No service is running" in called(reload, program).err
    with program.running() as process:
        assert "already" in called(reload, program).err
        program.config.write_text(program.config.read_text() + '\n[service]\nlog_level = "error"\n')
        assert "`triage reload`" in called(status, program, "--json").out
        done = called(reload, program)
        assert (done.code, "now" in done.err) == (0, True), done
        assert "triage reload" not in called(status, program).out
        program.config.write_text(program.config.read_text() + "nonsense = 1\n")
        done = called(reload, program)
        assert (done.code, "nonsense" in done.err) == (78, True)
        assert process.poll() is None


def test_a_service_says_no_more_than_the_configured_log_level(program: Installed) -> None:
    sound(program)
    program.config.write_text(program.config.read_text() + '\n[service]\nlog_level = "error"\n')
    command = [*COMMAND, "--config", str(program.config), "run"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=program.environ) as process:
        try:
            expect((program.store / "triage.sqlite3").exists)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert process.stderr.read() == ""
