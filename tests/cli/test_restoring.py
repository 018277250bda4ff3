"""`triage backup`, `triage restore` and what `triage forget` leaves, as a person runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_bad_input import sound, table
from tests.cli.test_correct import receive
from tests.rig import employers
from tests.rig.installed import AT_ONCE, Installed, installed
from triage.store import FILE, held

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("restoring")]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A log with a no, a backup of it, and a confirmation that came afterwards."""
    program = installed(tmp_path_factory.mktemp("original"))
    sound(program)
    program.configure(table(program, AT_ONCE.replace('hour = "00:00"', 'hour = "23:59"')))
    program.triage("poll")
    receive(program, 1, employers.rejection("Alderbridge Works"))
    program.triage("poll")
    assert program.triage("backup").code == 0
    receive(program, 2, employers.acknowledgement("Birchfield Studio"))
    program.triage("poll")
    return program


@pytest.fixture
def program(original: Installed, tmp_path: Path) -> Installed:
    """A copy of it, to be changed."""
    copied = installed(Path(shutil.copytree(original.folder, tmp_path / "copy")))
    copied.config.write_text(copied.config.read_text().replace(str(original.folder), str(copied.folder)))
    return copied


BOTH = ["Alderbridge Works", "Birchfield Studio"]


def companies(program: Installed) -> list[str]:
    return [line["company"] for line in program.log()]


def asked(program: Installed, *arguments: str) -> Any:
    done = program.triage(*arguments, "--json")
    assert (done.code, done.err) == (0, ""), done
    return json.loads(done.out)


def only_backup(program: Installed) -> Path:
    (path,) = (program.store / "backups").iterdir()
    return path


def spoil(path: Path) -> None:
    """The first page, but for its header: the list of tables is gone."""
    path.write_bytes(path.read_bytes()[:100] + bytes(3996) + path.read_bytes()[4096:])


def test_a_backup_is_made_and_listed(program: Installed) -> None:
    (one,) = asked(program, "backup", "--list")
    assert (one["lines"], one["fault"], one["path"]) == (1, "", str(only_backup(program)))
    assert program.triage("backup").code == 0
    (one,) = asked(program, "backup", "--list")
    assert one["lines"] == 2, "it takes the place of today's"
    spoil(only_backup(program))
    assert "is damaged" in program.triage("backup", "--list").out


def test_a_copy_elsewhere(program: Installed) -> None:
    target = program.folder / "mine"
    assert program.triage("backup", "-o", str(target)).code == 0
    assert target.stat().st_mode & 0o077 == 0
    assert len(asked(program, "backup", "--list")) == 1
    program.triage("forget", "--company", "Birchfield Studio", "--yes")
    assert program.triage("restore", str(target), "--yes").code == 0
    assert companies(program) == BOTH
    assert program.triage("backup", "-o", "/proc/mine").code == 73


def test_going_back_and_catching_up_again(program: Installed) -> None:
    """The mail that came since is read again, and logged once."""
    done = program.triage("restore", stdin="y\n")
    assert done.code == 0, done.err
    assert "Mail since then is read again" in done.err
    assert companies(program) == BOTH[:1]
    assert program.triage("poll").code == 0
    assert companies(program) == BOTH
    (aside,) = program.store.glob("*.replaced-*")
    assert program.triage("restore", str(aside), "--yes").code == 0
    assert companies(program) == BOTH


def test_nothing_is_done_without_a_yes(program: Installed) -> None:
    assert program.triage("restore", stdin="n\n").code != 0
    assert program.triage("restore", "--dry-run").code == 0
    told = asked(program, "restore", "--dry-run")
    assert (told["restored"], told["lines"], told["kept"]) == (False, 1, [])
    assert companies(program) == BOTH
    assert not list(program.store.glob("*.replaced-*"))
    assert not list(program.store.glob("*-new-*"))


def test_not_under_a_running_service(program: Installed) -> None:
    with held(program.store):
        done = program.triage("restore", "--yes")
        assert program.triage("restore", "--dry-run").code == 0, "looking is allowed"
    assert (done.code, "Stop that one first" in done.err) == (75, True)
    assert companies(program) == BOTH


def test_a_damaged_log_is_refused_by_every_command_and_the_way_back_is_named(program: Installed) -> None:
    spoil(program.store / FILE)
    before = (program.store / FILE).read_bytes(), only_backup(program).read_bytes()
    for command in (["log"], ["poll"], ["run"], ["backup"], ["forget", "--all", "--yes"]):
        done = program.triage(*command)
        assert (done.code, "triage restore" in done.err, "Traceback" in done.err) == (74, True, False), command
    assert ((program.store / FILE).read_bytes(), only_backup(program).read_bytes()) == before


def test_from_damage_to_a_whole_log_in_two_commands(program: Installed) -> None:
    spoil(program.store / FILE)
    told = asked(program, "restore", "--yes")
    assert (told["restored"], told["lines"], len(told["kept"])) == (True, 1, 1)
    assert program.triage("poll").code == 0
    assert companies(program) == BOTH


def test_a_log_that_is_gone_is_not_begun_anew(program: Installed) -> None:
    (program.store / FILE).unlink()
    for command in ("poll", "run"):
        done = program.triage(command)
        assert (done.code, "triage restore" in done.err) == (74, True)
    assert program.triage("restore", "--yes").code == 0
    assert companies(program) == BOTH[:1]


def test_a_backup_that_is_damaged_or_not_there_is_refused(program: Installed) -> None:
    assert program.triage("restore", "2020-01-01", "--yes").code == 66
    assert program.triage("restore", str(program.folder / "nowhere"), "--yes").code == 66
    spoil(only_backup(program))
    assert program.triage("restore", "--yes").code == 66
    assert program.triage("restore", str(only_backup(program)), "--yes").code == 74
    assert companies(program) == BOTH
    assert program.triage("restore", "--yes", "--json").out == ""


@pytest.mark.parametrize("command", ["backup", "restore", "encrypt", "decrypt"])
def test_each_explains_itself(tmp_path: Path, command: str) -> None:
    done = installed(tmp_path).triage(command, "--help")
    assert done.code == 0
    assert len(done.out.splitlines()) >= 6


# What is forgotten.

COMPANY, ROLE = "Zylophant Works", "Quincewright"
FEEDBACK = "We felt that your experience with quibblewort pipelines was not deep enough for this role."
NOTE = "The tall one asked about pelicans"
EVENING = "a bath and an ottolinde film"
CANARIES = ("Zylophant", "zylophant", "Quincewright", "quibblewort", "pelicans", "ottolinde")


def traces(folder: Path) -> set[tuple[str, str]]:
    """Each canary, and the file below `folder` that holds it, in whatever letters SQLite, JSON or a mail write it."""
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {(canary, name) for canary in CANARIES for name, data in files.items() if canary.encode() in data}


@pytest.fixture
def marked(program: Installed) -> Installed:
    """Canaries in every place that remembers: the log, a letter, a note, an answer, backups, a store put aside."""
    no = employers.rejection(COMPANY, ROLE).replace(b"Kind regards", FEEDBACK.encode() + b"\n\nKind regards")
    receive(program, 3, no)
    program.triage("poll")
    line = next(one for one in program.log() if one["company"] == COMPANY)
    assert (line["role"], line["feedback"]) == (ROLE, [FEEDBACK])
    assert program.triage("note", str(line["application"]), NOTE).code == 0
    assert program.triage("questions", "--evening", EVENING).code == 0
    asked(program, "backup")
    shutil.copyfile(only_backup(program), program.store / "backups" / "triage-2026-03-02.sqlite3")
    assert program.triage("restore", "--yes").code == 0
    assert {canary for canary, _ in traces(program.store)} == set(CANARIES)
    assert len({name for _, name in traces(program.store)}) >= 4
    return program


def test_everything_forgotten_is_in_no_file_any_more(marked: Installed) -> None:
    assert marked.triage("forget", "--all", "--yes").code == 0
    assert traces(marked.store) == set()
    assert len(asked(marked, "backup", "--list")) == 1


def test_one_company_forgotten_is_in_no_file_any_more(marked: Installed) -> None:
    done = marked.triage("forget", "--company", COMPANY, "--yes")
    assert (done.code, "backups" in done.err) == (0, True)
    assert {canary for canary, _ in traces(marked.store)} == {"ottolinde"}, "an answer is about no company"
    assert companies(marked) == BOTH
    (one,) = asked(marked, "backup", "--list")
    assert (one["lines"], one["fault"]) == (2, "")


def test_with_the_service_running_the_trace_is_gone_too(marked: Installed) -> None:
    with marked.running():
        assert marked.triage("forget", "--all", "--yes").code == 0
        assert traces(marked.store) == set()
    assert traces(marked.store) == set()
