"""`triage encrypt` and `triage decrypt` as a person runs them, with the key in a keyring or given by systemd."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_bad_input import sound, table
from tests.cli.test_correct import receive
from tests.rig import employers
from tests.rig.installed import Installed, installed
from triage.store import FILE

pytest.importorskip("sqlcipher3", reason="encryption is an extra: pip install 'triage[encrypted]'")
pytestmark = [pytest.mark.server, pytest.mark.xdist_group("encrypting")]

KEY = "0f" * 32
ONE = ["Alderbridge Works"]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A plain log with one line, and a backup of it."""
    program = installed(tmp_path_factory.mktemp("original"))
    sound(program)
    program.triage("poll")
    receive(program, 1, employers.rejection(*ONE))
    program.triage("poll")
    program.triage("backup")
    return program


@pytest.fixture
def program(original: Installed, tmp_path: Path) -> Installed:
    """A copy of it, with a keyring that is a file."""
    copied = installed(Path(shutil.copytree(original.folder, tmp_path / "copy")))
    copied.environ["PYTHON_KEYRING_BACKEND"] = "tests.rig.ring.FileRing"
    copied.environ["TEST_RING"] = str(tmp_path / "ring.json")
    copied.configure(table(copied))
    return copied


def want(program: Installed, *, encrypted: bool) -> None:
    """Say in the configuration how the store is to be."""
    program.configure(table(program))
    text = program.config.read_text()
    program.config.write_text(text.replace("[store]\n", f"[store]\nencrypted = {str(encrypted).lower()}\n"))


def readable(program: Installed) -> list[str]:
    """Files of the store that can be read without a key."""
    files = [path for path in program.store.rglob("*") if path.is_file()]
    return [
        path.name for path in files if any(word in path.read_bytes() for word in (b"SQLite format", b"Alderbridge"))
    ]


def companies(program: Installed) -> list[str]:
    return [line["company"] for line in program.log()]


def test_encrypted_used_for_a_while_and_decrypted(program: Installed) -> None:
    assert len(readable(program)) >= 2
    want(program, encrypted=True)
    refused = program.triage("log")
    assert (refused.code, "triage encrypt" in refused.err) == (77, True)
    done = program.triage("encrypt")
    assert (done.code, "keyring" in done.err) == (0, True), done
    assert readable(program) == []
    assert companies(program) == ONE
    receive(program, 2, employers.acknowledgement("Birchfield Studio"))
    for command in (["poll", "--dry-run"], ["poll"], ["backup"], ["check"]):
        done = program.triage(*command)
        assert done.code == 0, (command, done)
    assert program.triage("forget", "--company", "Birchfield Studio", "--yes").code == 0
    assert program.triage("restore", "--yes").code == 0
    with program.running():
        assert companies(program) == ONE
    assert readable(program) == []
    want(program, encrypted=False)
    refused = program.triage("log")
    assert (refused.code, "encrypted = true is missing" in refused.err) == (74, True)
    assert program.triage("decrypt").code == 0
    assert companies(program) == ONE
    assert json.loads(program.triage("backup", "--list", "--json").out)[0]["fault"] == ""


def test_with_a_key_that_systemd_gives(program: Installed) -> None:
    program.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    want(program, encrypted=True)
    nowhere = program.triage("encrypt")
    assert (nowhere.code, "triage.store-key" in nowhere.err, "openssl rand" in nowhere.err) == (77, True, True)
    assert readable(program)
    program.keep_password(KEY, "triage.store-key")
    assert program.triage("encrypt").code == 0
    assert readable(program) == []
    assert companies(program) == ONE
    assert program.triage("encrypt", "--show-key").out == KEY + "\n"
    before = (program.store / FILE).read_bytes()
    for key, command, code in (("1e" * 32, "run", 74), ("short", "poll", 77), ("", "log", 77)):
        program.keep_password(key, "triage.store-key")
        done = program.triage(command)
        assert done.code == code, (command, done)
        assert len(done.err.splitlines()) == 1
        assert not key or key not in done.err
    (program.folder / "credentials" / "triage.store-key").unlink()
    assert program.triage("log").code == 77
    assert (program.store / FILE).read_bytes() == before


def test_the_configuration_is_asked_first(program: Installed) -> None:
    done = program.triage("encrypt")
    assert (done.code, "encrypted = true" in done.err) == (78, True)
    want(program, encrypted=True)
    done = program.triage("decrypt")
    assert (done.code, "encrypted = false" in done.err) == (78, True)
    assert readable(program)


def test_a_log_may_be_encrypted_from_the_first_day(program: Installed) -> None:
    shutil.rmtree(program.store)
    want(program, encrypted=True)
    assert program.triage("poll").code == 77
    assert program.triage("encrypt").code == 0
    assert program.triage("poll").code == 0
    assert readable(program) == []
    assert program.triage("log").code == 0
