"""The benchmark of the hosted service still works, on a few mailboxes; the simulation beside it gives what it gave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench import simulated
from bench.hosting import crowd, rates, room, shown
from bench.hosting.asking import Asked
from bench.hosting.crowd import Cost, Crowded
from bench.hosting.found import Found, Size
from bench.hosting.house import settled
from bench.hosting.rates import Pace
from bench.swarm.model import Model, read
from bench.swarm.world import WARM, Outage, World
from bench.swarm.world import Found as Simulated


@pytest.mark.server
def test_looks_of_a_real_worker_are_measured() -> None:
    with settled(8) as house:
        pace = rates.pace(house, 1, house.members)
        held = {one.name: one.rows for one in room.tables(house)}
    assert pace.workers == 1
    assert pace.each_second > 0
    assert held["member"] == held["procrastinate_jobs"] == held["cursor"] == 8
    assert held["secret"] == 16


@pytest.mark.server
def test_jobs_that_are_put_back_are_measured() -> None:
    with settled(8) as house:
        rates.pace(house, 1, house.members)
        crowd.crowded(house, 1, house.members)
        jobs = house.ask(
            "SELECT args->'host', args->'standings'->0->2 FROM procrastinate_jobs WHERE task_name = 'poll'"
        )
    assert len(jobs) == 8
    assert all(host for host, _ in jobs)
    assert all(turn == 1 for _, turn in jobs)


def test_what_is_put_back_is_told_beside_a_look() -> None:
    found = Found(Size(), {2: [Pace(2, 30.0, 0.017, 0.006, 0.003, 1.0, 43.0, 0.5)]}, {2: [150.0]})
    found.crowded = [Crowded(Cost(0.02, 0.01, 40.0), Cost(0.01, 0.006, 20.0), Cost(0.005, 0.004, 10.0))]
    table = shown.crowded(found)
    assert [row[1:] for row in table.rows] == [("0.5", "0.6", "0.5"), ("0.25", "0.4", "0.25")]


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


def crowd_at_the_largest(model: Model) -> Simulated:
    """It bears a fifth of what is asked of it."""
    largest, *others = model.providers
    model = replace(model, providers=(replace(largest, per_second=2.0), *others))
    return World(model, 6_000, 3, Outage()).run(60.0)


def test_what_is_put_back_costs_what_the_model_says() -> None:
    model = read()
    dear = replace(model.swept, put_back=5.0), replace(model.known, put_back=5.0)
    found, dearer = crowd_at_the_largest(model), crowd_at_the_largest(replace(model, swept=dear[0], known=dear[1]))
    assert found.deferrals > 0
    assert dearer.database_busy > 1.5 * found.database_busy


def test_hands_are_left_for_providers_that_answer() -> None:
    """Where those that do not answer may have all of them, the others wait."""
    model = read()
    name = model.providers[0].name
    lags = {}
    for silent in (model.limits.silent, 1.0):
        limits = replace(model.limits, silent=silent, share=1.0, connections=10**6, open_after=10**6)
        free = replace(model, limits=limits, providers=tuple(replace(one, connections=0) for one in model.providers))
        found = World(free, 3_000, 1, Outage(name, WARM, WARM + 200.0)).run(200.0)
        lags[silent] = simulated.quantile(
            [one for each, all_ in found.lags.items() if each != name for one in all_], 0.9
        )
    assert lags[model.limits.silent] < lags[1.0] / 2


def test_of_values_a_share_does_not_exceed() -> None:
    assert simulated.quantile([3.0, 1.0, 2.0], 0.5) == 2.0
