"""The disk fails: a call that reads, writes or names a file below the store or the letters ends with an error.

Once, as when a cable is loose or a quota is raised; or from one call on, as when the disk is full, was remounted
read-only, or is dying. A process looks three times meanwhile, behind the fence of the service; and another one when
the disk is well again: then nothing is lost, nothing doubled, and everything told once. strace makes the calls fail.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.torture.power import place
from tests.torture.power_child import SAID
from tests.torture.power_scenes import A_DAY, FIRST_LOOK, THE_READER_ANSWERS, Scene, staged
from tests.torture.power_site import Seen, Site
from tests.torture.table import Row, Say
from tests.torture.world import NOW, Ending, Nursery, World

LOOKS = "tests.torture.power_child:looks"
LATER = NOW + timedelta(hours=2)
MOST = 90
"""Points of one scene at which one fault is tried in the full form."""
_DATA = ("pwrite64", "write", "ftruncate", "fsync", "fdatasync")
_NAMES = ("mkdir", "rename", "link", "unlink", "openat", "chmod")
CALLS = (*_DATA, *_NAMES, "pread64")


@dataclass(frozen=True, slots=True)
class Fault:
    """Which error these calls end with, and whether all of them do from then on."""

    error: str
    calls: tuple[str, ...]
    lasting: bool

    def __str__(self) -> str:
        return f"{self.error} {'from then on' if self.lasting else 'once'}"


# Where it lasts, opening files stays possible: the program would open its own modules and certificates in vain as well.
FAULTS = (
    Fault("EIO", CALLS, lasting=False),
    Fault("ENOSPC", ("pwrite64", "write", "ftruncate", "fsync", *_NAMES), lasting=False),
    Fault("ENOSPC", ("pwrite64", "write", "ftruncate", "mkdir", "link", "rename"), lasting=True),
    Fault("EDQUOT", ("pwrite64", "write", "mkdir"), lasting=True),
    Fault("EIO", ("pread64", *_DATA, "mkdir", "link", "rename", "unlink"), lasting=True),
    Fault("EROFS", (*_DATA, "mkdir", "link", "rename", "unlink", "chmod"), lasting=True),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One call of an undisturbed run: its name, how many of each name there were before it, and what it is about."""

    call: str
    before: Counter[str]
    what: str

    def options(self, fault: Fault) -> tuple[str, ...]:
        """What strace is told. It counts the calls of each name apart."""
        names = fault.calls if fault.lasting else (self.call,)
        rules = (f"{name}:error={fault.error}:when={self.before[name] + 1}{'+' * fault.lasting}" for name in names)
        return ("-e", f"trace={','.join(names)}", *(word for rule in rules for word in ("-e", f"inject={rule}")))

    def __str__(self) -> str:
        return f"{self.call} {self.before[self.call] + 1} ({self.what})"


_LINE = re.compile(r"\d+ +(\w+)\((.*)")
_PATH = re.compile(r'^\d+<([^>]*)>|"([^"]*)"')


def points(lines: Sequence[str], disk: str) -> Iterator[Point]:
    """Every call that succeeded on a file or a folder below `disk`, in the trace (`-y`) of an undisturbed run."""
    counts: Counter[str] = Counter()
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        name, rest = found[1], found[2]
        path = next(iter(_PATH.finditer(rest)), None)
        if path and (path[1] or path[2]).startswith(disk) and not re.search(r"= -1 E", rest) and _changes(name, rest):
            yield Point(name, Counter(counts), Path(path[1] or path[2]).name)
        counts[name] += 1


def _changes(name: str, rest: str) -> bool:
    return name != "openat" or "O_CREAT" in rest or "O_RDWR" in rest


@dataclass(frozen=True, slots=True)
class Played:
    """A scene: the disk before it, all its points, and what must be seen in the end."""

    scene: str
    start: Path
    mailbox: str
    points: tuple[Point, ...]
    expected: Seen

    def plan(self, fault: Fault) -> list[Point]:
        """The points this fault can come at."""
        return [point for point in self.points if point.call in fault.calls]


def play(world: World, nursery: Nursery, scene: Scene) -> Played:
    """Prepare a scene, and run it undisturbed."""
    stage = staged(world, nursery, scene)
    site, start = stage.site, stage.site.folder / "start"
    shutil.copytree(site.disk, start)
    trace = site.folder / "trace"
    _well(_looks(site, nursery, NOW, 0.25, ("-y", "-o", str(trace), "-e", f"trace={','.join(CALLS)}")))
    _well(_looks(site, nursery, LATER, 24))
    found = tuple(points(trace.read_text(errors="replace").splitlines(), str(site.disk)))
    return Played(scene.name, start, site.mailbox, found, site.seen())


def _looks(site: Site, nursery: Nursery, now: datetime, hours: float, strace: Sequence[str] = ()) -> Ending:
    """Three looks, so many hours apart."""
    log = site.folder / f"log-{now.hour}"
    told = {"config": str(site.config), "now": now.isoformat(), "hours": str(hours), "marks": os.devnull}
    return nursery.run(log, LOOKS, strace=strace, **told)


def _well(ended: Ending) -> None:
    assert (ended.code, ended.said) == (0, "")


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one fault at one point. Where it was not `reached`, it proves nothing."""

    reached: bool
    healed: bool
    """The process put everything right by itself."""
    said: tuple[str, ...]
    wrong: str = ""


def tried(played: Played, fault: Fault, point: Point, folder: Path, nursery: Nursery) -> Tried:
    """Three looks on a disk that fails, three on a disk that is well again, and what is wrong then."""
    site = Site(folder, played.mailbox)
    site.folder.mkdir(parents=True)
    site.copy(played.start)
    trace = site.folder / "trace"
    ended = _looks(site, nursery, NOW, 0.25, ("-o", str(trace), *point.options(fault)))
    reached = "(INJECTED)" in trace.read_text(errors="replace")
    said = tuple(line.removeprefix(SAID) for line in ended.said.splitlines() if line.startswith(SAID))
    healed = ended.code == 0 and not _missing(site, played.expected)
    wrong = _failed(ended) or ("" if healed or said else "something is missing, and nobody was told")
    if not wrong:
        after = _looks(site, nursery, LATER, 24)
        wrong = _failed(after) or after.said or _difference(site, played.expected)
    shutil.rmtree(folder)
    return Tried(reached, healed, said, f"{played.scene}, {fault}, {point}: {wrong}" if wrong else "")


def _failed(ended: Ending) -> str:
    return f"ended with {ended.code}: {ended.said}" if ended.code or "Traceback" in ended.said else ""


def _missing(site: Site, expected: Seen) -> bool:
    """Is anything not in the log yet, or not done?"""
    seen = site.seen()
    return (seen.cursors, _known(seen), seen.unsent) != (expected.cursors, _known(expected), 0)


def _known(seen: Seen) -> set[tuple[str, ...]]:
    return {row[:-1] for row in seen.rows}


def _difference(site: Site, expected: Seen) -> str:
    """But for the letters' words: what a look could not read any more, the next letter tells."""
    seen = replace(site.seen(), letters=expected.letters)
    names = [one.name for one in fields(Seen) if getattr(seen, one.name) != getattr(expected, one.name)]
    return "; ".join(f"{name} {getattr(seen, name)}" for name in names)


@dataclass(frozen=True, slots=True)
class Figures:
    """What some faults came to."""

    points: int = 0
    healed: int = 0
    missed: int = 0
    failures: tuple[str, ...] = ()

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.points + other.points,
            self.healed + other.healed,
            self.missed + other.missed,
            self.failures + other.failures,
        )


def judged(played: Played, fault: Fault, planned: Sequence[Point], folder: Path, nursery: Nursery) -> Figures:
    """What comes of this fault at these points."""
    total = Figures()
    for number, point in enumerate(planned):
        one = tried(played, fault, point, folder / str(number), nursery)
        total += Figures(one.reached, one.healed, not one.reached, (one.wrong,) if one.wrong else ())
    return total


def sample(played: Played, fault: Fault, count: int) -> list[Point]:
    """So many of its points, always the same."""
    possible = played.plan(fault)
    return Random(f"{played.scene} {fault}").sample(possible, min(count, len(possible)))


def full(say: Say) -> Row:
    """Every fault at many points of three scenes."""
    began, total = time.monotonic(), Figures()
    with place() as (world, folder), ProcessPoolExecutor(2, get_context("spawn")) as workers:
        with Nursery() as nursery:
            scenes = [play(world, nursery, scene) for scene in (FIRST_LOOK, A_DAY, THE_READER_ANSWERS)]
        told = [
            workers.submit(_part, played, fault, MOST, folder / f"{number}-{fault.error}-{fault.lasting}")
            for number, played in enumerate(scenes)
            for fault in FAULTS
        ]
        for one in told:
            total += one.result()
            say(f"disk faults: {total.points:,} points, {len(total.failures)} failures")
    note = f"{total.healed:,} put right by the same process; {total.missed} not reached"
    return Row("disk faults", total.points, total.failures, time.monotonic() - began, note)


def _part(played: Played, fault: Fault, most: int, folder: Path) -> Figures:
    with Nursery() as nursery:
        return judged(played, fault, sample(played, fault, most), folder, nursery)
