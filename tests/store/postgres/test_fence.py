"""One writer for each member: whoever was overtaken writes nothing more, and a lost connection is an error, no loss."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaitingError
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, text

from tests.rig import hosted, postgres
from tests.rig.hosted import Host
from tests.store.making import NOW, recorded, untold
from tests.store.making import event as an_event
from triage.core.values import Cursor
from triage.errors import StoreError, Superseded
from triage.hosting.acting import driver
from triage.store.postgres import MemberStore, open_engine, take

pytestmark = pytest.mark.server


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def waits(one: Future[Any]) -> bool:
    try:
        one.result(0.2)
    except StillWaitingError:
        return True
    return False


def end_connections(host: Host) -> None:
    """All that a worker has open."""
    with psycopg.connect(host.database.superuser, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
            "WHERE usename = 'triage_worker' AND datname = current_database()"
        )


def test_whoever_was_overtaken_writes_nothing_more(shared: Host) -> None:
    member = shared.enrol()
    slow = shared.store(member)
    recorded(slow, "before")
    new = shared.store(member)
    with pytest.raises(Superseded):
        recorded(slow, "too late")
    recorded(new, "after")
    assert len(untold(slow)) == len(untold(new)) == 2, "to read does no harm"


def test_the_fence_of_another_member_opens_nothing(shared: Host) -> None:
    one, other = shared.enrol(), shared.enrol()
    fence = [take(shared.engine, one) for _ in range(3)][-1]
    with pytest.raises(Superseded):
        MemberStore(shared.engine, other, fence)


def test_a_member_who_is_gone_cannot_be_taken(shared: Host) -> None:
    with pytest.raises(Superseded, match="no such member"):
        take(shared.engine, 987_654)


def test_whoever_takes_over_waits_for_what_is_being_written(shared: Host, pool: ThreadPoolExecutor) -> None:
    slow = shared.store(shared.enrol())
    with slow.writing() as work:
        work.log.record(an_event("in time"))
        taking = pool.submit(take, shared.engine, slow.member)
        assert waits(taking)
    new = MemberStore(shared.engine, slow.member, taking.result(10))
    assert len(untold(new)) == 1
    with pytest.raises(Superseded):
        recorded(slow, "too late")


def test_whoever_begins_while_another_takes_over_is_refused_then(shared: Host, pool: ThreadPoolExecutor) -> None:
    slow = shared.store(shared.enrol())
    with psycopg.connect(shared.database.worker) as taking:
        taking.execute("SELECT set_config('triage.member', %s, true)", [str(slow.member)])
        taking.execute("UPDATE member SET fence = fence + 1 WHERE id = %s", [slow.member])
        late = pool.submit(recorded, slow, "too late")
        assert waits(late)
        taking.commit()
        with pytest.raises(Superseded):
            late.result(10)
    assert untold(slow) == []


def test_writers_of_different_members_do_not_wait_for_each_other(shared: Host, pool: ThreadPoolExecutor) -> None:
    one, other = shared.store(shared.enrol()), shared.store(shared.enrol())
    with one.writing() as work:
        work.log.record(an_event("mine"))
        assert pool.submit(recorded, other, "theirs").result(10) == [1]


def test_whoever_hangs_in_the_middle_is_let_go(shared: Host) -> None:
    member = shared.enrol()
    short = "?options=-c%20idle_in_transaction_session_timeout%3D300"
    engine = open_engine(shared.database.worker + short, name="slow", size=1)
    slow = MemberStore(engine, member, take(engine, member))
    news = []

    def hang() -> None:
        with slow.writing() as work:
            work.log.record(an_event("never kept"))
            news.append(shared.store(member))  # as long as the slow one is there, this waits
            work.log.record(an_event("nor this"))

    with pytest.raises(StoreError, match="too slow"):
        hang()
    assert untold(news[0]) == []
    with pytest.raises(Superseded):
        recorded(slow, "nor later")
    engine.dispose()


def test_the_role_itself_lets_go_of_those_who_hang(shared: Host) -> None:
    with psycopg.connect(shared.database.worker) as connection:
        asked = ("idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout")
        assert [connection.execute(f"SHOW {name}").fetchone() for name in asked] == [("15s",), ("20s",), ("1min",)]


def test_a_connection_lost_in_the_middle_is_an_error_and_no_loss(host: Host) -> None:
    store = host.store(host.enrol())
    recorded(store, "before")

    def lose() -> None:
        with store.writing() as work:
            work.log.record(an_event("never kept"))
            end_connections(host)
            work.log.record(an_event("nor this"))

    with pytest.raises(StoreError, match="cannot be reached"):
        lose()
    assert len(untold(store)) == 1
    assert recorded(store, "after") == [2]


@pytest.mark.parametrize("ask", ["wrote", "corrected"])
def test_a_quick_question_survives_a_lost_connection_too(host: Host, ask: str) -> None:
    store = host.store(host.enrol())
    end_connections(host)
    question = {"wrote": lambda: store.quick.wrote("<a@x>"), "corrected": store.quick.corrected}[ask]
    with pytest.raises(StoreError, match="cannot be reached"):
        question()
    assert question() is False


def test_a_database_that_was_restarted_is_worked_on() -> None:
    """With connections that lay ready: one of them says so, and none of the others does."""
    with postgres.running() as cluster, hosted.host(cluster.fresh()) as host:
        store = host.store(host.enrol())
        with store.reading(), store.reading(), store.reading():
            recorded(store, "before")
        cluster.end()
        with pytest.raises(StoreError, match="cannot be reached"):
            recorded(store, "while it is away")
        cluster.start()
        assert recorded(store, "after") == [2]
        with store.reading(), store.reading(), store.reading() as work:
            assert work.log.counts() == {"rejection": 2}


def test_when_all_connections_are_in_use_that_is_said(shared: Host) -> None:
    engine = open_engine(shared.database.worker, name="small", size=1)
    engine.pool._timeout = 0.1  # type: ignore[attr-defined]  # nobody waits half a minute for a test
    store = MemberStore(engine, shared.enrol(), 0)
    with store.reading(), pytest.raises(StoreError, match="connections to the database are in use"):
        recorded(store, "one")
    engine.dispose()


def test_what_goes_past_the_store_is_part_of_its_transaction(shared: Host) -> None:
    store = shared.store(shared.enrol())

    def break_off() -> None:
        with store.writing() as work:
            driver(work.connection).execute("INSERT INTO setting (name, value) VALUES ('a job', 'waits')")
            assert work.notes.setting("a job") == "waits"
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    with store.reading() as work:
        assert work.notes.setting("a job") == ""


@pytest.mark.parametrize(("lasting", "said"), [(True, "on"), (False, "off")])
def test_what_need_not_last_does_not_wait_for_the_disk(shared: Host, *, lasting: bool, said: str) -> None:
    store = shared.store(shared.enrol())
    with store.writing(lasting=lasting) as work:
        assert work.connection.execute(text("SHOW synchronous_commit")).scalar() == said
    with store.writing() as work:
        assert work.connection.execute(text("SHOW synchronous_commit")).scalar() == "on"


def test_a_server_that_is_tuned_otherwise_changes_nothing(host: Host, pool: ThreadPoolExecutor) -> None:
    """Neither what a commit means nor how a writer waits for another one."""
    with psycopg.connect(host.database.superuser, autocommit=True) as connection:
        for tuned in ("synchronous_commit = off", "default_transaction_isolation = 'serializable'"):
            connection.execute(f"ALTER DATABASE {host.database.name} SET {tuned}".encode())
    with hosted.host(host.database) as tuned_host:
        slow = tuned_host.store(host.enrol())
        with slow.writing() as work:
            ask = work.connection.exec_driver_sql
            assert ask("SHOW synchronous_commit").scalar() == "on"
            late = pool.submit(recorded, slow, "one more")
            assert waits(late)
            work.log.record(an_event("one"))
        assert late.result(10) == [2]


def test_a_reader_can_write_nothing(shared: Host) -> None:
    store = shared.store(shared.enrol())
    with pytest.raises(StoreError, match="25006"), store.reading() as work:
        work.notes.set("anything", "else")


def test_no_error_repeats_what_stands_in_a_row(shared: Host) -> None:
    store = shared.store(shared.enrol())
    recorded(store, "canary")
    with pytest.raises(StoreError) as caught:
        recorded(store, "canary")
    chain = [caught.value, caught.value.__cause__]
    assert not any("canary" in str(one) for one in chain)


class Steps:
    """Every step that is taken to the server and back."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "before_cursor_execute", self._more)
        event.listen(engine, "commit", self._more)

    def _more(self, *_: object) -> None:
        self.count += 1


def test_how_many_steps_it_takes(host: Host) -> None:
    store = host.store(host.enrol())
    steps = Steps(host.engine)
    with store.reading():
        pass
    assert steps.count == 2, "a transaction: its beginning and its end"
    store.quick.wrote("<a@x>")
    assert steps.count == 3
    with store.writing() as work:
        work.log.move(Cursor("mine", "INBOX", 1, 2, 0))
    assert steps.count == 7, "and whether anything is to be settled"
    host.store(store.member)
    assert steps.count == 14, "to take over, and what was settled, and the secret"
    with store.reading() as work:
        work.outbox.waiting(NOW)
    assert steps.count == 17
