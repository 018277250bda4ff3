"""What a job asks of the database, and in which order: where it is not its turn, next to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.hosting.colony import Colony, Person
from tests.hosting.hands import MINUTE, Hands
from tests.rig.ports import free_port
from tests.rig.postgres import Cluster
from triage.hosting.looking import Outcome
from triage.hosting.politeness import Limits, Place, Politeness
from triage.hosting.queue import Standing, Visit
from triage.store.postgres import take

pytestmark = pytest.mark.server

HOST = "127.0.0.1"
WAIT, LOOK = 10, 32
"""Statements of one job. It was 19 and 34 when a member's rooms were opened before their provider was asked."""


def crowd(town: Colony) -> None:
    """All that is free at the provider for minutes is promised to others."""
    town.ask("UPDATE provider SET turn = now() + interval '5 minutes'")


def known(worker: Hands, person: Person, *, turn: bool = False) -> Visit:
    """Their next job, after a first look; it is due now. `turn`: this moment was kept free for it."""
    assert worker.do(worker.next(person)) is Outcome.DONE
    job = worker.next(person)
    worker.now = max(worker.now, job.at)
    return replace(job, standings=tuple(replace(one, turn=turn) for one in job.standings))


def asked(cluster: Cluster, worker: Hands, job: Visit) -> tuple[Outcome, list[str]]:
    """What came of it, and what the server was asked meanwhile, as it has logged it."""
    log = cluster.root / "log"
    before = log.stat().st_size
    outcome = worker.do(job)
    told = log.read_bytes()[before:].decode(errors="replace")
    found = re.findall(r"LOG:  (?:statement|execute [^:]*):(.*(?:\n\t.*)*)", told)
    return outcome, [one for one in found if "WHERE current_setting('synchronous_commit')" not in one]


def test_ten_jobs_in_a_crowd(town: Colony, worker: Hands, cluster: Cluster) -> None:
    """Four are let in, and six find that it is not their turn."""
    jobs = [known(worker, person, turn=number < 4) for number, person in enumerate(town.settle(10))]
    crowd(town)
    town.ask(f"ALTER DATABASE {town.database.name} SET log_statement = 'all'")
    worker.engine.dispose()
    worker.do(Visit(4711, worker.now))  # whoever comes first pays for the connection

    done = [asked(cluster, worker, job) for job in jobs]

    assert [outcome for outcome, _ in done] == [Outcome.DONE] * 4 + [Outcome.WAITS] * 6
    costs = [len(statements) for _, statements in done]
    assert max(costs[:4]) <= LOOK
    assert max(costs[4:]) <= WAIT
    told = "\n".join(one for _, statements in done[4:] for one in statements)
    assert "provider" in told
    assert "secret" not in told
    assert "fence=" not in told


def test_whoever_waits_was_not_taken_over(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    job = known(worker, robin)
    fence = town.row(robin, "fence")
    crowd(town)
    assert worker.do(job, build="fails_to_build") is Outcome.WAITS
    following = worker.next(robin)
    assert (town.row(robin, "due"), town.row(robin, "fence")) == (following.at, fence)
    assert following.standings[0].turn
    assert following.host == HOST
    worker.now = following.at
    assert worker.do(following) is Outcome.DONE


class Overtaken(Politeness):
    """While the provider is asked, another worker takes the member over."""

    member = 0

    def __init__(self, engine: Engine, limits: Limits) -> None:
        super().__init__(engine, {}, limits, 8)
        self._another = engine

    @contextmanager
    def place(self, host: str, *, turn: bool = False) -> Iterator[Place]:
        take(self._another, self.member)
        with super().place(host, turn=turn) as found:
            yield found


def test_one_that_is_overtaken_while_it_asks_puts_nothing_back(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    job = known(worker, robin)
    before = town.row(robin, "due")
    crowd(town)
    overtaken = Overtaken(worker.engine, worker.limits)
    overtaken.member = robin.number
    worker.politeness = overtaken
    assert worker.do(job) is Outcome.SUPERSEDED
    assert (town.row(robin, "due"), town.jobs()) == (before, [])


def test_for_one_who_is_suspended_no_provider_is_asked(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    job = known(worker, robin)
    town.ask("UPDATE member SET state = 'suspended'")
    town.ask("UPDATE provider SET turn = NULL")
    assert worker.do(job) is Outcome.GONE
    assert town.ask("SELECT turn FROM provider") == [(None,)]


def test_one_who_has_moved_waits_for_their_new_provider(town: Colony, worker: Hands) -> None:
    """Their settings have changed since the job was put into the queue."""
    (robin,) = town.settle(1)
    job = replace(known(worker, robin), host="imap.example.org")
    crowd(town)
    assert worker.do(job) is Outcome.WAITS
    assert worker.next(robin).host == HOST
    assert worker.do(replace(job, host="imap.example.org", standings=(Standing(job.at, turn=True),))) is Outcome.DONE


def test_a_provider_is_asked_first_only_where_letters_go_there_too(town: Colony, worker: Hands) -> None:
    """Or those would wait with the mail, and their own server has time."""
    robin, kim = town.settle(2)
    assert known(worker, robin).host == HOST
    worker.elsewhere = "smtp.example.org"
    assert known(worker, kim).host == ""


def test_the_mailbox_that_waits_holds_up_no_other(town: Colony, worker: Hands) -> None:
    other = f'[[mailbox]]\nhost = "{HOST}"\nport = {free_port()}\ntls = "none"\nuser = "x"\nname = "old"\n'
    (robin,) = town.settle(1, more=f'{other}[courier]\nkind = "imap"\nmailbox = "home"\n')
    job = replace(worker.next(robin), host=HOST, at=worker.now)
    first, second = Standing(worker.now), Standing(worker.now + MINUTE)
    town.ask("INSERT INTO provider (host, turn) VALUES (%s, now() + interval '5 minutes')", HOST)
    assert worker.do(replace(job, standings=(first, second))) is Outcome.WAITS
    following = worker.next(robin)
    assert (following.at, following.host) == (second.due, "")
    assert following.standings[0].due - worker.now > timedelta(minutes=4)
    assert following.standings[1] == second
