"""The disk fails in the middle of a look: it is said, nothing is lost or doubled, and it heals when the disk does.

The full form is `tests.torture.disk_faults`: many hundred points.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.torture import disk_faults, tracing
from tests.torture import world as rig
from tests.torture.disk_faults import FAULTS, Fault, Played, Point, points, sample, tried
from tests.torture.power import judged, losses
from tests.torture.power_disk import Names
from tests.torture.power_operations import SyncFailed
from tests.torture.power_scenes import A_DAY, FIRST_LOOK, record_on_a_failing_disk
from tests.torture.world import Nursery, World

EACH = 2
"""Points for each fault."""
DISK = "/r"


def traced(*lines: str) -> list[Point]:
    return list(points([f"7  {line}" for line in lines], DISK))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('pwrite64(3</r/a-wal>, "x"..., 4096, 0) = 4096', "pwrite64 1 (a-wal)"),
        ("fdatasync(3</r/a>) = 0", "fdatasync 1 (a)"),
        ('openat(AT_FDCWD</home>, "/r/a", O_RDWR|O_CREAT, 0644) = 3</r/a>', "openat 1 (a)"),
        ('rename("/r/tmp/a", "/r/new/b") = 0', "rename 1 (a)"),
    ],
)
def test_a_call_on_the_disk_is_a_point(line: str, what: str) -> None:
    assert [str(point) for point in traced(line)] == [what]


@pytest.mark.parametrize(
    "line",
    [
        'write(1</log>, "x", 1) = 1',
        'openat(AT_FDCWD</home>, "/r/a", O_RDONLY) = 3</r/a>',
        'mkdir("/r/a", 0700) = -1 EEXIST (File exists)',
        "+++ exited with 0 +++",
    ],
)
def test_other_calls_are_no_points(line: str) -> None:
    assert traced(line) == []


def test_the_calls_of_each_name_are_counted_apart_and_everywhere() -> None:
    (point,) = traced('write(1</log>, "x", 1) = 1', 'write(1</log>, "x", 1) = 1', 'write(3</r/a>, "x", 1) = 1')
    assert point.before == Counter(write=2)
    once = point.options(Fault("EIO", ("write", "fsync"), lasting=False))
    lasting = point.options(Fault("EIO", ("write", "fsync"), lasting=True))
    assert once == ("-e", "trace=write", "-e", "inject=write:error=EIO:when=3")
    assert lasting[3::2] == ("inject=write:error=EIO:when=3+", "inject=fsync:error=EIO:when=1+")


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the disk fails."""

    world: World
    nursery: Nursery
    folder: Path
    day: Played


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("disk")
    with rig.world(folder) as world, Nursery() as nursery:
        yield Bench(world, nursery, folder, disk_faults.play(world, nursery, A_DAY))


strace = pytest.mark.skipif(bool(tracing.why_not()), reason=tracing.why_not())


@strace
@pytest.mark.server
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_disk_fails(bench: Bench, fault: Fault) -> None:
    planned = sample(bench.day, fault, EACH)
    results = [tried(bench.day, fault, point, bench.folder / "tried", bench.nursery) for point in planned]
    assert [one.wrong for one in results if one.wrong] == []
    assert sum(one.reached for one in results) == EACH
    assert any(one.said for one in results)


@strace
@pytest.mark.server
def test_a_store_that_the_disk_refused_a_part_of_is_never_put_in_place(bench: Bench) -> None:
    """Closing moves the log of changes into the new file, and SQLite does not say where that fails."""
    first = disk_faults.play(bench.world, bench.nursery, FIRST_LOOK)
    fault = Fault("EIO", ("pwrite64",), lasting=False)
    planned = [point for point in first.plan(fault) if re.fullmatch(r"triage\.sqlite3-new-\w+", point.what)]
    for point in (planned[1], planned[-1]):
        one = tried(first, fault, point, bench.folder / "tried", bench.nursery)
        assert (one.reached, len(one.said), one.wrong) == (True, 1, "")


@strace
@pytest.mark.server
@pytest.mark.parametrize("nth", [3, 8])
def test_a_sync_that_failed_is_never_relied_on(bench: Bench, nth: int) -> None:
    """The system drops what it could not write, and calls the next sync a success. Then the power goes."""
    recording = record_on_a_failing_disk(bench.world, bench.nursery, A_DAY, f"fdatasync:error=EIO:when={nth}")
    assert sum(isinstance(one, SyncFailed) for one in recording.operations) == 1
    failures = [judged(recording, losses(recording, rule, 20, 1), bench.folder / "found").failures for rule in Names]
    assert failures == [(), ()]
