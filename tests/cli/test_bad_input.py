"""Whatever is wrong, the person gets one clear sentence with the remedy, the right exit code, and no traceback."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig import employers
from tests.rig.installed import READER, Installed, installed
from tests.rig.ports import free_port

pytestmark = pytest.mark.server

Fault = Callable[[Installed], None]


def table(program: Installed, more: str = "", *, mailbox: str = "") -> str:
    inbox = program.folder / "inbox"
    where = mailbox or f'kind = "maildir"\npath = "{inbox}"\n'
    return f'\n[[mailbox]]\n{where}\n[courier]\nkind = "maildir"\npath = "{inbox}"\n{more}'


def sound(program: Installed) -> None:
    for name in ("", "tmp", "new", "cur"):
        (program.folder / "inbox" / name).mkdir(exist_ok=True)
    program.configure(table(program))


def no_config(program: Installed) -> None:
    program.config.unlink(missing_ok=True)


def config_is_no_toml(program: Installed) -> None:
    program.config.write_text("[reader\n")


def two_faults(program: Installed) -> None:
    program.config.write_text(f'[reader]\nadress = "{READER}"\n\n[[mailbox]]\nhost = "mail.example"\nport = 993000\n')


def plain_text_to_the_world(program: Installed) -> None:
    program.configure(table(program, mailbox='host = "mail.example"\ntls = "none"\n'))


def maildir_is_missing(program: Installed) -> None:
    sound(program)
    program.configure(table(program, mailbox=f'kind = "maildir"\npath = "{program.folder}/nowhere"\n'))


def nobody_answers(program: Installed) -> None:
    sound(program)
    where = f'host = "127.0.0.1"\nport = {free_port()}\ntls = "none"\n'
    program.configure(table(program, mailbox=where))
    program.keep_password()


def no_password(program: Installed) -> None:
    sound(program)
    program.configure(table(program, mailbox='host = "127.0.0.1"\nport = 1143\ntls = "none"\n'))


def with_a_log(program: Installed) -> None:
    """A log that a letter is due about, tomorrow at the earliest."""
    sound(program)
    program.triage("poll")
    (program.folder / "inbox" / "new" / "1.mail").write_bytes(employers.rejection("Alderbridge Works"))
    program.triage("poll")


def store_cannot_be_made(program: Installed) -> None:
    sound(program)
    program.config.write_text(program.config.read_text().replace(str(program.store), "/proc/triage"))


def store_is_damaged(program: Installed) -> None:
    sound(program)
    program.triage("poll")
    path = program.store / "triage.sqlite3"
    path.write_bytes(b"\x00" * 100 + path.read_bytes()[100:])


def store_is_newer(program: Installed) -> None:
    sound(program)
    program.triage("poll")
    with sqlite3.connect(program.store / "triage.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def store_is_a_file(program: Installed) -> None:
    sound(program)
    program.store.write_text("a file where the folder should be")


def own_template_is_broken(program: Installed) -> None:
    sound(program)
    (program.folder / "own").mkdir()
    (program.folder / "own" / "letter.txt.j2").write_text("{% if %}")
    program.configure(table(program, f'\n[letters]\ntemplates = "{program.folder}/own"\n'))


def own_templates_are_missing(program: Installed) -> None:
    sound(program)
    program.configure(table(program, f'\n[letters]\ntemplates = "{program.folder}/nowhere"\n'))


def own_helplines_are_broken(program: Installed) -> None:
    sound(program)
    (program.folder / "own").mkdir()
    (program.folder / "own" / "helplines.toml").write_text('[[line]]\ncountry = "GB"\nname = "The Listeners"\n')
    program.configure(table(program, f'\n[letters]\ntemplates = "{program.folder}/own"\n'))


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, the command that meets it, and what it must say."""

    fault: Fault
    command: tuple[str, ...]
    code: int
    says: tuple[str, ...]


CASES = (
    Case(no_config, ("poll",), 78, ("no configuration file", "config.example.toml")),
    Case(config_is_no_toml, ("poll",), 78, ("not TOML", "line 1")),
    Case(two_faults, ("check",), 78, ("adress", "address", "port")),
    Case(plain_text_to_the_world, ("poll",), 78, ("plain text",)),
    Case(maildir_is_missing, ("poll",), 66, ("nowhere",)),
    Case(nobody_answers, ("poll",), 69, ("127.0.0.1",)),
    Case(no_password, ("run",), 77, ("triage login",)),
    Case(no_password, ("check",), 77, ("triage login",)),
    Case(store_is_damaged, ("poll",), 74, ("damaged", "left as it is", "backup")),
    Case(store_is_damaged, ("log",), 74, ("damaged",)),
    Case(store_is_newer, ("run",), 74, ("newer version",)),
    Case(store_is_a_file, ("poll",), 74, ("cannot be written",)),
    Case(own_template_is_broken, ("poll",), 78, ("letter.txt.j2",)),
    Case(own_templates_are_missing, ("poll",), 78, ("templates",)),
    Case(own_helplines_are_broken, ("poll",), 78, ("no. 1 (GB, The Listeners)", "'numbers'")),
    Case(no_config, ("questions", "--show"), 78, ("no configuration file",)),
    Case(store_is_damaged, ("questions", "--show"), 74, ("damaged",)),
    Case(store_is_a_file, ("questions", "--win", "one talk"), 74, ("cannot be written",)),
    Case(sound, ("log",), 66, ("triage poll",)),
    Case(sound, ("scan", "/does/not/exist"), 66, ("/does/not/exist",)),
    Case(sound, ("explain", "/does/not/exist.eml"), 66, ("/does/not/exist.eml",)),
    Case(sound, ("scan", "/etc/hostname/nothing"), 66, ("cannot be read",)),
    Case(sound, ("login", "nobody"), 66, ("No mailbox", "password")),
    Case(sound, ("poll", "--dry"), 2, ("--dry-run",)),
    Case(sound, ("pol",), 2, ("poll",)),
    Case(sound, ("log", "--kind", "nonsense"), 2, ("rejection",)),
    Case(sound, ("demo", "--into", "/"), 66, ("exists already",)),
    Case(with_a_log, ("letter", "--html", "/nonexistent/x.html"), 73, ("/nonexistent/x.html",)),
    Case(with_a_log, ("export", "-o", "/nonexistent/x.json"), 73, ("/nonexistent/x.json",)),
    Case(with_a_log, ("log", "--days", "9999999999"), 2, ("36500",)),
    Case(store_cannot_be_made, ("check",), 74, ("/proc/triage", "cannot be")),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.fault.__name__}-{case.command[0]}")
def test_a_clear_sentence_and_a_code(case: Case, tmp_path: Path) -> None:
    program = installed(tmp_path)
    case.fault(program)
    before = _bytes(program)
    done = program.triage(*case.command)
    assert done.code == case.code, done
    said = done.err + (done.out if case.command == ("check",) else "")
    assert all(words in said for words in case.says), said
    assert "Traceback" not in said
    if case.code == 74:
        assert _bytes(program) == before, "an unusable store is left as it is"


def _bytes(program: Installed) -> bytes:
    path = program.store / "triage.sqlite3"
    return path.read_bytes() if path.is_file() else b""


def test_one_broken_mailbox_does_not_keep_the_other_from_being_read(tmp_path: Path) -> None:
    program = installed(tmp_path)
    nobody_answers(program)
    inbox = program.folder / "inbox"
    both = program.config.read_text() + f'\n[[mailbox]]\nname = "local"\nkind = "maildir"\npath = "{inbox}"\n'
    program.config.write_text(both)
    assert program.triage("poll").code == 69
    status = program.triage("status").out
    assert "local" in status
    assert "last read" in status


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 500, b"From: \xff\xfe\r\n\r\n", bytes(range(256)), b"Subject: =?utf-8?q?=0D=0AX?=\n\n\x1b]0;x\x07"],
)
def test_any_mail_whatsoever_can_be_explained(tmp_path: Path, data: bytes) -> None:
    program = installed(tmp_path)
    (tmp_path / "odd.eml").write_bytes(data)
    done = program.triage("explain", str(tmp_path / "odd.eml"))
    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    assert "Traceback" not in done.err
