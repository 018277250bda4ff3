"""What happens while the power goes: scenes, each played once by the real program with strace beside it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import create_engine

from tests.rig import employers
from tests.rig.client import Client
from tests.rig.installed import READER
from tests.torture import power_trace
from tests.torture.power_child import State
from tests.torture.power_disk import Disk, Names
from tests.torture.power_judge import Recording, opened
from tests.torture.power_operations import Operation
from tests.torture.power_site import Site
from tests.torture.world import LOOK, NOW, Ending, Nursery, World
from triage.store import FILE
from triage.store.work import SECRET

_CHILD = "tests.torture.power_child"
WITNESSED, LOOKS = f"{_CHILD}:look", f"{_CHILD}:looks"
LOOK_AND_DIE = f"{_CHILD}:look_and_die"
BACKUP, RESTORE = f"{_CHILD}:back_up", f"{_CHILD}:go_back"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """A reader with a mailbox, a disk, and the program."""

    site: Site
    client: Client
    nursery: Nursery

    def receive(self, *mails: bytes, at: datetime = NOW - DAY) -> None:
        self.client.append_all([(mail, at) for mail in mails])

    def look(self, now: datetime = NOW) -> None:
        """The program looks, and the power stays."""
        self.well(self.nursery.run(self.log, LOOK, config=str(self.site.config), now=now.isoformat()))

    def run(self, call: str, now: datetime) -> None:
        """Something else happens before the scene."""
        told = {"config": str(self.site.config), "now": now.isoformat(), "marks": os.devnull}
        self.well(self.nursery.run(self.log, call, **told))

    def play(self, scene: Scene, strace: Sequence[str]) -> list[str]:
        """The scene itself, before witnesses. Returns the trace, and with it the marks in it."""
        trace = self.site.folder / "trace"
        options = [*power_trace.OPTIONS, *strace, "-o", str(trace)]
        told = {"config": str(self.site.config), "now": NOW.isoformat(), "marks": str(self.marks)}
        more = {"pragma": scene.pragma} if scene.pragma else {}
        self.well(self.nursery.run(self.log, scene.call, strace=options, **told, **more))
        return trace.read_text().splitlines()

    @property
    def log(self) -> Path:
        return self.site.folder / "log"

    @property
    def marks(self) -> Path:
        return self.site.folder / "marks"

    @staticmethod
    def well(ended: Ending) -> None:
        assert ended.code == 0, ended.said


@dataclass(frozen=True, slots=True)
class Scene:
    """What was there before, and what is done then."""

    name: str
    prepare: Callable[[Stage], None]
    call: str = WITNESSED
    pragma: str = ""
    settles: bool = True
    forgotten: tuple[str, ...] = ()


def first_look(stage: Stage) -> None:
    """Nothing is there: neither store nor Maildir, nor the folders that are to hold them."""
    stage.receive(*map(employers.rejection, employers.COMPANIES[:3]), at=NOW - 3 * DAY)


def a_day(stage: Stage) -> None:
    """Answers came since the last look, and their letter is due."""
    stage.look(NOW - DAY)
    stage.receive(*map(employers.rejection, employers.COMPANIES[:3]), employers.interview(employers.COMPANIES[4]))


def the_reader_answers(stage: Stage) -> None:
    """One asks to forget what was told, and what stands in the log of changes still: the file is written anew."""
    stage.look(NOW - 2 * DAY)
    stage.receive(*map(employers.rejection, employers.COMPANIES[:3]), at=NOW - 2 * DAY)
    stage.run(LOOK_AND_DIE, NOW - DAY)
    (letter,) = stage.site.letters().values()
    stage.receive(_reply(letter, "forget this\npause 7d"), at=NOW)


def an_older_store(stage: Stage) -> None:
    """The store is one of the first version; what is in it and not told yet is due."""
    store = stage.site.store
    store.mkdir(parents=True)
    engine = create_engine(f"sqlite:///{store / FILE}")
    settings = AlembicConfig()
    settings.set_main_option("script_location", "triage.store:migrations")
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        connection.exec_driver_sql("INSERT INTO setting VALUES (?, ?)", (SECRET, "ab" * 32))
        for number, company in enumerate(employers.COMPANIES[:40]):
            connection.exec_driver_sql(_OLD_EVENT, (str(number), f"<{number}@x>", str(NOW - DAY)[:19], company))
    engine.dispose()


_OLD_EVENT = (
    "INSERT INTO event (key, message_id, mailbox, folder, received, kind, confidence, evidence, company, role, stage, "
    "reason, feedback, reapply, deadline, interview_at, reference, thread, sender_domain, lookback) VALUES "
    "(?, ?, 'mine', 'INBOX', ?, 'rejection', 0.9, '[]', ?, 'Cook', '', '', '[]', 0, '', '', '', '[]', '', 0)"
)


def with_a_backup(stage: Stage) -> None:
    """There is a backup, and the log went on."""
    a_day(stage)
    stage.look()
    stage.run(BACKUP, NOW)
    stage.receive(employers.interview(employers.COMPANIES[5]), at=NOW)
    stage.look()


FIRST_LOOK, A_DAY = Scene("first look", first_look), Scene("a day", a_day)
THE_READER_ANSWERS = Scene("the reader answers", the_reader_answers, forgotten=employers.COMPANIES[:3])
SCENES = (
    FIRST_LOOK,
    A_DAY,
    # SQLite moves its log of changes into the file after 1,000 pages; here many times in one look.
    Scene("a day in small steps", a_day, pragma="wal_autocheckpoint = 12"),
    THE_READER_ANSWERS,
    Scene("an older store", an_older_store),
    Scene("eight backups", a_day, BACKUP),
    Scene("back to a backup", with_a_backup, RESTORE, settles=False),
)


def record(world: World, nursery: Nursery, scene: Scene) -> Recording:
    """Play a scene for a new reader on a new disk."""
    return _recorded(staged(world, nursery, scene), scene)


def record_on_a_failing_disk(world: World, nursery: Nursery, scene: Scene, inject: str) -> Recording:
    """Three looks of one process, while strace makes a call fail. Whatever is found settles another day."""
    failing = replace(scene, call=LOOKS, settles=False)
    return _recorded(staged(world, nursery, scene), failing, ("-e", f"inject={inject}"))


def record_after_crashes(world: World, nursery: Nursery, scene: Scene, shares: Sequence[int]) -> Iterator[Recording]:
    """A scene in which the program dies after so many hundredths of it and is started again, before the power goes.

    What the first run had not synced is still in memory when the second one finds it, and relies on it perhaps.
    """
    stage = staged(world, nursery, scene)
    first = _recorded(stage, scene)
    for share in shares:
        done = first.operations[: len(first.operations) * share // 100]
        shutil.rmtree(stage.site.disk)
        _died(first, done).now(stage.site.disk)
        second = _recorded(stage, scene)
        name = f"{scene.name}, died after {share}%"
        both = (*done, *second.operations)
        yield replace(second, scene=name, start=first.start, before=first.before, operations=both)


def _died(first: Recording, done: Sequence[Operation]) -> Disk:
    disk = first.disk(Names.ORDERED)
    for one in done:
        disk.do(one)
    return disk


def staged(world: World, nursery: Nursery, scene: Scene) -> Stage:
    """A new reader and a new disk, prepared for a scene."""
    place = world.place("power")
    stage = Stage(Site(place.folder, place.mailbox()).configure(), place.client, nursery)
    stage.site.disk.mkdir()
    scene.prepare(stage)
    return stage


def _recorded(stage: Stage, scene: Scene, strace: Sequence[str] = ()) -> Recording:
    site = stage.site
    start = Path(tempfile.mkdtemp(prefix="start-", dir=site.folder))
    shutil.copytree(site.disk, start, dirs_exist_ok=True)
    operations = power_trace.operations(stage.play(scene, strace), str(site.disk), str(stage.marks))
    letters = site.letters()
    if scene.settles:
        stage.look()
    assert site.letters() == letters, "one look more brings one letter more: nothing would be settled"
    before = _state_before(start, site)
    return Recording(
        scene=scene.name,
        start=start,
        root=str(site.disk),
        operations=tuple(operations),
        before=before,
        expected=site.seen(),
        letters=letters,
        site=site,
        settles=scene.settles,
        forgotten=scene.forgotten,
    )


def _state_before(start: Path, site: Site) -> State:
    with tempfile.TemporaryDirectory(dir=site.folder) as spare:
        copied = Path(shutil.copytree(start, spare, dirs_exist_ok=True))
        store = copied / site.store.relative_to(site.disk)
        return opened(store)


def _reply(letter: bytes, text: str) -> bytes:
    """What the reader's mail program makes of an answer."""
    lines = (
        f"From: Robin <{READER}>",
        f"To: {READER}",
        "Subject: Re: Your note",
        "Message-ID: <reply-1@reader.example>",
        f"In-Reply-To: {message_from_bytes(letter)['Message-ID']}",
        f"Date: {NOW:%a, %d %b %Y %H:%M:%S} +0000",
        "Content-Type: text/plain; charset=utf-8",
        "",
        *text.split("\n"),
        "",
    )
    return "\r\n".join(lines).encode()
