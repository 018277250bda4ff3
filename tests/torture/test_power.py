"""The power goes in the middle of a look: nothing that was promised is lost, and what is found can be worked with.

The full form is `tests.torture.power`: every scene, and thousands of losses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from tests.torture import tracing
from tests.torture import world as rig
from tests.torture.power import Figures, Loss, judged, losses
from tests.torture.power_disk import Names
from tests.torture.power_judge import Recording
from tests.torture.power_operations import Synced
from tests.torture.power_scenes import A_DAY, FIRST_LOOK, THE_READER_ANSWERS, Scene, a_day, record, record_after_crashes
from tests.torture.world import Nursery, World

SEED = 1
EACH = 13
"""Losses for each scene and rule."""


pytestmark = [pytest.mark.server, pytest.mark.skipif(bool(tracing.why_not()), reason=tracing.why_not())]


@dataclass(frozen=True, slots=True)
class Studio:
    """Where scenes are played."""

    world: World
    nursery: Nursery
    folder: Path

    def judged(self, recording: Recording, rule: Names, count: int = EACH, looks: int = 0) -> Figures:
        nursery = self.nursery if looks else None
        return judged(recording, losses(recording, rule, count, SEED), self.folder / "found", nursery, looks)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("power")
    with rig.world(folder) as world, Nursery() as nursery:
        yield Studio(world, nursery, folder)


@pytest.fixture(scope="module")
def day(studio: Studio) -> Recording:
    """Answers came, and their letter is written and delivered."""
    return record(studio.world, studio.nursery, A_DAY)


def check(studio: Studio, recording: Recording) -> None:
    total = sum((studio.judged(recording, rule, looks=5) for rule in Names), Figures())
    assert (total.images, total.failures) == (2 * EACH, ())


def test_a_day(studio: Studio, day: Recording) -> None:
    check(studio, day)


def test_the_first_look_makes_the_store_and_the_maildir(studio: Studio) -> None:
    check(studio, record(studio.world, studio.nursery, FIRST_LOOK))


def test_the_reader_has_something_forgotten(studio: Studio) -> None:
    check(studio, record(studio.world, studio.nursery, THE_READER_ANSWERS))


def test_the_program_dies_before_the_power_goes(studio: Studio) -> None:
    """Between the letter's new name and the moment it is synced: the next run must not take it for delivered."""
    (recording,) = record_after_crashes(studio.world, studio.nursery, A_DAY, [80])
    check(studio, recording)


# That a test can fail is part of it: each of these takes away one thing that the program relies on.


@pytest.mark.parametrize("careless", ["synchronous = OFF", "synchronous = NORMAL"])
def test_a_store_that_syncs_less_loses_what_it_promised(studio: Studio, careless: str) -> None:
    recording = record(studio.world, studio.nursery, Scene("careless", a_day, pragma=careless))
    lost = [studio.judged(recording, rule).failures for rule in Names]
    assert all(any("lost: the store" in one for one in failures) for failures in lost)


@pytest.mark.parametrize("part", ["/tmp/", "/new"])
def test_a_letter_that_is_not_synced_is_lost_or_torn(studio: Studio, day: Recording, part: str) -> None:
    """Neither the letter before it gets its name, nor its name."""
    careless = [one for one in day.operations if not (isinstance(one, Synced) and f"/letters{part}" in one.path)]
    assert len(careless) < len(day.operations)
    recording = replace(day, operations=tuple(careless))
    failures = studio.judged(recording, Names.STRICT, 40).failures
    assert any(": the letter " in one for one in failures), failures


def test_every_sync_is_missed_where_it_is_left_out(studio: Studio, day: Recording) -> None:
    """But for three: two of SQLite's that others follow, and that of "cur", where only mail programs move letters."""
    synced = [(number, Path(one.path).name) for number, one in enumerate(day.operations) if isinstance(one, Synced)]
    unmissed = Counter(name for number, name in synced if not missed(studio, day, number))
    assert unmissed <= Counter({"triage.sqlite3-wal": 2, "cur": 1})
    assert len(synced) > 15


def missed(studio: Studio, day: Recording, sync: int) -> bool:
    """Does a loss of power show that this sync was left out, before the next one of the same file makes up for it?"""
    left = (*day.operations[:sync], *day.operations[sync + 1 :])
    again = [number for number in range(sync, len(left)) if left[number] == day.operations[sync]]
    points = Random(sync).choices(range(sync, (again or [len(left)])[0] + 1), k=20)
    planned = [Loss(Names.STRICT, point, seed) for seed, point in enumerate(sorted(points))]
    return bool(judged(replace(day, operations=left), planned, studio.folder / "found").failures)
