"""Where the program keeps its store and its letters in the tests of lost power, and what a judge can see there."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.rig.installed import READER, letters, text_of
from tests.torture.world import store_faults
from triage.core.values import Cursor
from triage.store import FILE, Store

_Count = Counter[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that can be seen from outside once everything has settled."""

    cursors: tuple[Cursor, ...]
    rows: _Count
    """The log: key, kind, company, role, and how many letters tell it."""
    acts: _Count
    letters: _Count
    """In the Maildir: the subject and the text of each letter."""
    copies: int
    """Of the letter that is there most often, by its Message-ID."""
    unsent: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A folder with a disk in it, which holds the store and the letters, and beside it a configuration for them."""

    folder: Path
    mailbox: str
    """The [[mailbox]] table: the mail lies on a server, which keeps its power."""

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    @property
    def store(self) -> Path:
        return self.disk / "data" / "triage"

    @property
    def maildir(self) -> Path:
        return self.disk / "post" / "letters"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self) -> Site:
        """Write the configuration."""
        reader = f'[reader]\naddress = "{READER}"\nname = "Robin"\ntime_zone = "UTC"\n'
        keeping = f'[store]\npath = "{self.store}"\n[courier]\nkind = "maildir"\npath = "{self.maildir}"\n'
        self.config.write_text(f"{reader}\n{keeping}\n{self.mailbox}")
        return self

    def copy(self, disk: Path) -> Site:
        """The disk here is what that one is."""
        shutil.copytree(disk, self.disk)
        return self.configure()

    def letters(self) -> dict[str, bytes]:
        """Every letter that a mail program would show, by its file's name."""
        found = [path for part in ("new", "cur") for path in (self.maildir / part).glob("*")]
        return {path.name: path.read_bytes() for path in found}

    def seen(self) -> Seen:
        """What there is to see."""
        faults = self._faults()
        written = letters(list(self.letters().values()))
        texts: _Count = Counter((str(one["Subject"]), text_of(one)) for one in written)
        copies = max(Counter(str(one["Message-ID"]) for one in written).values(), default=0)
        if faults:
            return Seen((), Counter(), Counter(), texts, copies, 0, faults)
        store = Store(self.store)
        try:
            return _seen(store, texts, copies)
        finally:
            store.close()

    def _faults(self) -> tuple[str, ...]:
        try:
            return store_faults(self.store / FILE)
        except sqlite3.DatabaseError as error:
            return (str(error),)


def _seen(store: Store, texts: _Count, copies: int) -> Seen:
    with store.reading() as work:
        told = Counter(row[0] for row in work.log.connection.exec_driver_sql("SELECT event FROM telling"))
        rows: _Count = Counter(
            (one.key, one.kind.value, one.details.company, one.details.role, str(told[one.id]))
            for one in work.log.events()
        )
        waiting = {act.id for act in work.acts.unconfirmed()}
        acts: _Count = Counter((act.kind.value, act.text, str(act.id in waiting)) for act in work.acts.all())
        return Seen(work.log.cursors(), rows, acts, texts, copies, work.outbox.unsent())
