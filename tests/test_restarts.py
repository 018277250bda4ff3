"""Started again and again: one letter a period, none where nothing came, none by a start that fails."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.fakes import Fate, KilledError
from tests.machine.record import Record, read, sound
from tests.machine.repertoire import FJORD
from tests.machine.world import World
from tests.rig import employers
from tests.stopping import Place, run
from triage.errors import BusyError, ConfigError
from triage.store import held

TIMES = 50
MONDAY = datetime(2026, 3, 2, 10, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
"""The hour of letters has come."""


# --- Fifty times in one period --------------------------------------------------------------------------------------


@pytest.fixture(params=[timedelta(0), timedelta(minutes=10)], ids=["append", "smtp"])
def empty(request: pytest.FixtureRequest) -> Iterator[World]:
    """A service that has had its first look, at a mailbox with nothing in it."""
    world = World(MONDAY.astimezone(UTC), ZoneInfo("Europe/Stockholm"), request.param)
    world.poll()
    yield world
    world.close()


@pytest.fixture
def world(empty: World) -> World:
    """A no came this morning."""
    empty.mailbox.receive(FJORD.data(MONDAY.date()), empty.true - timedelta(hours=2))
    empty.poll()
    return empty


def live(world: World, times: int = TIMES) -> Record:
    """Started so often, a minute apart; each time a look and a tick, and then it is gone."""
    for _ in range(times):
        world.restart()
        world.poll()
        world.tick()
        world.true += timedelta(minutes=1)
    return read(world.store)


def test_where_nothing_came_nobody_is_called(empty: World) -> None:
    """No letter says that there is nothing to say, and the courier connects to nobody."""
    lived = live(empty)
    assert (empty.courier.tries, empty.courier.looks) == (0, 0)
    assert (lived.letters, lived.lines) == ([], [])


def test_fifty_starts_in_one_period_are_one_letter(world: World) -> None:
    lived = live(world)
    assert (len(lived.letters), len(world.courier.inbox)) == (1, 1)
    assert (world.courier.tries, world.courier.looks) == (1, 0)


@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.ARRIVES])
def test_a_courier_that_fails_at_every_start_brings_one_letter_when_it_works(world: World, fate: Fate) -> None:
    """And meanwhile none, or the one: each try after the first begins with a look whether it is there."""
    world.courier.next(*[fate] * TIMES)
    lived = live(world)
    arrives = fate in (Fate.LOSES_ANSWER, Fate.DIES_AFTER)
    assert (len(lived.letters), len(world.courier.inbox)) == (1, int(arrives))
    world.courier.fates.clear()
    world.true += timedelta(hours=3)
    lived = live(world, 3)
    assert (len(lived.letters), len(world.courier.inbox), lived.on_their_way) == (1, 1, [])


@pytest.mark.parametrize("seed", range(6))
def test_killed_fifty_times_anywhere_in_one_period(world: World, seed: int) -> None:
    """In the transactions of the start, of the look and of the tick, and around the handing over."""
    chance = random.Random(seed)
    for _ in range(TIMES):
        world.mishap.error, world.mishap.steps = KilledError(), chance.randrange(12)
        world.courier.fates = [chance.choice([Fate.ARRIVES, Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.FAILS])]
        live(world, 1)
    world.recovers()
    world.true += timedelta(hours=2)
    lived = live(world, 2)
    assert world.deaths >= TIMES // 3
    assert (len(lived.letters), len(world.courier.inbox), lived.on_their_way) == (1, 1, [])
    assert sound(world.store)


# --- Starts that fail -----------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path).make()


@pytest.mark.parametrize("trouble", ["another one runs", "the configuration is broken"])
def test_a_start_that_fails_sends_nothing(place: Place, trouble: str) -> None:
    """Again and again, as systemd would; what was due is told once by the first start that succeeds."""
    assert run(place, "poll") is None
    place.inbox.add(employers.rejection(employers.COMPANIES[0]), employers.yesterday())
    text = place.config.read_text()
    for _ in range(TIMES):
        if trouble == "another one runs":
            with held(place.store):
                assert isinstance(run(place, "run"), BusyError)
        else:
            place.configure(text + "\n[letters]\nhour = 'noon'\n")
            assert isinstance(run(place, "run"), ConfigError)
    assert len(place.mails()) == 1
    place.configure(text)
    for _ in range(3):
        assert run(place, "poll") is None
    assert place.told() == {employers.COMPANIES[0]: 1}
