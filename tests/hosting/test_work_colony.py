"""Real workers on a real database and a real mail server: whatever becomes of a worker, each no has one line and is
told once."""

from __future__ import annotations

import signal

import pytest

from tests.hosting.colony import Colony
from tests.rig import employers
from tests.rig.postgres import Cluster

pytestmark = pytest.mark.server


def test_from_a_mail_to_a_letter(town: Colony) -> None:
    robin, kim = town.settle(2)
    town.mail(robin, employers.rejection("Alderbridge Works"), employers.ordinary())
    town.mail(kim, employers.rejection("Birchfield Studio"))
    worker = town.worker("--json")
    town.until(lambda: bool(town.told(robin)) and bool(town.told(kim)))
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(20) == 0
    assert (town.told(robin), town.told(kim)) == ({"Alderbridge Works": 1}, {"Birchfield Studio": 1})
    assert (town.logged(robin), town.logged(kim)) == ({"Alderbridge Works": 1}, {"Birchfield Studio": 1})
    assert town.forgotten() == []


def test_workers_are_killed_and_replaced_while_mail_arrives(town: Colony) -> None:
    people = town.settle(2)
    planted = employers.COMPANIES[:3]
    for company, end in zip(planted, (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL), strict=True):
        for person in people:
            town.mail(person, employers.rejection(company))
        town.hurry()
        worker = town.worker()
        town.until(lambda: any(state == "doing" for task, _, state in town.jobs() if task == "poll"))
        worker.send_signal(end)
        worker.wait(20)
    assert town.forgotten() == []
    town.worker()
    town.worker()
    town.until(lambda: all(sum(town.told(person).values()) >= len(planted) for person in people), within=120)
    for person in people:
        assert town.logged(person) == dict.fromkeys(planted, 1)
        assert town.told(person) == dict.fromkeys(planted, 1)


def test_one_that_slept_through_its_own_replacement_writes_nothing(town: Colony) -> None:
    (robin,) = town.settle(1)
    town.mail(robin, *(employers.rejection(company) for company in employers.COMPANIES[:12]))
    first = town.worker()
    town.until(lambda: bool(town.logged(robin)))
    first.send_signal(signal.SIGSTOP)
    fence = town.row(robin, "fence")
    town.worker()
    town.until(lambda: town.row(robin, "fence") > fence and sum(town.told(robin).values()) == 12)
    first.send_signal(signal.SIGCONT)
    town.mail(robin, employers.interview(employers.COMPANIES[12]))
    town.hurry()
    town.until(lambda: sum(town.told(robin).values()) == 13)
    assert town.logged(robin) == town.told(robin) == dict.fromkeys(employers.COMPANIES[:13], 1)


def test_the_database_is_started_anew_under_the_workers(town: Colony, cluster: Cluster) -> None:
    people = town.settle(2)
    workers = [town.worker(), town.worker()]
    town.until(lambda: all(town.row(person, "polled") for person in people))
    for person in people:
        town.mail(person, employers.rejection("Alderbridge Works"))
    town.hurry()
    cluster.end()
    cluster.start()
    town.until(lambda: all(town.told(person) for person in people))
    assert [town.told(person) for person in people] == [{"Alderbridge Works": 1}] * 2
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert town.forgotten() == []
