"""May this be found after the power went? Says what is lost, torn or refused in what is left of a disk."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, fields
from email import message_from_bytes
from pathlib import Path

from tests.torture.power_child import FORGOTTEN, KEPT, NOTHING, THERE, State, state
from tests.torture.power_disk import Disk, Names
from tests.torture.power_operations import Marked, Operation, Removed
from tests.torture.power_site import Seen, Site
from tests.torture.world import LOOK, NOW, Nursery, store_faults
from triage.errors import StoreError
from triage.store import FILE, Store, backup
from triage.store.engine import read_only
from triage.store.folder import BACKUPS

_NO_STORE = ("lock", f"{FILE}-new-")
"""How the names begin of what may lie in the folder before there is a store."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A scene that was played: how the disk was before, all that was done to it, and what it should come to."""

    scene: str
    start: Path
    root: str
    """The path of the disk in the operations."""
    operations: tuple[Operation, ...]
    before: State
    expected: Seen
    letters: dict[str, bytes]
    """How each letter looks that is written, by its file's name."""
    site: Site
    settles: bool = True
    """Whatever is found, the next look makes of it what is expected."""
    forgotten: tuple[str, ...] = ()
    """Words that stand in no file of the store once the program was told they are forgotten."""

    def disk(self, rule: Names) -> Disk:
        return Disk(self.start, self.root, rule)

    def promised(self, point: int) -> tuple[State, ...]:
        """What the store may hold if the power goes when so many operations are done.

        The first is what it held at the last commit the program was told of; the others were about to be committed.
        """
        states = [self.before]
        for one in self.operations[:point]:
            if isinstance(one, Marked):
                states = states[-1:] if one.text == KEPT else [*states, State.of(one.text)]
        return tuple(states)

    def backups(self, point: int) -> set[str]:
        """The backups that must be there then, by their names: the last ones of those the program was told of."""
        marks = [one.text for one in self.operations[:point] if isinstance(one, Marked)]
        return {Path(text).name for text in marks if text.startswith(THERE)} - self._gone(point)

    def _gone(self, point: int) -> set[str]:
        return {Path(one.path).name for one in self.operations[:point] if isinstance(one, Removed)}


def faults(site: Site, recording: Recording, point: int) -> tuple[str, ...]:
    """What is wrong with what was found when the power went at this point; nothing of it is changed."""
    spare = site.folder / "spare"
    spare.mkdir()
    if site.store.exists():
        shutil.copytree(site.store, spare, dirs_exist_ok=True)
    try:
        store = _store_faults(spare, recording.promised(point))
        backups = _backup_faults(site, recording.backups(point))
        return (*store, *_letter_faults(site, spare, recording), *backups, *_remembered(site, recording, point))
    finally:
        shutil.rmtree(spare)


def opened(folder: Path) -> State:
    """What the program finds in the store of this folder when it opens it. Raises StoreError."""
    if not [path for path in folder.glob("*") if not path.name.startswith(_NO_STORE)]:
        return State(NOTHING)
    Store(folder).close()
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return state(connection)


def _store_faults(folder: Path, promised: tuple[State, ...]) -> tuple[str, ...]:
    try:
        found = opened(folder)
    except StoreError as error:
        return (f"refused: {error}",)
    if any(found.shows(one) for one in promised):
        return () if found.digest == NOTHING else store_faults(folder / FILE)
    return ("lost: the store holds less than was promised, or something that it never held",)


def _letter_faults(site: Site, store: Path, recording: Recording) -> tuple[str, ...]:
    there = site.letters()
    torn = [name for name, data in there.items() if data != recording.letters.get(name)]
    arrived = {str(message_from_bytes(data)["Message-ID"]) for data in there.values()}
    lost = _marked_sent(store) - arrived
    return (*(f"torn: the letter {name}" for name in torn), *(f"lost: the letter {name}" for name in lost))


def _backup_faults(site: Site, promised: set[str]) -> tuple[str, ...]:
    """Whatever has the name of a backup is a sound one."""
    there = {path.name: path for path in (site.store / BACKUPS).glob("triage-*")}
    unsound = [one.fault for one in map(backup.inspect, there.values()) if one.fault]
    return (*(f"torn: {fault}" for fault in unsound), *(f"lost: the backup {name}" for name in promised - set(there)))


def _remembered(site: Site, recording: Recording, point: int) -> tuple[str, ...]:
    if Marked(FORGOTTEN) not in recording.operations[:point]:
        return ()
    files = [path for path in site.store.rglob("*") if path.is_file()]
    found = [path.name for path in files for word in recording.forgotten if word.encode() in path.read_bytes()]
    return tuple(f"remembered: {name} holds what was forgotten" for name in dict.fromkeys(found))


def recovered(site: Site, recording: Recording, nursery: Nursery) -> tuple[str, ...]:
    """The power is back and the program looks once: what is then not as it should be."""
    ending = nursery.run(site.folder / "log", LOOK, config=str(site.config), now=NOW.isoformat())
    if ending.code:
        return (f"the program ended with {ending.code}: {ending.said}",)
    seen, expected = site.seen(), recording.expected
    if not recording.settles:
        return tuple(f"after the next look: {fault}" for fault in seen.faults)
    wrong = [one.name for one in fields(Seen) if getattr(seen, one.name) != getattr(expected, one.name)]
    return tuple(f"after the next look: {name} {getattr(seen, name)}" for name in wrong)


def _marked_sent(folder: Path) -> set[str]:
    """The letters that the store will never send again."""
    try:
        with closing(read_only(folder / FILE)) as connection:
            return {name for (name,) in connection.execute("SELECT message_id FROM letter WHERE sent IS NOT NULL")}
    except sqlite3.Error:
        return set()  # told already
