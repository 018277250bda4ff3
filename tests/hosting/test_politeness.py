"""Providers are spared: by turns, by connections, and by peace while they ail; one of them holds up no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.rig.postgres import Cluster, Database
from triage.errors import CredentialError, ServerError
from triage.hosting.politeness import Limits, Politeness, Wait
from triage.store.postgres import open_engine

pytestmark = pytest.mark.server

HOST, OTHER = "imap.example.org", "imap.example.net"
EAGER = Limits(connections=3, per_second=1000.0, open_after=3, open_for=30.0, longest=100.0)
SLOW = Limits(connections=100, per_second=0.5)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    made = open_engine(database.worker, name="test", size=10)
    yield made
    made.dispose()


def polite(engine: Engine, limits: Limits = EAGER, hands: int = 100) -> Politeness:
    return Politeness(engine, {HOST: limits}, Limits(per_second=1000.0), hands)


def fail(one: Politeness, times: int, host: str = HOST, error: Exception | None = None) -> None:
    for _ in range(times):
        with suppress(ServerError, CredentialError), one.visit(host):
            raise error or ServerError("It does not answer.")


def waits(one: Politeness, host: str = HOST, *, turn: bool = False) -> Wait | None:
    try:
        with one.visit(host, turn=turn):
            return None
    except Wait as wait:
        return wait


def later(engine: Engine, seconds: float) -> None:
    """Let so much time pass for what is known of the providers."""
    with engine.begin() as connection:
        past = {"past": timedelta(seconds=seconds)}
        connection.execute(text("UPDATE provider SET open_until = open_until - :past, turn = turn - :past"), past)


def rest(engine: Engine, host: str = HOST) -> float:
    with engine.connect() as connection:
        asked = text("SELECT extract(epoch FROM open_until - now()) FROM provider WHERE host = :host")
        return float(connection.execute(asked, {"host": host}).scalar_one() or 0)


def test_a_visit_is_let_in_and_leaves_room_for_the_next(engine: Engine) -> None:
    one = polite(engine)

    assert [waits(one) for _ in range(10)] == [None] * 10


def test_the_connections_of_all_workers_together_are_bounded(engine: Engine) -> None:
    first, second = polite(engine), polite(engine)
    with ExitStack() as stack:
        for worker in (first, second, first):
            stack.enter_context(worker.visit(HOST))

        assert waits(second) is not None
        assert waits(first) is not None
        assert waits(second, OTHER) is None

    assert waits(second) is None


def test_a_worker_that_is_gone_holds_no_connection(engine: Engine) -> None:
    gone, other = polite(engine), polite(engine)
    with ExitStack() as stack:
        for _ in range(EAGER.connections):
            stack.enter_context(gone.visit(HOST))
        gone.close()  # its session ends, as when it is killed

        assert waits(other) is None


def test_of_many_threads_no_more_come_in_than_may(engine: Engine) -> None:
    one, threads = polite(engine), 12
    ready, settled = Barrier(threads), Barrier(threads)
    inside: list[bool] = []

    def call() -> None:
        with ExitStack() as stack:
            ready.wait(30)
            try:
                stack.enter_context(one.visit(HOST))
                inside.append(True)
            except Wait:
                inside.append(False)
            settled.wait(30)

    callers = [Thread(target=call) for _ in range(threads)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert sum(inside) == EAGER.connections
    assert waits(one) is None


def test_one_provider_gets_no_more_than_its_share_of_the_hands(engine: Engine) -> None:
    one = polite(engine, Limits(per_second=1000.0), hands=2)
    with one.visit(HOST), one.visit(HOST):
        assert waits(one) is not None
        assert waits(one, OTHER) is None


def test_more_than_the_rate_wait_each_for_its_own_turn(engine: Engine) -> None:
    one = polite(engine, SLOW)

    found = [waits(one) for _ in range(4)]

    assert found[0] is None
    assert [round(wait.until.total_seconds()) for wait in found if wait] == [2, 4, 6]
    assert all(wait.turn for wait in found if wait)


def test_a_turn_that_was_reserved_is_not_queued_for_again(engine: Engine) -> None:
    one = polite(engine, SLOW)
    waits(one)
    waits(one)

    assert waits(one, turn=True) is None
    third = waits(one)
    assert third is not None
    assert round(third.until.total_seconds()) == 4


def test_a_provider_that_fails_is_left_alone_and_others_are_not(engine: Engine) -> None:
    one = polite(engine)
    fail(one, EAGER.open_after)

    wait = waits(polite(engine))

    assert wait is not None
    assert 29 < wait.until.total_seconds() <= 60
    assert not wait.turn
    assert waits(one, OTHER) is None


@pytest.mark.parametrize("between", [None, CredentialError("It refuses the password.")])
def test_failures_that_are_not_in_a_row_mean_nothing(engine: Engine, between: Exception | None) -> None:
    one = polite(engine)
    for _ in range(3):
        fail(one, EAGER.open_after - 1)
        if between:
            fail(one, 1, error=between)
        else:
            waits(one)

    assert waits(one) is None


def test_after_its_rest_one_visit_finds_out_and_the_others_wait(engine: Engine) -> None:
    one = polite(engine)
    fail(one, EAGER.open_after)
    later(engine, 31)

    with one.visit(HOST):
        assert waits(one) is not None
        assert waits(one, turn=True) is not None

    assert waits(one) is None
    assert rest(engine) == 0


def test_the_rest_doubles_until_it_is_long_enough(engine: Engine) -> None:
    one = polite(engine)
    fail(one, EAGER.open_after)
    rests = [rest(engine)]
    for _ in range(3):
        later(engine, 101)
        fail(one, 1)
        rests.append(rest(engine))

    assert rests == pytest.approx([30, 60, 100, 100], abs=2)


def test_failures_of_visits_that_were_under_way_do_not_prolong_the_rest(engine: Engine) -> None:
    one = polite(engine, Limits(connections=20, per_second=1000.0, open_after=2, open_for=30.0))
    with suppress(ServerError), ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(one.visit(HOST))
        raise ServerError("All at once.")

    fail_later = rest(engine)
    assert 28 < fail_later <= 30


def test_after_the_database_was_away_visits_are_let_in_again(engine: Engine) -> None:
    one = polite(engine)
    with engine.begin() as connection, one.visit(HOST):
        # As seen from here the other sessions of this user end, and with them their locks.
        others = "pid <> pg_backend_pid() AND usename = current_user"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))

    with suppress(Exception):
        waits(one)
    assert waits(one) is None


def test_a_visit_that_does_not_begin_leaves_it_to_the_next_to_find_out(engine: Engine) -> None:
    one = polite(engine)
    fail(one, EAGER.open_after)
    later(engine, 31)

    with one.place(HOST) as place:
        assert waits(one) is not None
    assert place.host == HOST
    with one.visit(HOST):
        pass

    assert waits(one) is None
    assert rest(engine) == 0


def test_a_place_is_free_again_once_its_visit_is_over(engine: Engine) -> None:
    one = polite(engine, Limits(connections=1, per_second=1000.0))
    with one.place(HOST) as place:
        with place.visit():
            assert waits(one) is not None
        assert waits(one) is None


def test_a_place_that_is_not_made_use_of_says_nothing_of_the_provider(engine: Engine) -> None:
    one = polite(engine)
    fail(one, EAGER.open_after - 1)
    with one.place(HOST):
        pass
    fail(one, 1)

    assert rest(engine) > 0


def test_after_a_restart_of_the_database_visits_under_way_count_as_before(engine: Engine, cluster: Cluster) -> None:
    one, other = polite(engine), polite(engine)
    with ExitStack() as stack:
        for worker in (one, other, one):
            stack.enter_context(worker.visit(HOST))
        cluster.end()
        cluster.start()
        for worker in (one, other):
            notices(worker)

        assert [waits(worker) is None for worker in (one, other, one)] == [False, False, False]
        assert waits(one, OTHER) is None

    assert [waits(worker) for worker in (one, other)] == [None, None]
    assert taken(engine) == 0


def notices(one: Politeness) -> None:
    """Its connections are gone. Each of them says so once."""
    for _ in range(20):
        with suppress(DBAPIError):
            waits(one)
            return
    raise AssertionError


def taken(engine: Engine) -> int:
    """How many connections to providers are counted."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).scalar_one())
