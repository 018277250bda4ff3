"""Kill the program just before every call that changes something, start it again, and see whether anything shows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.torture.kill_ground import Ground, Scene, ground
from tests.torture.kill_seen import Seen, difference, seen
from tests.torture.kill_trace import CALLS, Point, points
from tests.torture.scenarios import SCENARIOS, Scenario, named
from tests.torture.table import Row, Say

WORKERS = 2
_KILLED = -9


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one point. `reached` is False where the run was over before: such a point proves nothing."""

    scenario: str
    point: Point
    reached: bool
    wrong: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        again = f"python -m tests.torture kill --scenario {self.scenario} --point {self.point.number}"
        return f"{self.scenario} {self.point}: {self.wrong or self.course} [{again}]"

    @property
    def course(self) -> str:
        """What came of it, in a word or two."""
        return self.wrong.partition(":")[0] or ("survived" if self.reached else "not reached")


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario on one ground: the place as it was before, what is expected, and all the points of the run."""

    scenario: Scenario
    origin: Scene
    before: Seen | None
    expected: Seen
    points: tuple[Point, ...]

    def kill(self, point: Point) -> Tried:
        """A fresh copy of the place, the run killed at this point, the recovery, and the judgement."""
        begun, scene = time.monotonic(), self.origin.copied()
        ending = scene.run(self.scenario.run, [*point.options, "-o", "/dev/null"])
        wrong = self._after(scene) if ending.code == _KILLED else ""
        scene.remove()
        return Tried(self.scenario.name, point, ending.code == _KILLED, wrong, time.monotonic() - begun)

    def _after(self, scene: Scene) -> str:
        if self.before and _seen(self.scenario, scene).kept == self.before.kept:
            ending = scene.run(self.scenario.run)  # as a person does to whom the program shows that nothing was done
            if ending.code:
                return f"corrupt: the command fails: {_last(ending.said)}"
        ending = scene.run(self.scenario.recovery)
        if ending.code:
            return f"corrupt: the program does not come back: {_last(ending.said)}"
        return difference(self.expected, _seen(self.scenario, scene))


def played(scenario: Scenario, ground: Ground) -> Played:
    """Prepare a scenario; run it undisturbed, for what is expected and for its points."""
    origin = ground.scene(scenario.name, scenario.tables)
    scenario.before(origin)
    before = _seen(scenario, origin) if scenario.again else None
    _undisturbed(scenario, origin)  # the first time verdicts are kept, which the runs to come only look up
    expected, found = _undisturbed(scenario, origin)
    assert expected.outcome.rows.total() == scenario.rows, expected
    assert expected.outcome.letters.total() == scenario.letters, expected
    return Played(scenario, origin, before, expected, found)


def _undisturbed(scenario: Scenario, origin: Scene) -> tuple[Seen, tuple[Point, ...]]:
    """What there is to see after the run and the look that follows any recovery, and the points of the run."""
    scene = origin.copied()
    trace = scene.place.folder / "trace"
    ending = scene.run(scenario.run, ["-y", "-s", "160", "-e", f"trace={CALLS}", "-o", str(trace)])
    assert ending.code == 0, ending.said
    found = points(trace, scene.log)
    scene.do(scenario.recovery)
    expected = _seen(scenario, scene)
    scene.remove()
    return expected, found


def _seen(scenario: Scenario, scene: Scene) -> Seen:
    return seen(scene.place, scenario.beside(scene))


def _last(said: str) -> str:
    return next(iter(said.strip().splitlines()[-1:]), "without a word")


# --- One point, some of them, all of them ---------------------------------------------------------------------------


def once(name: str, number: int) -> Tried:
    """One point of one scenario, as a failure names it. Raises KeyError or ValueError where there is no such one."""
    with TemporaryDirectory(prefix="kill-") as folder, ground(Path(folder)) as made:
        all_of_it = played(named(name), made)
        (point,) = (one for one in all_of_it.points if one.number == number)
        return all_of_it.kill(point)


def some(found: Sequence[Point], count: int, seed: int) -> tuple[Point, ...]:
    """So many of them, evenly spread; the seed says where to begin."""
    step = max(1.0, len(found) / count)
    offset = Random(seed).random() * step
    return tuple(found[int(offset + number * step)] for number in range(min(count, len(found))))


def full(say: Say, count: int = WORKERS) -> Row:
    """Every point of every scenario, on so many workers: of two, each takes every other point."""
    begun = time.monotonic()
    with TemporaryDirectory(prefix="kill-") as folder, ExitStack() as stack:
        grounds = [stack.enter_context(ground(Path(folder) / str(number))) for number in range(count)]
        workers = stack.enter_context(ThreadPoolExecutor(count))
        shares = [workers.submit(_share, one, slice(number, None, count), say) for number, one in enumerate(grounds)]
        tried = [one for share in shares for one in share.result()]
    return row(tried, time.monotonic() - begun)


def _share(ground: Ground, share: slice, say: Say) -> list[Tried]:
    tried = []
    for scenario in SCENARIOS:
        begun, all_of_it = time.monotonic(), played(scenario, ground)
        mine = [all_of_it.kill(point) for point in all_of_it.points[share]]
        tried += mine
        all_of_it.origin.remove()
        say(f"{scenario.name}: {len(mine)} points in {time.monotonic() - begun:.0f} s: {tally(mine)}")
        for failure in row(mine, 0.0).failures:
            say(failure)
    return tried


def wrong(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    return tuple(one for one in tried if one.wrong)


def tally(tried: Iterable[Tried]) -> str:
    """How many of each: "154 survived", "2 lost", "1 not reached"."""
    counts = Counter(one.course for one in tried)
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))


def row(tried: Sequence[Tried], seconds: float) -> Row:
    """A point that was not reached counts for nothing; of those that went wrong in the same way, one is told."""
    alike: dict[tuple[str, str], list[Tried]] = {}
    for one in wrong(tried):
        alike.setdefault((one.scenario, one.wrong), []).append(one)
    failures = (f"{ones[0]}" + f" and {len(ones) - 1} points more" * (len(ones) > 1) for ones in alike.values())
    return Row("kill points", sum(one.reached for one in tried), tuple(failures), seconds, tally(tried))
