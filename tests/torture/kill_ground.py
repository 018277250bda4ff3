"""Where scenarios are played: a world with a mail sink and a nursery, and one reader's place in it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.rig import dovecot as rig
from tests.rig import smtp
from tests.rig.installed import READER, letters
from tests.rig.maildir import Maildir
from tests.torture import kill_runs
from tests.torture.world import NOW, Ending, Nursery, Place, World, world
from triage.wire import Tls

LOOK, POLL, COMMAND, CREATE, DECRYPT = (
    f"{kill_runs.__name__}:{name}" for name in ("look", "look_and_copy", "command", "create", "encrypt_and_decrypt")
)
_ENDS = frozenset({"01", "08"})
"""Of a connection in /proc/net/tcp that the server has not closed: open, or closed by us alone."""
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Run:
    """One call in a child: a look, or the words of a command, which has the machine's own clock. `at`: of the look."""

    at: datetime = NOW
    words: tuple[str, ...] = ()
    call: str = LOOK

    @property
    def arguments(self) -> dict[str, str]:
        return {"words": json.dumps(self.words)} if self.words else {"now": self.at.isoformat()}


def command(*words: str, at: datetime = NOW) -> Run:
    """`at` is when the program looks again afterwards."""
    return Run(at, words, COMMAND)


@dataclass(frozen=True, slots=True)
class Ground:
    """What one worker has: nobody else is at work in it."""

    world: World
    nursery: Nursery
    sink: smtp.Sink

    def scene(self, name: str, tables: Tables) -> Scene:
        """An empty place with this configuration."""
        made = Scene(self, self.world.place(name), tables)
        made.set_up()
        return made

    def settle(self) -> None:
        """Wait until the servers have noticed that whoever talked to them is gone, and are done with what it said."""
        ports = {self.world.dovecot.port, self.world.dovecot.tls_port, self.sink.port}
        end = time.monotonic() + _PATIENCE
        while open_ones := [line for line in _connections() if line[0] in ports]:
            if time.monotonic() > end:
                raise RuntimeError(f"the servers still talk to somebody: {open_ones}")
            time.sleep(0.003)


def _connections() -> list[tuple[int, str]]:
    """What servers on this machine have not closed, by their port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [(int(local.partition(":")[2], 16), state) for _, local, _, state, *_ in lines if state in _ENDS]


@dataclass(frozen=True, slots=True)
class Scene:
    """One reader's place, and what can be done in it."""

    ground: Ground
    place: Place
    tables: Tables

    @property
    def maildir(self) -> Maildir:
        """Where a scenario without an IMAP mailbox, or with another courier, has its mail."""
        return Maildir(self.place.folder / "Maildir")

    @property
    def log(self) -> Path:
        return self.place.folder / "log"

    def set_up(self) -> None:
        """Write the configuration, and have the sink put what it takes into this mailbox."""
        self.place.configure(self.tables(self))
        self.ground.sink.forward = self.place.client.append

    def copied(self) -> Scene:
        """A place in which everything is as it is here, down to the last byte."""
        other = Scene(self.ground, self.ground.world.place(self.place.user.rpartition("-")[0]), self.tables)
        other.place.copy(self.place)
        if self.maildir.path.exists():
            subprocess.run(["cp", "-a", str(self.maildir.path), str(other.maildir.path)], check=True)
        other.set_up()
        return other

    def run(self, run: Run, strace: Sequence[str] = ()) -> Ending:
        """In a child; returns when the servers are done too."""
        config = str(self.place.config)
        ending = self.ground.nursery.run(self.log, run.call, strace, config=config, **run.arguments)
        self.ground.settle()
        return ending

    def do(self, *runs: Run) -> None:
        """What happened before: none of it may fail."""
        for run in runs:
            ending = self.run(run)
            assert ending.code == 0, ending.said

    def look(self, at: datetime) -> None:
        self.do(Run(at))

    def receive(self, at: datetime, *mails: bytes, folder: str = "INBOX") -> None:
        """Mails arrive, all at that moment."""
        self.place.client.append_all([(mail, at) for mail in mails], folder)

    def answer(self, at: datetime, *lines: str) -> None:
        """The reader answers the letter that came last."""
        letter = letters(self.place.client.bodies())[-1]
        head = (
            f"From: Robin <{READER}>",
            f"To: {READER}",
            f"Subject: Re: {letter['Subject']}",
            f"Message-ID: <reply-{at:%d%H%M}@reader.example>",
            f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000",
            f"In-Reply-To: {letter['Message-ID']}",
            "Content-Type: text/plain; charset=utf-8",
            "",
        )
        self.receive(at, "\r\n".join((*head, *lines, "")).encode())

    def remove(self) -> None:
        self.place.remove()


Tables = Callable[[Scene], str]
"""The tables of the configuration, for a place with ports and paths of its own."""


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """A ground below `folder`, with the passwords its children need."""
    folder.mkdir(parents=True, exist_ok=True)
    with world(folder) as made, smtp.sink(folder, Tls.NONE) as sink:
        _keep(made.folder / "credentials" / "triage.password.home", rig.PASSWORD)
        _keep(made.folder / "credentials" / "triage.courier.password", smtp.PASSWORD)
        _keep(made.folder / "credentials" / "triage.store-key", "5e" * 32)
        (made.folder / kill_runs.VERDICTS).mkdir()
        with Nursery() as nursery:
            yield Ground(made, nursery, sink)


def _keep(credential: Path, password: str) -> None:
    credential.write_text(password)
    credential.chmod(0o600)
