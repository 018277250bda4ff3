"""What is due, and what a letter may say, follow from what is loaded of a log as they would from all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.at_work import ZONE, open_pipeline, store_of
from tests.store.making import NOW
from tests.store.test_search import lived
from triage.core import situation
from triage.core.acts import Act, Did
from triage.core.due import due, next_due
from triage.core.due.restraint import tapered
from triage.core.letter import Cadence, Facts, LetterKind, Plan
from triage.core.situation import Reader
from triage.core.values import NOTICES, Event, Kind
from triage.pipeline import Pipeline, facts, quotable
from triage.store import FILE, Store, Work
from triage.store.glance import glance

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOMENTS = tuple(NOW - back * DAY for back in (-50, -21, 0, 6, 700))
CADENCE = Cadence(ZONE)
READER = Reader("Robin", "plain", ZONE)


@pytest.fixture
def store(pipeline: Pipeline) -> Store:
    return store_of(pipeline)


def whole(work: Work, now: datetime) -> Facts:
    """The facts with every application and everything the reader did."""
    return replace(facts(work, now), applications=work.log.applications(), acts=work.acts.all(), first=None)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_due_is_the_same(store: Store, seed: int) -> None:
    lived(store, seed, steps=80)
    with store.reading() as work:
        for now in MOMENTS:
            few, all_ = facts(work, now), whole(work, now)
            assert due(few, CADENCE, now) == due(all_, CADENCE, now)
            assert next_due(few, CADENCE, now) == next_due(all_, CADENCE, now)
            assert tapered(few, CADENCE, now) == tapered(all_, CADENCE, now)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_a_letter_may_say_is_the_same(store: Store, seed: int) -> None:
    lived(store, seed, steps=80)
    with store.reading() as work:
        invitations = [event for event in work.log.events() if event.kind is Kind.INTERVIEW and event.application]
        for now in MOMENTS:
            for plan in [*due(facts(work, now), CADENCE, now), *_plans(work, invitations, now)]:
                few = quotable(work, facts(work, now), plan)
                assert _said(plan, few, now, work) == _said(plan, whole(work, now), now)


def _plans(work: Work, invitations: list[Event], now: datetime) -> list[Plan]:
    """One of each kind, whether it is due or not."""
    untold = [event for event in facts(work, now).untold if event.kind not in NOTICES]
    talk = next((event for event in invitations if event.received <= now), None)
    plans = [Plan(LetterKind.WEEKLY, tuple(untold[:3]), "weekly"), Plan(LetterKind.DAILY, tuple(untold[-2:]))]
    return [*plans, Plan(LetterKind.BEFORE, about="before", talk=talk)] if talk else plans


def _said(plan: Plan, known: Facts, now: datetime, work: Work | None = None) -> situation.Situation:
    past = work.search.history(now) if work else None
    told = situation.gather(plan, known, READER, now, past=past)
    its = {event.application for event in plan.events}
    # Only the letter of the week has a plan that speaks of a skill.
    skill = told.skill if plan.kind is LetterKind.WEEKLY else ""
    return replace(told, skill=skill, known={number: one for number, one in told.known.items() if number in its})


# --- At a glance ----------------------------------------------------------------------------------------------------


def at_rest(pipeline: Pipeline, now: datetime) -> None:
    """All that is due is written, and what is to come is foreseen."""
    for _ in range(9):
        if not pipeline.write(now):
            return
    raise AssertionError("there is no end of letters")


@pytest.mark.parametrize("seed", [1])
def test_a_glance_says_what_a_close_look_says(pipeline: Pipeline, seed: int) -> None:
    store = store_of(pipeline)
    lived(store, seed)
    with store.writing() as work:
        work.notes.polled("home", NOW)
        work.notes.failed("work", "The server is away.", NOW)
        work.notes.set("config", "a good one")
    at_rest(pipeline, NOW)
    found = glance(store.path.parent, CADENCE, NOW + HOUR)
    assert found is not None
    with store.reading() as work:
        assert found.next_letter == next_due(whole(work, NOW + HOUR), CADENCE, NOW + HOUR)
        assert (found.health, found.counts) == (work.notes.health(), work.log.counts())
        assert (found.waiting, found.troubles) == (work.outbox.unsent(), work.outbox.troubles())
    assert found.checked == "a good one"


def test_a_glance_is_not_enough_where_anything_has_changed(pipeline: Pipeline) -> None:
    folder = store_of(pipeline).path.parent
    lived(pipeline.store, 1)
    assert glance(folder, CADENCE, NOW) is None, "nothing was foreseen"
    at_rest(pipeline, NOW)
    assert glance(folder, CADENCE, NOW) is not None
    assert glance(folder, replace(CADENCE, most_per_week=1), NOW) is None
    assert glance(folder, CADENCE, NOW - HOUR) is None
    assert glance(folder, CADENCE, NOW + 100 * DAY) is None
    with pipeline.store.writing() as work:
        work.acts.keep(Act(Did.STEP, NOW))
    assert glance(folder, CADENCE, NOW) is None


def test_a_glance_leaves_what_is_unusual_to_a_close_look(tmp_path: Path) -> None:
    pipeline = open_pipeline(tmp_path / "store")
    at_rest(pipeline, NOW)
    pipeline.store.close()
    folder, sound = tmp_path / "store", (tmp_path / "store" / FILE).read_bytes()
    assert glance(folder, CADENCE, NOW) is not None
    assert glance(tmp_path / "nowhere", CADENCE, NOW) is None
    for bad in (b"", sound[:5000], b"x" * len(sound), sound.replace(b"0005", b"0099")):
        (folder / FILE).write_bytes(bad)
        assert glance(folder, CADENCE, NOW) is None
        assert (folder / FILE).read_bytes() == bad
