"""The world of the torture: a Dovecot whose mailboxes can be copied, children to be killed, and what came of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.rig import dovecot as rig
from tests.rig.client import Client
from tests.rig.installed import READER, letters, text_of
from triage.store import FILE, Store
from triage.store.cipher import PLAIN
from triage.store.engine import read_only

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
"""A Tuesday morning. The program's clock is given, so every run is the same."""
LOOK = "tests.torture.child:look"
_ATTACH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: its exit code, or the negative number of the signal; and the file of its words."""

    code: int
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Nursery:
    """A process that forks children of the loaded program; one at a time. For each core, one of these."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(),
            cwd=Path(__file__).parents[2],
        )
        self._hear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def run(self, log: Path, call: str, strace: Sequence[str] = (), **arguments: str) -> Ending:
        """Run `module:function` with these arguments in a child, under `strace` with these options if there are any."""
        pid = self.start(log, call, **arguments)
        tracer = _attached(pid, strace) if strace else None
        ending = self.finish(log)
        if tracer is not None:
            tracer.wait(20)
        return ending

    def start(self, log: Path, call: str, **arguments: str) -> int:
        """A child that waits for `finish` before it begins. Returns its number."""
        self._tell(json.dumps({"log": str(log), "call": call, "arguments": arguments}))
        return int(self._hear()["pid"])

    def finish(self, log: Path) -> Ending:
        """Let the child begin, and wait for its end."""
        self._tell("begin")
        return Ending(self._hear()["code"], log)

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the nursery has died: {self._process.wait(10)}")
        heard = json.loads(line)
        assert isinstance(heard, dict)
        return heard


def _environment() -> dict[str, str]:
    credentials = Path(os.environ.get("TRIAGE_TORTURE_CREDENTIALS", "/nonexistent"))
    return {
        "PATH": rig.PLACES,
        "HOME": "/nonexistent",
        "CREDENTIALS_DIRECTORY": str(credentials),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _attached(pid: int, options: Sequence[str]) -> subprocess.Popen[bytes]:
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(pid), *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    end = time.monotonic() + _ATTACH_SECONDS
    while "TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text():
        if tracer.poll() is not None or time.monotonic() > end:
            tracer.kill()
            raise RuntimeError(f"strace could not attach: {(tracer.communicate()[1] or b'').decode()}")
        time.sleep(0.002)
    return tracer


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that can be seen from outside once everything has settled. Two runs that saw the same mail must be equal."""

    rows: Counter[tuple[str, ...]]
    """The log: key, kind, company, role, and how many letters tell it."""
    acts: Counter[tuple[str, ...]]
    letters: Counter[tuple[str, ...]]
    """In the mailbox: the subject and the text of each letter."""
    copies: int
    """Of the letter that is there most often, by its Message-ID."""
    unsent: int
    messages: int
    flags: tuple[frozenset[str], ...]
    faults: tuple[str, ...] = ()
    """What is wrong with the store as a file."""


@dataclass
class World:
    """One Dovecot and one folder for everything; places in it are made from copies."""

    folder: Path
    dovecot: rig.Dovecot
    _count: int = field(default=0)

    def place(self, name: str) -> Place:
        """An empty place: an account nobody used, and a folder for the program."""
        self._count += 1
        folder = self.folder / f"{name}-{self._count}"
        folder.mkdir()
        return Place(folder, f"{name}-{self._count}", self.dovecot)


@dataclass(frozen=True, slots=True)
class Place:
    """One reader: an account on the Dovecot, and below `folder` a configuration and a store."""

    folder: Path
    user: str
    dovecot: rig.Dovecot

    @property
    def client(self) -> Client:
        return Client(self.dovecot.port, self.user)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def home(self) -> Path:
        """Where Dovecot keeps the account's mail."""
        return self.dovecot.root / "home" / self.user

    def configure(self, tables: str) -> None:
        """Write the configuration: the reader and the store, and these tables."""
        text = f'[reader]\naddress = "{READER}"\nname = "Robin"\ntime_zone = "UTC"\n\n[store]\npath = "{self.store}"\n'
        self.config.write_text(text + tables)

    def mailbox(self, port: int = 0, more: str = "") -> str:
        """The [[mailbox]] table of the account, directly or through another port."""
        port = port or self.dovecot.port
        return f'[[mailbox]]\nhost = "127.0.0.1"\nport = {port}\nuser = "{self.user}"\ntls = "none"\n{more}'

    def copy(self, other: Place) -> None:
        """Make the mailbox and the store here what they are in `other`, down to the last byte."""
        for source, target in ((other.home, self.home), (other.store, self.store)):
            if target.exists():
                shutil.rmtree(target)
            if source.exists():
                subprocess.run(["cp", "-a", str(source), str(target)], check=True)

    def remove(self) -> None:
        """Nothing is left of it."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def outcome(self) -> Outcome:
        """What a judge outside would see now."""
        faults = store_faults(self.store / FILE)
        if faults:
            nothing: Counter[tuple[str, ...]] = Counter()
            return Outcome(nothing, nothing, nothing, 0, 0, 0, (), faults)
        store = Store(self.store)
        with store.reading() as work:
            told = Counter(row[0] for row in work.log.connection.exec_driver_sql("SELECT event FROM telling"))
            rows: Counter[tuple[str, ...]] = Counter(
                (one.key, one.kind.value, one.details.company, one.details.role, str(told[one.id]))
                for one in work.log.events()
            )
            waiting = {act.id for act in work.acts.unconfirmed()}
            acts: Counter[tuple[str, ...]] = Counter(
                (act.kind.value, act.text, str(act.id in waiting)) for act in work.acts.all()
            )
            unsent = work.outbox.unsent()
        store.close()
        flags = self.client.flags()
        found = letters(self.client.bodies() if flags else [])
        texts: Counter[tuple[str, ...]] = Counter((str(one["Subject"]), text_of(one)) for one in found)
        copies = Counter(str(one["Message-ID"]) for one in found)
        most = max(copies.values(), default=0)
        return Outcome(rows, acts, texts, most, unsent, len(flags), tuple(flags.values()))


def store_faults(path: Path) -> tuple[str, ...]:
    """What SQLite itself says against the file."""
    if not path.exists():
        return ("there is no store",)
    # What a process left that was killed in the middle of a change, SQLite has to take back first.
    unfinished = path.with_name(f"{path.name}-journal").exists()
    connection = PLAIN.connect(path) if unfinished else read_only(path)
    try:
        said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        strays = connection.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        connection.close()
    return (*(line for line in said if line != "ok"), *(f"stray row: {row}" for row in strays))


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A world below `folder`, with a password that all of its children find."""
    credentials = folder / "credentials"
    credentials.mkdir(mode=0o700)
    (credentials / "triage.password").write_text(rig.PASSWORD)
    (credentials / "triage.password").chmod(0o600)
    os.environ["TRIAGE_TORTURE_CREDENTIALS"] = str(credentials)
    running = rig.start()
    try:
        yield World(folder, running)
    finally:
        running.stop()
