"""The journal's own protocol, on a real socket; and that every line the program logs has its name."""

from __future__ import annotations

import ast
import io
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.cli.events import EVENTS, FAILED, Happened, happened
from triage.cli.native import Journal, _packed

PACKAGE = Path(__file__).parents[2] / "triage"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def fields(datagram: bytes) -> dict[str, str]:
    """A datagram as the journal reads it: `NAME=value`, or `NAME`, eight bytes of length, and the value."""
    found = {}
    while datagram:
        line, _, rest = datagram.partition(b"\n")
        if b"=" in line:
            name, _, value = line.partition(b"=")
            datagram = rest
        else:
            size = int.from_bytes(rest[:8], "little")
            name, value, datagram = line, rest[8 : 8 + size], rest[8 + size + 1 :]
        assert name.isascii()
        assert name.decode().replace("_", "").isalnum()
        found[name.decode()] = value.decode()
    return found


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "socket"))
        made.settimeout(10)
        yield made


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    """A logger of its own, that tells the journal of the test; what else it says goes to `tmp_path`."""
    logger = logging.Logger("triage.watch")
    with (tmp_path / "stderr").open("w") as stream:
        handler = Journal(str(tmp_path / "socket"), stream)
        logger.addHandler(handler)
        yield logger
        handler.close()


def test_a_line_with_all_that_is_known_of_it(listening: socket.socket, log: logging.Logger, tmp_path: Path) -> None:
    log.warning("%s: %s", "Mailbox work", "mail.example.org:993 hung up.")
    told = fields(listening.recv(65536))
    assert int(told.pop("CODE_LINE")) > 0
    assert told == {
        "MESSAGE": "Mailbox work: mail.example.org:993 hung up.",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "triage",
        "TRIAGE_EVENT": "mailbox-failed",
        "MAILBOX": "work",
        "LOGGER": "triage.watch",
        "CODE_FILE": __file__,
        "CODE_FUNC": "test_a_line_with_all_that_is_known_of_it",
    }
    assert (tmp_path / "stderr").read_text() == ""


def test_what_stands_in_a_line_is_no_field(listening: socket.socket, log: logging.Logger) -> None:
    log.warning("%s: %s", "Mailbox a\nPRIORITY=0", "b\nMAILBOX=other\n")
    told = fields(listening.recv(65536))
    assert told["MESSAGE"] == "Mailbox a\nPRIORITY=0: b\nMAILBOX=other\n"
    assert (told["PRIORITY"], told["MAILBOX"]) == ("4", "a\nPRIORITY=0")


@given(st.text())
def test_any_words_come_back_as_they_were(words: str) -> None:
    sound = words.encode("utf-8", "replace").decode()
    assert fields(_packed("MESSAGE", words)) == {"MESSAGE": sound}


@pytest.mark.parametrize("big", [False, True])
def test_where_the_journal_does_not_take_it_the_line_goes_to_stderr(tmp_path: Path, *, big: bool) -> None:
    """With nobody there; and with a line that is too long for a datagram."""
    stream = io.StringIO()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        if big:
            listening.bind(str(tmp_path / "socket"))
        handler = Journal(str(tmp_path / "socket"), stream)
        told = {"name": "triage", "funcName": "f", "msg": "x" * 10_000_000 if big else "Stopped."}
        handler.emit(logging.makeLogRecord(told | {"levelno": logging.INFO, "pathname": "f.py", "lineno": 1}))
        handler.close()
    assert stream.getvalue().startswith("<6>xxx" if big else "<6>Stopped.\n")


def test_the_journal_may_be_started_anew(tmp_path: Path, log: logging.Logger) -> None:
    for line in ("one", "two"):
        (tmp_path / "socket").unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
            listening.bind(str(tmp_path / "socket"))
            listening.settimeout(10)
            log.error(line)
            assert fields(listening.recv(65536))["MESSAGE"] == line


@pytest.mark.parametrize(
    ("words", "told", "about"),
    [
        ("Mailbox %s: %d read, %s.", ("work", 3, "nothing new"), Happened("mailbox-read", "work")),
        ("%s: %s", ("Mailbox a: b", "gone"), Happened("mailbox-failed", "a: b")),
        ("%s: %s", ("Letters", "the disk is full"), Happened("letters-failed")),
        ("%s: %s", ("Backup", "the disk is full"), Happened("backup-failed")),
        ("A %s letter is written.", ("weekly",), Happened("letter-written")),
        ("Stopped.", (), Happened("stopped")),
        ("something new", (), Happened("")),
    ],
)
def test_what_a_line_is_about(words: str, told: tuple[object, ...], about: Happened) -> None:
    assert happened(logging.LogRecord("triage", logging.INFO, "x.py", 1, words, told, None)) == about


def logged(path: Path) -> Iterator[str]:
    """The words of each line that a module logs, as they stand there."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("log"), attr=level), args=[words, *_]) if level in LEVELS:
                yield str(words.value) if isinstance(words, ast.Constant) else ast.dump(words)


def test_every_line_has_its_name() -> None:
    """A line that is new, or worded anew, is entered into `triage.cli.events`; its name stays."""
    # The service for many (`hosting`) is another program.
    ours = [path for path in PACKAGE.rglob("*.py") if "hosting" not in path.parts]
    assert {words for path in ours for words in logged(path)} == EVENTS.keys() | {FAILED}


def test_the_names_are_documented() -> None:
    page = (PACKAGE.parent / "docs" / "your-data.md").read_text()
    names = {*EVENTS.values(), "mailbox-failed", "letters-failed", "backup-failed"}
    assert [name for name in names if f"`{name}`" not in page] == []


SAYS = """
import logging, os, sys
stream = os.fstat(2)
os.environ["JOURNAL_STREAM"] = f"{stream.st_dev}:{stream.st_ino}" if sys.argv[1] == "ours" else "8:1"
from triage.cli.journal import set_up_logging
set_up_logging(verbose=True, debug=False, journal=sys.argv[2])
logging.getLogger("triage.watch").info("Stopped.")
logging.getLogger("imapclient").error("words of a mail")
"""


@pytest.mark.parametrize("whose", ["ours", "of a terminal that was started by another service"])
def test_it_is_told_only_where_stderr_is_the_journal(listening: socket.socket, tmp_path: Path, whose: str) -> None:
    command = [sys.executable, "-c", SAYS, whose, str(tmp_path / "socket")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=PACKAGE.parent)
    listening.setblocking(False)
    if whose == "ours":
        assert fields(listening.recv(65536))["TRIAGE_EVENT"] == "stopped"
        assert done.stderr == ""
    else:
        assert done.stderr.endswith(" INFO    Stopped.\n")
    with pytest.raises(BlockingIOError):
        listening.recv(65536)
