"""Our program as a person has it installed, for all parts: configured, with a store, and running as a service."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rig.dovecot import PASSWORD
from tests.rig.installed import AT_ONCE, Installed, installed
from triage.cli import build
from triage.cli.settings import Settings
from triage.pipeline import Pipeline
from triage.store import Store
from triage.store.folder import FILE

BOX = "measured"
"""The name of the mailbox in the configuration."""
TRIAGE = Path(sys.executable).with_name("triage")
COMMAND = (str(TRIAGE),) if TRIAGE.exists() else (sys.executable, "-m", "triage")
"""The command, as its reader types it."""
_LOOK = 0.004
"""Seconds between two looks at whether something has happened."""

IMAP = """
[[mailbox]]
name = "{name}"
host = "127.0.0.1"
port = {port}
tls = "none"
user = "{user}"
look_back_days = {days}
"""
MAILDIR = """
[[mailbox]]
kind = "maildir"
name = "{name}"
path = "{path}"
"""
LETTERS = """
[courier]
kind = "maildir"
path = "{path}"
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Where to sign in, a folder for what is written, and how many days of mail there are."""

    port: int
    user: str
    folder: Path
    days: int


def ours(account: Account) -> Installed:
    """Configured for this account; its letters go to a folder of its own."""
    program = installed(account.folder)
    box = IMAP.format(name=BOX, port=account.port, user=account.user, days=account.days)
    program.configure(box + LETTERS.format(path=maildir(account.folder / "letters")))
    program.keep_password()
    return program


def at_home(folder: Path) -> Installed:
    """Configured for a Maildir on this machine, which is empty; a letter is due whenever there is something to tell."""
    program = installed(folder)
    tables = MAILDIR.format(name=BOX, path=maildir(folder / "mail"))
    program.configure(AT_ONCE + tables + LETTERS.format(path=maildir(folder / "letters")))
    return program


def beside(folder: Path, boxes: str, names: tuple[str, ...]) -> Installed:
    """Configured with these mailboxes of these names; letters go to the inbox of the first one, at any hour."""
    program = installed(folder)
    program.configure(AT_ONCE + boxes)
    for name in names if len(names) > 1 else ():
        program.keep_password(PASSWORD, f"triage.password.{name}")
    if len(names) == 1:
        program.keep_password()
    return program


def maildir(path: Path) -> Path:
    """An empty Maildir."""
    for part in ("tmp", "new", "cur"):
        (path / part).mkdir(parents=True)
    return path


def pipeline(program: Installed, store: Store) -> Pipeline:
    """What a start of the service makes of its configuration."""
    return build.pipeline(Settings(program.config).config, store)


@contextmanager
def running(program: Installed, looks: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """The service, from when so many mailboxes have had their first look; stopped as systemd stops it."""
    process = started(program)
    try:
        until(lambda: said(program).count(" read, ") >= looks or process.poll() is not None, 120)
        if process.poll() is not None:
            raise RuntimeError(f"the service ended: {said(program)}")
        yield process
    finally:
        process.terminate()
        process.wait(20)


def started(program: Installed) -> subprocess.Popen[bytes]:
    """The service, from its first moment."""
    with (program.folder / "said").open("ab") as out:
        command = [sys.executable, "-m", "triage", "--config", str(program.config), "run"]
        return subprocess.Popen(command, stdout=out, stderr=out, env=program.environ)


def said(program: Installed) -> str:
    """All that the service has said."""
    with contextlib.suppress(FileNotFoundError):
        return (program.folder / "said").read_text(errors="replace")
    return ""


def until(happens: Callable[[], bool], seconds: float) -> float:
    """Look until it happens, and return when that was. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            raise TimeoutError(f"nothing happened within {seconds:.0f} s")
        time.sleep(_LOOK)
    return time.monotonic()


class Rows:
    """The log of a service at work, read from beside it."""

    def __init__(self, program: Installed) -> None:
        self._database = sqlite3.connect(f"file:{program.store / FILE}?mode=ro", uri=True)

    def has(self, message_id: str) -> bool:
        row = self._database.execute("SELECT 1 FROM event WHERE message_id = ?", (message_id,)).fetchone()
        return row is not None

    def close(self) -> None:
        self._database.close()
