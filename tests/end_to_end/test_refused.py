"""A server that says no, through the whole program: the sentence, the exit code, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.end_to_end.test_letters_arrive import imap_table
from tests.rig import employers, smtp
from tests.rig.installed import READER, Finished, installed, letters
from triage.wire import Tls

pytestmark = pytest.mark.server


def polled(folder: Path, tables: str, password: str | None = None) -> Finished:
    program = installed(folder)
    program.configure(tables)
    program.keep_password(*([password] if password else []))
    return program.triage("poll")


def test_a_wrong_password(tmp_path: Path, account: Account) -> None:
    done = polled(tmp_path, imap_table(account, account.dovecot.port), "wrong-Pferd")
    assert done.code == 77
    assert "triage login" in done.err
    assert "wrong-Pferd" not in done.err + done.out


def test_a_certificate_nobody_vouches_for(tmp_path: Path, account: Account) -> None:
    table = imap_table(account, account.dovecot.tls_port).replace('tls = "none"', 'tls = "implicit"')
    done = polled(tmp_path, table)
    assert done.code == 69
    assert "certificate" in done.err
    assert "ca_file" in done.err


def test_a_certificate_that_is_vouched_for(tmp_path: Path, account: Account) -> None:
    trusted = f'tls = "implicit"\nca_file = "{account.dovecot.authority}"'
    table = imap_table(account, account.dovecot.tls_port).replace('tls = "none"', trusted)
    assert polled(tmp_path, table).code == 0


def test_a_folder_that_does_not_exist(tmp_path: Path, account: Account) -> None:
    account.client.create("Jobs")
    done = polled(tmp_path, imap_table(account, account.dovecot.port, '["Job"]'))
    assert done.code == 66
    assert '"Job"' in done.err
    assert "Jobs" in done.err, "what exists is named"


def test_a_letter_refused_for_good_is_kept_and_shown(tmp_path: Path, account: Account) -> None:
    with smtp.sink(tmp_path, Tls.IMPLICIT) as sink:
        sink.answers["RCPT"] = "550 No such person"
        program = installed(tmp_path)
        program.configure(
            imap_table(account, account.dovecot.port)
            + f'\n[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\nca_file = "{sink.authority}"\n'
        )
        program.keep_password(name="triage.password.home")
        program.keep_password(smtp.PASSWORD, name="triage.courier.password")
        program.triage("poll")
        account.client.append(employers.rejection("Alderbridge Works"), employers.yesterday())
        assert program.triage("poll").code == 0
        status = json.loads(program.triage("status", "--json").out)
        assert status["waiting"] == 1
        assert "550" in status["needs_you"][0]
        # Nothing is tried again by itself; when a person has been at work, the service is started anew.
        program.triage("poll")
        assert sink.recipients == [READER]
        del sink.answers["RCPT"]
        sink.forward = account.client.append
        with program.running():
            pass
    assert len(letters(account.client.bodies())) == 1
    assert json.loads(program.triage("status", "--json").out)["needs_you"] == []
