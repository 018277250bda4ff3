"""What runs in a child while strace watches: the real program, and a witness of its transactions.

The witness writes into a file of marks beside the store: before a commit, what the store then holds; and after it, that
the program was told the transaction is kept. In the trace both stand among the writes, so that for every moment it is
known what must be on the disk.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from tests.torture.alone import alone
from triage.cli import build
from triage.cli.settings import Settings
from triage.errors import TriageError
from triage.service import Service
from triage.store import Store, Work, backup, held, restore
from triage.store.engine import read_only
from triage.store.work import SECRET, TRAITS

SAID = "said: "
"""Stands in the log before a sentence that a person would read."""
KEPT, FORGOTTEN = "kept", "forgotten"
THERE = "there "
"""Stands before the path of a backup that the program was told is there."""
NOTHING = "nothing"
"""Stands for a store that is not there."""


@dataclass(frozen=True, slots=True)
class State:
    """What a store holds: a digest of all rows but two; and the secret, empty before there is one.

    Left out is also by which rules it was made ready: that is written together with the secret, whenever it is opened.
    """

    digest: str
    secret: str = ""

    def __str__(self) -> str:
        return f"{self.digest} {self.secret}"

    @staticmethod
    def of(mark: str) -> State:
        """What was written down with `str`."""
        digest, _, secret = mark.partition(" ")
        return State(digest, secret)

    def shows(self, promised: State) -> bool:
        """Is this what was promised? A store that had no secret gets one when it is opened."""
        return self.digest == promised.digest and promised.secret in ("", self.secret)


def state(connection: sqlite3.Connection) -> State:
    """What the store behind this connection holds, within the open transaction."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    digest, secret = hashlib.sha256(), ""
    for (name,) in names:
        for row in sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))):
            if row.startswith(f"('{SECRET}', "):
                secret = row.split("'")[3]
            elif not row.startswith(f"('{TRAITS}', "):
                digest.update(f"{name} {row}\n".encode())
    return State(digest.hexdigest(), secret)


class Witness:
    """Keeps the marks."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def mark(self, text: str) -> None:
        os.writev(self._descriptor, [f"{text}\n".encode()])

    def committing(self, connection: Connection) -> None:
        """SQLAlchemy says that a transaction is about to be committed."""
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection) and not connection.get_execution_options().get("reading"):
            self.mark(str(state(raw)))


class WitnessedStore(Store):
    """The store, with a witness to whom it says when a transaction is kept."""

    def __init__(self, folder: Path, witness: Witness) -> None:
        self._witness = witness
        super().__init__(folder)

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[Work]:
        """See `Store.writing`. Nothing is promised of what need not last."""
        with super().writing(lasting=lasting) as work:
            yield work
        if lasting:
            self._witness.mark(KEPT)

    def shrink(self) -> None:
        """See `Store.shrink`."""
        super().shrink()
        self._witness.mark(FORGOTTEN)


@contextmanager
def witnessed(folder: Path, marks: str) -> Iterator[WitnessedStore]:
    """A store in `folder`, all of whose commits have a witness."""
    witness = Witness(Path(marks))
    event.listen(Engine, "commit", witness.committing)
    store = WitnessedStore(folder, witness)
    try:
        yield store
    finally:
        store.close()


def look(config: str, now: str, marks: str, pragma: str = "") -> None:
    """As `child.look`; with a `pragma`, SQLite is told something that the program does not want."""
    if pragma:
        event.listen(Engine, "checkout", lambda raw, *_: raw.execute(f"PRAGMA {pragma}").fetchall())
    with _opened(config, marks) as (settings, store):
        service = _service(settings, store, lambda: datetime.fromisoformat(now))
        for one in service.watched:
            service.poll(one)
            one.mailbox.close()
        service.tick()


def looks(config: str, now: str, marks: str, hours: str = "0.25") -> None:
    """Three looks of one process, so many hours apart, behind a fence as in the service: it outlives a fault.

    What it says goes into the log even where nothing can be written: by another call than any that is made to fail.
    """
    moment = datetime.fromisoformat(now)
    with _fence(), _opened(config, marks) as (settings, store):
        service = _service(settings, store, lambda: moment)
        for _ in range(3):
            for one in service.watched:
                with _fence():
                    service.poll(one)
                one.mailbox.close()
            with _fence():
                service.tick()
            moment += timedelta(hours=float(hours))


@contextmanager
def _fence() -> Iterator[None]:
    try:
        yield
    except TriageError as error:
        os.writev(2, [f"{SAID}{error}\n".encode()])
    except Exception:  # noqa: BLE001  # a fault of ours: told in the log, and by the code
        os.writev(2, [traceback.format_exc().encode()])
        os._exit(1)


@contextmanager
def _opened(config: str, marks: str) -> Iterator[tuple[Settings, WitnessedStore]]:
    settings = Settings(Path(config))
    with held(settings.store_folder), witnessed(settings.store_folder, marks) as store:
        yield settings, store


def _service(settings: Settings, store: Store, clock: Callable[[], datetime]) -> Service:
    watched, courier = build.watched(settings.config), build.courier(settings.config)
    return Service(alone(build.pipeline(settings.config, store)), watched, courier, clock)


def look_and_die(config: str, now: str, marks: str) -> None:
    """A look after which SQLite's log of changes is not emptied, as while the service goes on."""
    with _opened(config, marks) as (settings, store):
        service = _service(settings, store, lambda: datetime.fromisoformat(now))
        for one in service.watched:
            service.poll(one)
        service.tick()
        os._exit(0)


def back_up(config: str, now: str, marks: str) -> None:
    """As `triage backup`, while mail comes in between one day and the next."""
    look(config, now, marks)
    folder, witness = Settings(Path(config)).store_folder, Witness(Path(marks))
    for day in range(8):
        path = backup.make(folder, datetime.fromisoformat(now) + timedelta(days=day))
        witness.mark(f"{THERE}{path}")


def go_back(config: str, now: str, marks: str) -> None:
    """As `triage restore`: the newest backup takes the place of the store, and then the program looks."""
    folder, witness = Settings(Path(config)).store_folder, Witness(Path(marks))
    with held(folder), restore.prepared(folder, restore.chosen(folder)) as found:
        with closing(read_only(found.path)) as connection:
            witness.mark(str(state(connection)))
        restore.put_back(folder, found.path, datetime.fromisoformat(now))
        witness.mark(KEPT)
    look(config, now, marks)
