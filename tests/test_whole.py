"""Files that are written whole or not at all: tried with kills, failing disks, losses of power, and several at once."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.torture import tracing
from tests.torture.kill_trace import CALLS, Point, points
from tests.torture.power_disk import Disk, Names
from tests.torture.power_operations import Operation, Renamed, Synced
from tests.torture.power_trace import OPTIONS, operations
from triage import whole

ROOT = Path(__file__).parents[1]
OLD, NEW = b"old" * 3000, b"new" * 1000
DEAD = "0123456789abcdef"
FAILED = 3
WRITER = f"""
import sys
from pathlib import Path
from triage import whole
try:
    whole.write(Path(sys.argv[1]), b"new" * {len(NEW) // 3})
except OSError:
    sys.exit({FAILED})
"""


def draft_of(path: Path, name: str = DEAD) -> Path:
    return path.with_name(f".{path.name}.{name}.new")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# What it does where nothing goes wrong.


@settings(max_examples=30)
@given(
    st.text("ab.[]*?!^- \\ä", min_size=1, max_size=12).filter(lambda name: set(name) != {"."}),
    st.lists(
        st.tuples(
            st.binary(max_size=300),
            st.sampled_from((whole.PRIVATE, whole.PUBLIC)),
            st.sampled_from((0, 0o022, 0o077, 0o777)),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_the_last_that_was_written_is_there_and_nothing_else(
    name: str, writes: Sequence[tuple[bytes, int, int]]
) -> None:
    with TemporaryDirectory() as there:
        path, foreign = Path(there, name), Path(there, ".other.0123456789abcdef.new")
        foreign.touch()
        for data, mode, umask in writes:
            draft_of(path).write_bytes(b"left by somebody who was killed")
            before = os.umask(umask)
            try:
                whole.write(path, data, mode)
            finally:
                os.umask(before)
            assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (data, mode)
            assert {one.name for one in Path(there).iterdir()} == {name, foreign.name}
        draft_of(path).touch()
        whole.remove(path)
        whole.remove(path)
        assert list(Path(there).iterdir()) == [foreign]


@pytest.mark.parametrize(("mode", "folder"), [(whole.PRIVATE, 0o700), (whole.PUBLIC, 0o755)])
def test_folders_are_made_for_those_who_may_read(tmp_path: Path, mode: int, folder: int) -> None:
    whole.write(tmp_path / "a" / "b" / "c", NEW, mode)
    assert [stat.S_IMODE((tmp_path / one).stat().st_mode) for one in ("a", "a/b")] == [folder] * 2


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    other.write_bytes(OLD)
    path.symlink_to(other)
    draft_of(path).symlink_to(other)
    whole.write(path, NEW)
    assert (path.is_symlink(), draft_of(path).is_symlink()) == (False, True)
    assert (path.read_bytes(), other.read_bytes()) == (NEW, OLD)


def test_what_cannot_be_replaced_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(IsADirectoryError):
        whole.write(tmp_path / "file", NEW)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_draft_that_somebody_is_writing_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with draft_of(path).open("wb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        whole.write(path, NEW)
        whole.remove(path)
        assert draft_of(path).exists()
    whole.write(path, NEW)
    assert tree(tmp_path) == {"file": NEW}


def test_several_at_once_never_show_a_part(tmp_path: Path) -> None:
    path, seen = tmp_path / "file", set()
    texts = [bytes([letter]) * 40_000 for letter in b"abcd"]
    whole.write(path, texts[0])
    with ThreadPoolExecutor(len(texts)) as writers:
        writing = [writers.submit(whole.write, path, text) for _ in range(40) for text in texts]
        while not all(one.done() for one in writing):
            seen.add(path.read_bytes())
    assert [one.exception() for one in writing if one.exception()] == []
    assert seen <= set(texts)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_file_system_that_syncs_no_folders_is_no_trouble() -> None:
    folder = Path("/proc/self")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    whole.sync(folder)


def test_a_file_that_cannot_be_synced_is_trouble() -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        whole.sync(Path("/proc/self/status"))


# Kills and failing disks, by strace, at every call that changes something.

strace = pytest.mark.skipif(bool(tracing.why_not()), reason=tracing.why_not())


class Bench:
    """A folder, and in it the file that is to be written: an old one with a draft beside it, or none and no folder."""

    def __init__(self, folder: Path, place: str) -> None:
        self.start, self.folder = folder / "start", folder / "disk"
        self.path = self.folder / place
        self.trace = folder / "trace"
        self.start.mkdir()
        if "/" not in place:
            (self.start / place).write_bytes(OLD)
            draft_of(self.start / place).write_bytes(b"le")
        self.old = tree(self.start).get(place)

    def run(self, *options: str) -> int:
        """Write it, from the same start as ever; how that ended."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.start, self.folder)
        python = [sys.executable, "-S", "-E", "-B", "-c", WRITER, str(self.path)]
        return subprocess.run(
            ["strace", "-f", *options, "-o", str(self.trace), *python], cwd=ROOT, check=False
        ).returncode

    def points(self) -> tuple[Point, ...]:
        assert self.run("-y", "-s", "160", "-e", f"trace={CALLS}") == 0
        return points(self.trace, self.trace)

    @property
    def found(self) -> bytes | None:
        return self.path.read_bytes() if self.path.exists() else None

    def others(self) -> set[str]:
        """The names of what else lies there."""
        return set(tree(self.folder)) - {str(self.path.relative_to(self.folder))}


@pytest.fixture(params=["file", "deep/er/file"])
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(tmp_path, request.param)


@strace
def test_killed_anywhere_it_leaves_the_old_or_the_new(bench: Bench) -> None:
    found = []
    for point in bench.points():
        assert bench.run(*point.options) == -9, point
        found.append(bench.found)
        assert len(bench.others()) <= 1, point
        if bench.path.parent.exists():
            whole.write(bench.path, b"again")
            assert tree(bench.folder) == {str(bench.path.relative_to(bench.folder)): b"again"}, point
    assert set(found) == {bench.old, NEW}
    assert found == sorted(found, key=lambda one: one == NEW), "once it is there, it stays"


@strace
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_disk_that_fails_leaves_the_old_and_no_draft(bench: Bench, error: str) -> None:
    for point in bench.points():
        code = bench.run("-e", f"trace={point.call}", "-e", f"inject={point.call}:error={error}:when={point.nth}")
        if point.call == "unlink":
            assert (code, bench.found) == (0, NEW), "somebody else's draft could not be removed, which is no failure"
            continue
        last = point.call == "fsync" and point.what == bench.path.parent.name and bench.found == NEW
        assert (code, bench.found) == (FAILED, NEW if last else bench.old), point
        assert bench.others() == set(), point


@strace
def test_a_draft_that_cannot_be_removed_goes_the_next_time(bench: Bench) -> None:
    """As where the disk becomes read-only in the middle of it."""
    for name in ("write", "fsync", "rename"):
        nth = next(one.nth for one in bench.points() if one.call == name and (name != "fsync" or ".new" in one.what))
        rules = [f"inject={one}:error=EROFS:when={at}" for one, at in ((name, f"{nth}+"), ("unlink", "1+"))]
        code = bench.run("-e", f"trace={name},unlink", *(word for rule in rules for word in ("-e", rule)))
        assert (code, bench.found) == (FAILED, bench.old)
        assert bench.others(), "else this shows nothing"
        whole.write(bench.path, b"again")
        assert bench.others() == set()


# Losses of power, on the model of a disk that loses what was not synced.


def losses(
    bench: Bench, done: Sequence[Operation], rule: Names, target: Path, count: int = 8
) -> Iterator[dict[str, bytes]]:
    """What may be found where the power goes after these operations: so many of the possible disks."""
    for seed in range(count):
        disk = Disk(bench.start, str(bench.folder), rule)
        for one in done:
            disk.do(one)
        shutil.rmtree(target, ignore_errors=True)
        disk.found(target, Random(seed))
        yield tree(target)


def recorded(bench: Bench) -> list[Operation]:
    assert bench.run(*OPTIONS) == 0
    return operations(bench.trace.read_text().splitlines(), str(bench.folder))


@strace
@pytest.mark.parametrize("rule", Names)
def test_a_loss_of_power_leaves_the_old_or_the_new(bench: Bench, rule: Names, tmp_path: Path) -> None:
    done, name = recorded(bench), str(bench.path.relative_to(bench.folder))
    for count in range(len(done)):
        for found in losses(bench, done[:count], rule, tmp_path / "found"):
            assert found.get(name) in (bench.old, NEW), done[:count]
    assert {found.get(name) for found in losses(bench, done, rule, tmp_path / "found")} == {NEW}


@strace
def test_none_of_the_syncs_could_be_left_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "deep/er/file")
    done = recorded(bench)
    assert isinstance(done[-2], Renamed)
    syncs = [at for at, one in enumerate(done) if isinstance(one, Synced)]
    assert len(syncs) == 4
    for at in syncs:
        without = [*done[:at], *done[at + 1 :]]
        found = [one.get("deep/er/file") for one in losses(bench, without, Names.STRICT, tmp_path / "found", 30)]
        assert set(found) != {NEW}, done[at]


# Nobody does it in a way of their own.

OWN_WAYS = {"whole.py", "courier/maildir.py"}
"""A Maildir has a folder of its own for drafts. The store's are databases, which SQLite writes and syncs."""


def test_nobody_else_syncs_or_makes_drafts() -> None:
    package = ROOT / "triage"
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if any(call in path.read_text() for call in ("os.fsync(", "mkstemp("))
    }
    assert {name for name in found if not name.startswith("store/")} == OWN_WAYS
