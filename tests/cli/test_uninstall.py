"""`triage uninstall`: what is taken away, what stays, and that it can be said twice."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.person import at_home, newcomer, typed, with_systemd
from tests.rig.installed import Finished, Installed
from tests.rig.systemd import Systemd
from triage.cli.wizard import begun
from triage.cli.wizard.answers import Answers
from triage.cli.wizard.begun import Begun
from triage.config.edit import keep
from triage.install import place_user_unit
from triage.store import Store, held
from triage.store.backup import daily


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    return newcomer(tmp_path)


@pytest.fixture
def manager(program: Installed) -> Systemd:
    return with_systemd(program)


@pytest.fixture
def full(program: Installed, manager: Systemd) -> Installed:
    """All that there can be: the service, the password, the settings with their copy, the log with a backup."""
    server = '[reader]\naddress = "robin@reader.example"\n[[mailbox]]\nhost = "127.0.0.1"\ntls = "none"\n'
    keep(program.config, server)
    keep(program.config, server + "# mine\n")
    (program.folder / "ring.json").write_text('{"triage:127.0.0.1 robin@reader.example": "korrekt"}')
    opened = Store(store(program))
    opened.close()
    daily(store(program), datetime.now(UTC))
    place_user_unit(Path(sys.executable), unit(program).parent, program.config)
    manager.begin()
    return program


def unit(program: Installed) -> Path:
    return program.folder / "xdg-config" / "systemd" / "user" / "triage.service"


def store(program: Installed) -> Path:
    return program.folder / "xdg-data" / "triage"


def ring(program: Installed) -> dict[str, str]:
    return dict(json.loads((program.folder / "ring.json").read_text()))


def lists(done: Finished) -> tuple[str, str]:
    """What was removed, and what is left."""
    removed, _, left = done.out.partition("Left:")
    return removed, left


def test_everything_but_the_log(full: Installed, manager: Systemd) -> None:
    done = typed(full, "uninstall", "--yes")
    assert done.code == 0, done.err
    removed, left = lists(done)
    for gone in ("triage.service", "in the keyring", "config.toml, ", "config.toml.before"):
        assert gone in removed
    assert "triage.sqlite3, " in left
    assert "backups/" in left
    assert "letters in your mailbox" in left
    assert (manager.running, unit(full).exists(), full.config.exists(), ring(full)) == (False, False, False, {})
    again = typed(full, "uninstall", "--yes")
    assert (again.code, "Removed" in again.out) == (0, False)
    assert "triage.sqlite3" in again.out


def test_the_log_as_well(full: Installed) -> None:
    done = typed(full, "uninstall", "--yes", "--purge")
    assert done.code == 0, done.err
    assert "triage.sqlite3, " in lists(done)[0]
    assert not store(full).exists()
    again = typed(full, "uninstall", "--yes", "--purge")
    assert "There is nothing of triage here" in again.out


def test_each_piece_is_asked_for(full: Installed, manager: Systemd) -> None:
    done = typed(full, "uninstall", stdin="n\ny\nn\nn\n")
    assert done.code == 0, done.err
    assert manager.running
    assert full.config.exists()
    assert not ring(full)
    assert (store(full) / "triage.sqlite3").exists()


def test_a_dry_run_removes_nothing(full: Installed, manager: Systemd) -> None:
    files = sorted(path for path in full.folder.rglob("*") if path.name != "calls")
    done = typed(full, "uninstall", "--dry-run", "--purge")
    assert "triage.sqlite3, " in done.out
    assert sorted(path for path in full.folder.rglob("*") if path.name != "calls") == files
    assert manager.running


def test_half_of_it_is_gone_already(full: Installed) -> None:
    full.config.unlink()
    unit(full).unlink()
    done = typed(full, "uninstall", "--yes", "--purge")
    assert done.code == 0, done.err
    assert not store(full).exists()


def test_a_set_up_that_was_stopped_is_undone_too(program: Installed) -> None:
    ring_file = program.folder / "ring.json"
    ring_file.write_text('{"triage:mail.example.org robin": "korrekt"}')
    with at_home(program):
        said = Answers(address="robin@example.org", host="mail.example.org", user="robin")
        begun.keep(begun.place(), Begun(program.config, said))
    done = typed(program, "uninstall", "--yes")
    assert "robin on mail.example.org, in the keyring" in lists(done)[0]
    assert ring(program) == {}
    assert not list((program.folder / "xdg-state").iterdir())


def test_a_unit_that_was_changed_is_only_stopped(full: Installed, manager: Systemd) -> None:
    unit(full).write_text(unit(full).read_text() + "# mine\n")
    done = typed(full, "uninstall", "--yes")
    assert "changed by hand" in lists(done)[1]
    assert unit(full).exists()
    assert not manager.running


def test_what_others_put_beside_it_stays(full: Installed) -> None:
    (store(full) / "notes.txt").write_text("mine")
    typed(full, "uninstall", "--yes", "--purge")
    assert [path.name for path in store(full).iterdir()] == ["notes.txt"]


def test_a_log_at_which_a_service_is_at_work_stays(full: Installed) -> None:
    with held(store(full)):
        done = typed(full, "uninstall", "--yes", "--purge")
    assert done.code == 75
    assert "triage.sqlite3" in lists(done)[1]


def test_nothing_is_removed_where_nobody_answers(full: Installed, manager: Systemd) -> None:
    done = typed(full, "uninstall")
    assert done.code == 2
    assert "--yes" in done.err
    assert manager.running


def test_not_both(program: Installed) -> None:
    assert typed(program, "uninstall", "--purge", "--keep-data").code == 2
