"""The path of letters, killed between any two steps: each answer is told once, by one copy of one letter."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.at_work import (
    DAY,
    HOUR,
    MINUTE,
    TEN,
    all_is_told_once,
    on_its_way,
    open_pipeline,
    receive,
    store_of,
    tellings,
    tick,
    troubles,
)
from tests.fakes import FakeCourier, Fate, KilledError
from triage.core import compose
from triage.pipeline import Pipeline


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """A no came this morning, and nobody has told it yet."""
    receive(pipeline, "Fjord")
    return pipeline


def images(pipeline: Pipeline, folder: Path) -> Iterator[Pipeline]:
    """The service after a restart: first with what a killed process leaves on the disk, then with what is there now."""
    killed = Path(shutil.copytree(store_of(pipeline).path.parent, folder))
    pipeline.store.close()
    for place in (killed, store_of(pipeline).path.parent):
        restarted = open_pipeline(place)
        yield restarted
        restarted.store.close()


@pytest.mark.parametrize("fate", [Fate.DIES_BEFORE, Fate.DIES_AFTER])
def test_killed_around_the_delivery(pipeline: Pipeline, tmp_path: Path, fate: Fate) -> None:
    before = FakeCourier(fates=[fate])
    with pytest.raises(KilledError):
        tick(pipeline, before)
    for restarted in images(pipeline, tmp_path / "killed"):
        courier = replace(before, inbox=list(before.inbox), letters=list(before.letters))
        assert tick(restarted, courier, TEN + MINUTE) == 1
        assert (len(courier.inbox), courier.looks) == (1, 1)
        assert all_is_told_once(restarted, courier)
        assert tick(restarted, courier, TEN + DAY) == 0


def test_killed_while_a_letter_is_written(pipeline: Pipeline, tmp_path: Path) -> None:
    """The template is where we die: the transaction is open, and nothing of it may be there afterwards."""
    killed = tmp_path / "killed"

    def die() -> None:
        shutil.copytree(tmp_path / "store", killed)
        raise KilledError

    templates = compose.environment({"letter.txt.j2": "{{ die() }}", "letter.html.j2": ""})
    templates.globals["die"] = die
    with pytest.raises(KilledError):
        replace(pipeline, stationery=replace(pipeline.stationery, templates=templates)).write(TEN)
    pipeline.store.close()
    for place in (killed, tmp_path / "store"):
        restarted, courier = open_pipeline(place), FakeCourier()
        assert (on_its_way(restarted), tellings(restarted)) == (0, {})
        assert tick(restarted, courier) == 1
        assert all_is_told_once(restarted, courier)
        restarted.store.close()


def test_killed_between_writing_and_sending(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.write(TEN)
    for restarted in images(pipeline, tmp_path / "killed"):
        courier = FakeCourier()
        assert tick(restarted, courier, TEN + MINUTE) == 1
        assert (len(courier.inbox), courier.looks) == (1, 0)
        assert all_is_told_once(restarted, courier)


@pytest.mark.parametrize("first", [Fate.LOSES_ANSWER, Fate.LOSES_LETTER, Fate.FAILS])
def test_killed_while_looking_for_a_letter(pipeline: Pipeline, tmp_path: Path, first: Fate) -> None:
    before = FakeCourier(fates=[first], dies_looking=True)
    assert tick(pipeline, before) == 0
    with pytest.raises(KilledError):
        tick(pipeline, before, TEN + HOUR)
    for restarted in images(pipeline, tmp_path / "killed"):
        courier = replace(before, inbox=list(before.inbox), letters=list(before.letters))
        assert tick(restarted, courier, TEN + 2 * HOUR) == 1
        assert all_is_told_once(restarted, courier)


FATES = st.sampled_from([fate for fate in Fate if fate is not Fate.IS_REFUSED])


@given(st.lists(FATES, max_size=8), st.sets(st.integers(0, 24)), st.sets(st.integers(0, 24)))
@settings(max_examples=12, deadline=None)
def test_in_any_order_of_faults_one_copy_arrives(fates: list[Fate], restarts: set[int], blind: set[int]) -> None:
    """A letter and then another, for as long as it takes; the mailbox can be searched only now and then."""
    with TemporaryDirectory() as name:
        folder, courier = Path(name) / "store", FakeCourier(fates=list(fates))
        pipeline = open_pipeline(folder)
        receive(pipeline, "Fjord")
        for step in range(48):
            courier.blind = step in blind
            if step == 5:
                receive(pipeline, "Skarv", kind="interview", at=TEN)
            if step in restarts:
                pipeline.store.close()
                pipeline = open_pipeline(folder)
            try:
                tick(pipeline, courier, TEN + step * timedelta(minutes=20))
            except (KilledError, ZeroDivisionError):
                continue
        assert all_is_told_once(pipeline, courier), (courier.inbox, troubles(pipeline))
        assert len(courier.inbox) == 2
        pipeline.store.close()
