"""Words of strangers stay words: in the database, in a spreadsheet, on a terminal, in a log, and never as a path."""

from __future__ import annotations

import csv
import io
import logging
import os
import random
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.at_work import BEFORE, MONTH, open_pipeline
from tests.core.letters.desk import at
from tests.fakes import FakeCourier
from tests.rig import employers
from tests.rig.installed import AT_ONCE, COMMAND, Installed, installed
from tests.rig.maildir import Maildir
from tests.rig.scripted import Scripted
from tests.security import mails, tracing
from tests.security.hostile import MARK, text
from tests.store.making import event
from triage.cli.exporting import log_table
from triage.core.acts import Act, Did
from triage.core.message import parse
from triage.core.values import Cursor, Details, Event, RawMessage
from triage.errors import TriageError
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.maildir import MaildirMailbox
from triage.service import Service, Watched
from triage.store import Store
from triage.wire.quoting import quote

STRINGS = 1_000
FORMULA = re.compile(r"\s*[=+@-]")


def storable(chance: random.Random) -> str:
    """SQLite keeps no half of a pair, and `core.message` lets none through (shown below)."""
    return text(chance).replace("\ud800", "")


def hostile_event(number: int, words: list[str]) -> Event:
    a, b, c, d, e, f, g, h, i, j = words
    details = Details(company=a, role=b, feedback=(c, d), reference=e, interview_at=f, deadline=g)
    return replace(
        event(f"key-{number}"), details=details, message_id=h, thread=(h, i), sender_domain=j, folder=i, mailbox=j
    )


def filled(folder: Path, seed: int = 1) -> tuple[Store, list[Event]]:
    """A store with hostile words wherever there is room for words of others."""
    chance, store = random.Random(seed), Store(folder)
    kept = [hostile_event(number, [storable(chance) for _ in range(10)]) for number in range(STRINGS // 10)]
    with store.writing() as work:
        kept = [replace(one, application=work.log.begin(one.details)) for one in kept]
        kept = [replace(one, id=work.log.record(one)) for one in kept]
        work.acts.keep(Act(Did.NOTE, at("2026-03-03 10:00"), text=storable(chance), letter=storable(chance)))
        work.notes.failed(storable(chance), storable(chance), at("2026-03-03 10:00"))
    return store, kept


# --- The database ---------------------------------------------------------------------------------------------------


def test_a_thousand_strings_are_kept_as_they_are_and_nothing_else_happens(tmp_path: Path) -> None:
    untouched = Store(tmp_path / "untouched")
    store, kept = filled(tmp_path / "store")
    with store.reading() as work, untouched.reading() as before:
        assert list(work.log.events()) == kept
        assert all(work.log.knows(one.key) for one in kept)
        assert not any(work.log.knows(one.details.company) for one in kept)
        schema = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        ours, fresh = (one.log.connection.exec_driver_sql(schema).all() for one in (work, before))
        assert ours == fresh
        assert work.log.connection.exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]
    store.close()
    untouched.close()


def test_what_is_read_from_a_mail_can_be_kept() -> None:
    """No half of a surrogate pair, which no file and no database takes, whatever the bytes are."""
    chance = random.Random(2)
    for _ in range(200):
        head = "".join(f"{name}: {text(chance)}\r\n" for name in ("From", "Subject", "Message-ID", "In-Reply-To", "To"))
        data = (head + "\r\n" + text(chance)).encode("utf-8", "surrogatepass") + bytes(chance.choices(range(256), k=40))
        read = parse(RawMessage(Cursor("home", "INBOX", 1, 1), BEFORE, data))
        repr(read).encode()
        for one in (read.subject, read.message_id, read.sender.name, read.text, read.quoted, *read.references):
            one.encode()


# --- The spreadsheet ------------------------------------------------------------------------------------------------


def test_no_cell_of_an_export_is_a_formula(tmp_path: Path) -> None:
    store, kept = filled(tmp_path)
    rows = list(csv.reader(io.StringIO(log_table(store))))
    store.close()
    assert len(rows) == len(kept) + 1
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if FORMULA.match(cell)]
    assert sum(MARK in cell for row in rows for cell in row) > STRINGS / 2


# --- The terminal ---------------------------------------------------------------------------------------------------


@pytest.mark.server
@pytest.mark.parametrize("command", [("log",), ("show", "1")], ids=" ".join)
def test_a_terminal_is_told_nothing_but_words(tmp_path: Path, command: tuple[str, ...]) -> None:
    program = installed(tmp_path)
    program.configure(f'\n[[mailbox]]\nkind = "maildir"\npath = "{tmp_path / "inbox"}"\n{COURIER}')
    filled(program.store)[0].close()
    done = program.triage(*command)
    assert done.code in (0, 1), done.err
    assert MARK in done.out
    assert not [c for c in done.out + done.err if not c.isprintable() and c != "\n"]
    assert "https://phish" not in done.out


COURIER = '\n[courier]\nkind = "maildir"\npath = "/nowhere"\n'


# --- The log --------------------------------------------------------------------------------------------------------


def test_whatever_a_server_says_is_quoted_on_one_line() -> None:
    chance = random.Random(3)
    for _ in range(STRINGS):
        said = quote(text(chance))
        assert said.isprintable()
        assert len(said) <= 120
        assert not re.search(r"\S@\S", said)


_WORDS = "\x1b[31mred\x1b]0;title\x07 \u202etxt.exe\u2028new line \x85 \x9b2J <0>forged priority \x08\x08".encode()
SERVERS = {
    "a no": {"EXAMINE": b"%s NO " + _WORDS + b"\r\n", "LIST": b"%s OK done\r\n"},
    "folders": {
        "EXAMINE": b"%s NO none\r\n",
        "LIST": b'* LIST () "/" "\x1b[31m../../etc"\r\n* LIST () "/" "INBOX/' + _WORDS + b'"\r\n%s OK done\r\n',
    },
    "a bye": {"EXAMINE": b"* BYE " + _WORDS + b"\r\n"},
    "no sign-in": {"LOGIN": b"%s NO " + _WORDS + b"\r\n"},
}


@pytest.mark.parametrize("answers", SERVERS.values(), ids=SERVERS)
def test_a_line_of_the_log_is_one_line(
    tmp_path: Path, answers: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "triage")
    pipeline, told = open_pipeline(tmp_path), ""
    with Scripted(answers) as server:
        watched = Watched(ImapMailbox("home", server.server(), lambda: "x"), 1, MONTH)
        try:
            Service(pipeline, [watched], FakeCourier()).poll(watched)
        except TriageError as error:
            told = str(error)
    pipeline.store.close()
    assert "127.0.0.1" in told
    assert all(line.isprintable() for line in [told, *(record.getMessage() for record in caplog.records)])


# --- Paths ----------------------------------------------------------------------------------------------------------


def climbing() -> bytes:
    """A mail in which everything that has a name is called by a way out of the folder."""
    name = f"../../../../../../tmp/{MARK}"
    message = mails.mail("rejection", "Ladder Works")
    message.add_attachment(b"x", maintype="application", subtype="zip", filename=name)
    message.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename=f"/tmp/{MARK}.ics")
    head = (
        f"Message-ID: <{name}@x.example>\r\nContent-Location: file:///tmp/{MARK}\r\nFrom: {name} <a@{MARK}.example>\r\n"
    )
    return head.encode() + message.as_bytes()


@pytest.mark.server
@pytest.mark.skipif(not tracing.ALLOWED, reason=tracing.MISSING)
def test_nothing_in_a_mail_becomes_a_path(tmp_path: Path) -> None:
    """Every path that the kernel is asked for, in a look that ends with a letter written and delivered."""
    program = _watching(tmp_path)
    assert program.triage("poll").code == 0
    Maildir(tmp_path / "inbox").add(climbing(), employers.yesterday())
    paths = tracing.paths(tmp_path / "trace", [*COMMAND, "--config", str(program.config), "poll"], program.environ)
    assert len(program.log()) == 1
    assert list((tmp_path / "letters" / "new").iterdir())
    assert any(path.endswith("triage.sqlite3") for path in paths)
    assert not [path for path in paths if MARK in path]


def _watching(folder: Path) -> Installed:
    inbox, program = Maildir(folder / "inbox").make(), installed(folder)
    program.configure(
        f'\n[[mailbox]]\nkind = "maildir"\npath = "{inbox.path}"\n\n[courier]\nkind = "maildir"\n'
        f'path = "{folder / "letters"}"\n\n{AT_ONCE}'
    )
    return program


@pytest.mark.parametrize("odd", ["pipe", "socket", "device", "folder", "loop"])
def test_what_is_no_mail_in_a_maildir_holds_nothing_up(tmp_path: Path, odd: str) -> None:
    inbox = Maildir(tmp_path / "inbox").make()
    inbox.add(employers.rejection("Alderbridge Works"), BEFORE + MONTH)
    path = inbox.path / "new" / "odd"
    makers: dict[str, Callable[[], None]] = {
        "pipe": lambda: os.mkfifo(path),
        "socket": lambda: os.mknod(path, 0o140600),
        "device": lambda: path.symlink_to("/dev/zero"),
        "folder": path.mkdir,
        "loop": lambda: path.symlink_to(path),
    }
    makers[odd]()
    found = MaildirMailbox("mine", inbox.path).unread("INBOX", None, BEFORE)
    with suppress(TriageError):
        assert [b"Alderbridge" in raw.data for raw in found.messages if raw.data][:1] == [True]
