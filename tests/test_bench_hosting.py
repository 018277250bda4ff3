"""The benchmark of the hosted service still works, on a few mailboxes; the simulation beside it gives what it gave."""

from __future__ import annotations

import pytest

from bench import simulated
from bench.hosting import rates, room, shown
from bench.hosting.asking import Asked
from bench.hosting.found import Found, Size
from bench.hosting.house import settled
from bench.hosting.rates import Pace
from bench.swarm.model import read
from bench.swarm.world import Outage, World


@pytest.mark.server
def test_looks_of_a_real_worker_are_measured() -> None:
    with settled(8) as house:
        pace = rates.pace(house, 1, house.members)
        held = {one.name: one.rows for one in room.tables(house)}
    assert pace.workers == 1
    assert pace.each_second > 0
    assert held["member"] == held["procrastinate_jobs"] == held["cursor"] == 8
    assert held["secret"] == 16


def test_what_was_found_is_told_as_the_simulation_takes_it() -> None:
    idle, mail, employers = (Pace(2, 30.0, cost, 0.006, 0.003, 1.0, 43.0, 0.5) for cost in (0.017, 0.025, 0.106))
    found = Found(Size(), {2: [idle]}, {2: [150.0]}, [mail], [employers])
    found.asked = [Asked(1_000, 0.0005, 0.001), Asked(11_000, 0.0015, 0.001)]
    lines = (line.partition(" = ") for line in shown.fleet(found).splitlines() if " = " in line)
    told = {name: float(value) for name, _, value in lines}
    assert told == {
        "cpu_poll": 0.017,
        "cpu_mail": 0.008,
        "cpu_job_mail": 0.081,
        "begin_seconds": 0.003,
        "end_seconds": 0.003,
        "waiting_seconds": 1e-7,
    }
    model = read()
    assert told.keys() <= set(model.worker.__slots__) | set(model.database.__slots__)


def test_the_same_dice_make_the_same_day() -> None:
    found = [World(read(), 300, 1, Outage()).run(60.0) for _ in range(2)]
    assert found[0] == found[1]
    assert found[0].polls > 0


def test_of_values_a_share_does_not_exceed() -> None:
    assert simulated.quantile([3.0, 1.0, 2.0], 0.5) == 2.0
