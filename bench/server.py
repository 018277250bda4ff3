"""A Dovecot that serves Maildirs: that of the tests, told where the mails lie. A user's folder is made of links."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.rig import dovecot as rig
from tests.rig.keyboard import Keyboard

_MORE = """
mail_location = maildir:{root}/mail/%u:INDEX={root}/index/%u:CONTROL={root}/control/%u
"""
_USUAL = "UID FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"
"""What a mail program asks of a folder that it shows."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server. Mails are on disk; its own index and cache too."""

    dovecot: rig.Dovecot

    @property
    def port(self) -> int:
        return self.dovecot.port

    def maildir(self, user: str) -> Path:
        return self.dovecot.root / "mail" / user

    def take(self, user: str, source: Path) -> None:
        """Give a user all mails of the Maildir `source`, and let the server number them once."""
        self.make(user)
        into = self.maildir(user) / "cur"
        for entry in os.scandir(source / "cur"):
            _link(entry.path, str(into / entry.name))
        self.open(user)

    def make(self, user: str) -> None:
        """Give a user an empty inbox."""
        for part in ("tmp", "new", "cur"):
            (self.maildir(user) / part).mkdir(parents=True)
        for place in (self.maildir(user), *self.maildir(user).iterdir()):
            hand_over(place)

    def open(self, user: str, *, used: bool = False) -> None:
        """Open the folder, as any program does; `used`: and show it, as a mail program does."""
        with Keyboard(self.port, user) as session:
            answer = session.say("EXAMINE INBOX")
            if used and b"* 0 EXISTS" not in answer:
                session.say(_USUAL)

    def renew(self, user: str, *, used: bool = False) -> None:
        """Forget what the server has learnt about the mails; UIDs stay. `used`: and learn what one program asks for."""
        self.rest()
        shutil.rmtree(self.dovecot.root / "index" / user, ignore_errors=True)
        if used:
            self.open(user, used=True)
            self.rest()

    def rest(self) -> None:
        """Wait until no session is left."""
        _await_end(_named(self.dovecot, "imap"))

    def cpu(self) -> float:
        """Seconds of processor time that all of the server has taken so far."""
        pids = [self.dovecot.process.pid, *_children(self.dovecot.process.pid)]
        return sum(_ticks(pid, reaped=number == 0) for number, pid in enumerate(pids)) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving() -> Iterator[Served]:
    """A server without a mail, until it is no longer needed. Raises RuntimeError where there is no Dovecot."""
    dovecot = rig.start()
    try:
        served = Served(dovecot)
        for part in ("mail", "index", "control"):
            (dovecot.root / part).mkdir()
            hand_over(dovecot.root / part)
        with (dovecot.root / "dovecot.conf").open("a") as file:
            file.write(_MORE.format(root=dovecot.root))
        old = _named(dovecot, "imap-login")
        dovecot.admin("reload")
        _await_end(old)  # or it is gone in the middle of a sign-in
        yield served
    finally:
        dovecot.stop()


def hand_over(place: Path) -> None:
    """Give a file or folder to the user that servers work as; that is another one only where we are root."""
    if os.geteuid() == 0:
        owner = pwd.getpwnam("nobody")
        os.chown(place, owner.pw_uid, owner.pw_gid)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _named(dovecot: rig.Dovecot, name: str) -> list[int]:
    return [pid for pid in _children(dovecot.process.pid) if _name(pid) == name]


def _await_end(pids: list[int]) -> None:
    """Until none of these processes is left, ten seconds at most."""
    end = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.02)


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _ticks(pid: int, *, reaped: bool) -> int:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(one) for one in fields[11 : 15 if reaped else 13])
    return 0
