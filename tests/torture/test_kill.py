"""The program is killed just before calls of every scenario and started again, and nobody can tell.

Some points of each scenario, evenly spread; TRIAGE_TORTURE_SEED=7 takes others. All of them: `./run.sh torture`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture import kill_before as been
from tests.torture import kill_runs
from tests.torture.kill import played, some, tally, wrong
from tests.torture.kill_ground import CREATE, Ground, Run, ground
from tests.torture.kill_trace import Point, points
from tests.torture.scenarios import SCENARIOS, Scenario

POINTS = 300
SEED = int(os.environ.get("TRIAGE_TORTURE_SEED", "1"))
REACHED = 0.9
"""Of the points, at least: a run that takes another course than the one they were counted in proves little."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A world of our own, where processes may be traced."""
    with ground(tmp_path_factory.mktemp("kill")) as made:
        scene = made.scene("hindrance", lambda scene: scene.place.mailbox())
        try:
            scene.run(Run(call=CREATE), ["-o", os.devnull])
        except (FileNotFoundError, RuntimeError) as error:
            pytest.skip(f"a kill point needs strace, and the right to trace a process: {error}")
        yield made


@pytest.mark.server
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_killed_anywhere_nothing_is_lost_or_doubled(stage: Ground, scenario: Scenario) -> None:
    all_of_it = played(scenario, stage)
    chosen = some(all_of_it.points, POINTS // len(SCENARIOS), SEED)
    tried = [all_of_it.kill(point) for point in chosen]
    said = f"seed {SEED}, {len(chosen)} of {len(all_of_it.points)} points: {tally(tried)}"
    assert not wrong(tried), "\n".join([said, *map(str, wrong(tried))])
    assert sum(one.reached for one in tried) >= REACHED * len(tried), said


@pytest.mark.server
@pytest.mark.server
@pytest.mark.parametrize(("run", "verdict"), [("careless", "doubled"), ("hasty", "lost")])
def test_a_program_that_is_not_careful_is_found_out(stage: Ground, run: str, verdict: str) -> None:
    """Killed where a letter has been handed over and not noted, or noted and not handed over."""
    all_of_it = played(Scenario(run, been.three_noes, Run(call=f"{kill_runs.__name__}:{run}"), rows=3), stage)
    sockets = [point.number for point in all_of_it.points if point.what == "socket"]
    connects = [point.number for point in all_of_it.points if point.call == "connect"]
    between = {"careless": sockets[-1] + 1, "hasty": connects[-1]}[run]
    tried = all_of_it.kill(all_of_it.points[between - 1])
    assert tried.wrong.partition(":")[0] == verdict, tried


TRACE = """\
7  openat(AT_FDCWD</w>, "/s/lock", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3</s/lock>
7  openat(AT_FDCWD</w>, "/s/config.toml", O_RDONLY|O_CLOEXEC) = 4</s/config.toml>
7  read(4</s/config.toml>, "[reader]", 8) = 8
7  mkdir("/s", 0700)                    = -1 EEXIST (File exists)
7  connect(4<socket:[9]>, {sa_family=AF_INET, sin_port=htons(143)}, 16) = -1 EINPROGRESS (Operation now in progress)
7  poll([{fd=4<socket:[9]>, events=POLLOUT}], 1, 5000) = 1 ([{fd=4, revents=POLLOUT}])
7  write(2</s/log>, "a warning", 9)     = 9
7  pwrite64(5</s/triage.sqlite3-wal>, "\\0/odd-shm", 9, 0) = 9
7  pwrite64(6</s/triage.sqlite3-shm>, "\\0", 1, 4095) = 1
7  fdatasync(5</s/triage.sqlite3-wal>)  = 0
7  sendto(4<socket:[9]>, "A1 NOOP\\r\\n", 9, 0, NULL, 0) = 9
7  recvfrom(4<socket:[9]>, "A1 OK\\r\\n", 65536, 0, NULL, NULL) = 7
7  recvfrom(4<socket:[9]>, "", 65536, 0, NULL, NULL) = 0
7  pwrite64(5</s/triage.sqlite3-wal>, "x", 1, 9) = 1
7  rename("/s/tmp/a", "/s/new/b")       = 0
7  +++ exited with 0 +++
"""


def test_what_counts_as_a_point_of_a_run(tmp_path: Path) -> None:
    """Each is found again by its name and its number among those of that name, counted or not."""
    (tmp_path / "trace").write_text(TRACE)
    assert points(tmp_path / "trace", tmp_path / "log") == (
        Point(1, "openat", 1, "lock"),
        Point(2, "connect", 1, "socket"),
        Point(3, "poll", 1, "socket"),
        Point(4, "pwrite64", 1, "triage.sqlite3-wal"),
        Point(5, "fdatasync", 1, "triage.sqlite3-wal"),
        Point(6, "sendto", 1, "socket"),
        Point(7, "recvfrom", 1, "socket"),
        Point(8, "pwrite64", 3, "triage.sqlite3-wal"),
        Point(9, "rename", 1, "b"),
    )


def test_a_run_with_threads_cannot_be_counted(tmp_path: Path) -> None:
    (tmp_path / "trace").write_text(TRACE + "8  fsync(5</s/a>) = 0\n")
    with pytest.raises(ValueError, match="2 threads"):
        points(tmp_path / "trace", tmp_path / "log")


@pytest.mark.parametrize(("length", "count"), [(5, 9), (9, 9), (154, 9), (755, 9)])
def test_some_points_are_spread_over_all(length: int, count: int) -> None:
    every = tuple(Point(number, "write", number, "") for number in range(length))
    taken = [some(every, count, seed) for seed in range(500)]
    assert all(len(set(one)) == min(length, count) for one in taken)
    assert {point for one in taken for point in one} == set(every)
    assert some(every, count, SEED) == some(every, count, SEED)
