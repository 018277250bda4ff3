"""SIGHUP: a changed configuration is taken over by the running service, and a wrong one is left alone."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.end_to_end.test_letters_arrive import imap_table
from tests.rig import employers
from tests.rig.installed import Installed, expect, installed

pytestmark = pytest.mark.server


@pytest.fixture
def program(tmp_path: Path, account: Account) -> Installed:
    ready = installed(tmp_path)
    ready.configure(imap_table(account, account.dovecot.port))
    ready.keep_password()
    return ready


def wrong(account: Account) -> dict[str, tuple[str, str]]:
    """What can be wrong, and the words that name it."""
    table = imap_table(account, account.dovecot.port)
    return {
        "no TOML": ("[[mailbox", "config.toml"),
        "an unknown key": (table + '\ncolour = "red"\n', "colour"),
        "another store": (table, "takes a restart"),
    }


@pytest.mark.parametrize("case", ["no TOML", "an unknown key", "another store"])
def test_a_wrong_configuration_is_left_alone(program: Installed, account: Account, case: str) -> None:
    tables, words = wrong(account)[case]
    with program.running() as process:
        program.configure(tables)
        if case == "another store":
            text = program.config.read_text().replace(str(program.store), str(program.folder / "elsewhere"))
            program.config.write_text(text)
        process.send_signal(signal.SIGHUP)
        expect(lambda: "left as it was" in program.said(), program.said)
        assert words in program.said().partition("left as it was")[2]
        account.client.append(employers.rejection("Fernbridge Works"))
        expect(lambda: "1 rejection" in program.said(), program.said)
        assert process.poll() is None


def test_a_changed_one_holds_from_then_on(program: Installed, account: Account) -> None:
    account.client.create("Jobs")
    with program.running() as process:
        program.configure(imap_table(account, account.dovecot.port, '["INBOX", "Jobs"]'))
        process.send_signal(signal.SIGHUP)
        expect(lambda: "holds from now on" in program.said(), program.said)
        account.client.append(employers.rejection("Fernbridge Works"), folder="Jobs")
        account.client.append(employers.rejection("Heathmere Systems"))
        expect(lambda: "2 rejection" in program.said() or program.said().count("1 rejection") == 2, program.said)
        companies = {row["company"] for row in program.log()}
    assert process.returncode == 0
    assert companies == {"Fernbridge Works", "Heathmere Systems"}


def test_many_signals_at_once_are_one(program: Installed) -> None:
    with program.running() as process:
        for _ in range(20):
            process.send_signal(signal.SIGHUP)
        expect(lambda: "holds from now on" in program.said(), program.said)
        assert process.poll() is None
    assert process.returncode == 0
