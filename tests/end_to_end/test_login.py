"""A password is tried, kept in the keyring, and used from there; nothing that fails is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Account
from tests.end_to_end.test_letters_arrive import imap_table
from tests.rig import smtp
from tests.rig.dovecot import PASSWORD
from tests.rig.installed import Installed, installed
from triage.wire import Tls

pytestmark = pytest.mark.server


def with_a_keyring(folder: Path) -> Installed:
    program = installed(folder)
    program.environ["PYTHON_KEYRING_BACKEND"] = "tests.rig.ring.FileRing"
    program.environ["TEST_RING"] = str(folder / "ring.json")
    return program


def test_a_password_that_works_is_kept_and_used(tmp_path: Path, account: Account) -> None:
    program = with_a_keyring(tmp_path)
    program.configure(imap_table(account, account.dovecot.port))
    assert program.triage("poll").code == 77
    done = program.triage("login", "--stdin", stdin=PASSWORD + "\n")
    assert done.code == 0, done.err
    assert PASSWORD not in done.out + done.err
    assert program.triage("poll").code == 0
    assert "keyring" in program.triage("check").out


@pytest.mark.parametrize("given", ["wrong-Pferd", ""])
def test_a_password_that_does_not_work_is_not_kept(tmp_path: Path, account: Account, given: str) -> None:
    program = with_a_keyring(tmp_path)
    program.configure(imap_table(account, account.dovecot.port))
    assert program.triage("login", "--stdin", stdin=given + "\n").code == 77
    assert not (tmp_path / "ring.json").exists()


def test_each_server_has_its_own(tmp_path: Path, account: Account) -> None:
    with smtp.sink(tmp_path, Tls.IMPLICIT) as sink:
        program = with_a_keyring(tmp_path)
        program.configure(
            imap_table(account, account.dovecot.port)
            + f'\n[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\nca_file = "{sink.authority}"\n'
        )
        asked = program.triage("login", "--stdin", stdin=PASSWORD)
        assert asked.code == 66
        assert "home | courier" in asked.err
        assert program.triage("login", "home", "--stdin", stdin=PASSWORD).code == 0
        assert program.triage("login", "courier", "--stdin", stdin=PASSWORD).code == 77
        done = program.triage("login", "courier", "--stdin", stdin=smtp.PASSWORD)
        assert done.code == 0, done.err
        checked = program.triage("check")
        assert checked.code == 0, checked.out
