"""Whatever the umask: every file and folder that we make is for its owner alone."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import employers
from tests.rig.installed import AT_ONCE, COMMAND, Installed, installed
from tests.rig.maildir import Maildir
from triage.courier.maildir import MaildirCourier
from triage.store import Store, copy

UMASKS = (0o000, 0o022)


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Of this process, and of those it starts."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """Everything below a folder that somebody else has a right to, links left alone."""
    found = [(path, path.lstat().st_mode) for path in folder.rglob("*") if not path.is_symlink()]
    assert found
    return {str(path.relative_to(folder)): stat.filemode(mode) for path, mode in found if mode & 0o077}


def program(folder: Path) -> Installed:
    """With a Maildir to watch that lies elsewhere, and one for the letters that is not there yet."""
    inbox = Maildir(folder.parent / "watched").make()
    made = installed(folder)
    made.environ["TMPDIR"] = str(folder / "tmp")
    (folder / "tmp").mkdir()
    made.configure(
        f'\n[[mailbox]]\nkind = "maildir"\npath = "{inbox.path}"\n\n[courier]\nkind = "maildir"\n'
        f'path = "{folder / "letters" / "deep"}"\n\n{AT_ONCE}'
    )
    assert made.triage("poll").code == 0
    inbox.add(employers.rejection("Alderbridge Works"), employers.yesterday())
    inbox.add(employers.interview("Birchfield Studio"), employers.yesterday())
    return made


@pytest.mark.server
@pytest.mark.parametrize("umask", [0], indirect=True)
def test_everything_that_commands_and_service_make(tmp_path: Path, umask: int) -> None:
    """Store, its log and index, lock, backups, letters, exports (one over an older file that all could read)."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    made = program(folder)
    for path in (folder / "config.toml", folder / "tmp"):
        path.chmod(path.stat().st_mode & 0o700)
    (folder / "all.json").write_text("an older export " * 10_000)
    (folder / "all.json").chmod(0o644)
    for command in (
        ("poll", "--dry-run"),
        ("export", "-o", str(folder / "all.json")),
    ):
        assert made.triage(*command).code == 0, command
    assert "an older" not in (folder / "all.json").read_text()
    with made.running():
        while_running = modes(folder)
        assert {"triage.sqlite3", "triage.sqlite3-wal", "triage.sqlite3-shm", "lock"} <= {
            path.name for path in made.store.iterdir()
        }
    assert list((folder / "letters" / "deep" / "new").iterdir())
    (folder / "said").chmod(0o600)
    assert {name: mode for name, mode in while_running.items() if name != "said"} == {}
    assert modes(folder) == {}


def test_the_program_itself_sets_the_umask(tmp_path: Path) -> None:
    code = "import os, sys; from triage.cli import _prepare; _prepare(); sys.stdout.write(oct(os.umask(0)))"
    done = subprocess.run([COMMAND[0], "-c", code], capture_output=True, text=True, check=True, umask=0)
    assert done.stdout == "0o77"


def test_the_store_alone(tmp_path: Path, umask: int) -> None:
    """Also where a library opens it, and not the program with its umask."""
    store = Store(tmp_path / "store")
    with store.writing() as work:
        work.notes.set("a", "b")
        assert modes(tmp_path) == {}
    copy(tmp_path / "store", tmp_path / "copy")
    store.close()
    assert modes(tmp_path) == {}


def test_a_store_that_was_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    Store(folder).close()
    for path in (folder, folder / "triage.sqlite3"):
        path.chmod(0o777)
    Store(folder).close()
    assert modes(tmp_path) == {}


def test_a_maildir_of_letters(tmp_path: Path, umask: int) -> None:
    MaildirCourier(tmp_path / "letters").deliver("<1@reader.example>", b"Subject: x\r\n\r\ny\r\n")
    assert len(modes(tmp_path)) == 0
    assert len(list((tmp_path / "letters" / "new").iterdir())) == 1


def test_no_secret_is_in_the_units() -> None:
    for unit in (Path(__file__).parents[2] / "systemd").iterdir():
        text = unit.read_text()
        assert "LimitCORE=0" in text
        assert "UMask=0077" in text
        assert not any(line.startswith(("SetCredential", "Environment=PASS")) for line in text.splitlines())
