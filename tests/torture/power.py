"""The power goes: at any moment of a scene, the disk keeps what it promised, and of all else any part.

A loss that shows a fault can be made again from what is said of it:

    python -m tests.torture.power "a day" strict 137 4711

plays the scene, loses the power after 137 operations with the luck of seed 4711, and leaves what was found in a folder.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.torture import world as rig
from tests.torture.power_disk import Names
from tests.torture.power_judge import Recording, faults, recovered
from tests.torture.power_scenes import A_DAY, FIRST_LOOK, SCENES, record, record_after_crashes
from tests.torture.power_site import Site
from tests.torture.table import Row, Say
from tests.torture.world import Nursery, World

IMAGES, AFTER_CRASH = 60, 15
"""Losses for each scene and each rule in the full form; and where the program dies first."""
SEED = 1
LOOKS = 3
"""After each so many of them the program is started and has to put everything right."""
CRASHES = range(8, 100, 8)
"""After how many hundredths of a scene the program dies, before the power goes as well."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss of power: when so many operations were done, by which rule for names, and with which luck."""

    rule: Names
    point: int
    seed: int


def losses(recording: Recording, rule: Names, count: int, seed: int) -> list[Loss]:
    """So many, at points spread over the whole scene, in its order."""
    random = Random(f"{recording.scene} {rule.value} {seed}")
    last = len(recording.operations)
    points = sorted(min(last, round((number + random.random()) * last / count)) for number in range(count))
    return [Loss(rule, point, random.randrange(10**9)) for point in points]


def found(recording: Recording, planned: Sequence[Loss], folder: Path) -> Iterator[tuple[Loss, Site]]:
    """For each loss, which are in order and by one rule, a site with what is left of the disk. It is removed after."""
    if not planned:
        return
    disk, done = recording.disk(planned[0].rule), 0
    for number, loss in enumerate(planned):
        for operation in recording.operations[done : loss.point]:
            disk.do(operation)
        done = max(done, loss.point)
        site = Site(folder / f"{loss.rule.value}-{loss.point}-{number}", recording.site.mailbox)
        site.folder.mkdir(parents=True)
        disk.found(site.disk, Random(loss.seed))
        yield loss, site.configure()
        shutil.rmtree(site.folder)


@dataclass(frozen=True, slots=True)
class Figures:
    """What some losses came to."""

    images: int = 0
    looks: int = 0
    failures: tuple[str, ...] = ()

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.images + other.images, self.looks + other.looks, self.failures + other.failures)


def judged(
    recording: Recording, planned: Sequence[Loss], folder: Path, nursery: Nursery | None = None, looks: int = LOOKS
) -> Figures:
    """What is found after each of these losses; with a nursery, the program looks after each so many of them."""
    figures = Figures()
    for number, (loss, site) in enumerate(found(recording, planned, folder)):
        wrong = faults(site, recording, loss.point)
        look = nursery is not None and number % looks == 0
        if nursery is not None and look:
            wrong += recovered(site, recording, nursery)
        name = f'"{recording.scene}" {loss.rule.value} {loss.point} {loss.seed}'
        figures += Figures(1, look, tuple(f"{name}: {one}" for one in wrong))
    return figures


def full(say: Say) -> Row:
    """Every scene, by both rules; and two scenes in which the program dies first."""
    began = time.monotonic()
    with place() as (world, folder), ProcessPoolExecutor(2, get_context("spawn")) as workers:
        told = [
            workers.submit(_judged, recording, losses(recording, rule, count, SEED), folder / f"{number}-{rule.value}")
            for number, (recording, count) in enumerate(_recordings(world, say))
            for rule in Names
        ]
        total = _added(told, say)
    corrupt, lost, refused = (sum(word in one for one in total.failures) for word in ("torn", "lost", "refused"))
    note = f"{total.looks:,} recoveries; {corrupt} corrupt, {lost} lost, {refused} refused"
    return Row("power loss", total.images, total.failures, time.monotonic() - began, note)


def _added(told: Sequence[Future[Figures]], say: Say) -> Figures:
    total = Figures()
    for one in told:
        total += one.result()
        say(f"power loss: {total.images:,} images, {total.looks:,} recoveries, {len(total.failures)} failures")
    return total


def _recordings(world: World, say: Say) -> Iterator[tuple[Recording, int]]:
    """Each with how many losses there are to be of it."""
    with Nursery() as nursery:
        for scene in SCENES:
            say(f"power loss: {scene.name}")
            yield record(world, nursery, scene), IMAGES
        for scene in (FIRST_LOOK, A_DAY):
            for recording in record_after_crashes(world, nursery, scene, CRASHES):
                say(f"power loss: {recording.scene}")
                yield recording, AFTER_CRASH


def _judged(recording: Recording, planned: Sequence[Loss], folder: Path) -> Figures:
    with Nursery() as nursery:
        return judged(recording, planned, folder, nursery)


@contextmanager
def place() -> Iterator[tuple[World, Path]]:
    """A world, in memory where there is a file system for that: thousands of disks are written."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="power-", dir=memory if memory.is_dir() else None) as name:
        Path(name).chmod(0o755)
        with rig.world(Path(name)) as world:
            yield world, Path(name)


def again(name: str, loss: Loss, kept: Path) -> tuple[str, ...]:
    """Play a scene and lose the power once; what was found stays in the folder `kept`."""
    scene, _, share = name.partition(", died after ")
    (wanted,) = (one for one in SCENES if one.name == scene)
    with place() as (world, folder), Nursery() as nursery:
        crash = [int(share.rstrip("%"))] if share else []
        (recording,) = (
            record_after_crashes(world, nursery, wanted, crash) if crash else [record(world, nursery, wanted)]
        )
        for _, site in found(recording, [loss], folder / "found"):
            shutil.copytree(site.folder, kept, dirs_exist_ok=True)
            return faults(site, recording, loss.point) + recovered(site, recording, nursery)
    return ()


if __name__ == "__main__":
    kept = Path(tempfile.mkdtemp(prefix="power-"))
    loss = Loss(Names(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    sys.stdout.write("\n".join((f"What was found is in {kept}.", *again(sys.argv[1], loss, kept), "")))
