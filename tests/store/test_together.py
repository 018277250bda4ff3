"""Several at work on one store: threads, readers, copies; and what is forgotten is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.making import NOW, event, letter
from triage.core.values import Cursor, Kind
from triage.errors import StoreError
from triage.store import FILE, Memory, Store, copy

CANARY = "Zylophant Biscuitworks"


def at_once(*jobs: Callable[[], object]) -> None:
    """Run all of them in threads that begin together; the first error of any is raised."""
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        start.wait(10)
        job()

    with ThreadPoolExecutor(len(jobs)) as threads:
        for done in [threads.submit(run, job) for job in jobs]:
            done.result(60)


def test_threads_that_record_at_once_lose_nothing(memory: Memory) -> None:
    def record(mailbox: int) -> None:
        for uid in range(30):
            with memory.writing() as work:
                assert not work.log.knows(f"{mailbox}-{uid}")
                work.log.record(event(f"{mailbox}-{uid}"))
                work.log.move(Cursor(str(mailbox), "INBOX", 1, uid))

    at_once(*[lambda number=number: record(number) for number in range(4)])
    with memory.reading() as work:
        assert len(work.log.events()) == 120
        assert [work.log.cursor(str(number), "INBOX") for number in range(4)] == [
            Cursor(str(number), "INBOX", 1, 29) for number in range(4)
        ]


def test_one_mail_seen_by_two_threads_is_one_event(memory: Memory) -> None:
    """What the pipeline does: look, and record what is not known, in one transaction."""

    def record() -> None:
        for number in range(30):
            with memory.writing() as work:
                if not work.log.knows(str(number)):
                    work.log.record(event(str(number)))

    at_once(record, record, record)
    with memory.reading() as work:
        assert sorted(int(one.key) for one in work.log.events()) == list(range(30))


def test_a_reader_sees_one_moment_and_holds_nobody_up(memory: Memory) -> None:
    with memory.reading() as work:
        assert work.log.events() == ()
        with memory.writing() as other:
            other.log.record(event("one"))
        assert work.log.events() == ()
    with memory.reading() as work:
        assert len(work.log.events()) == 1


def test_a_copy_made_while_others_write_is_whole(store: Store, tmp_path: Path) -> None:
    """Each transaction writes a pair; a copy has both or neither of each."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with store.writing() as work:
                work.log.record(event(f"{number}-a", "x" * 2000))
                work.log.record(event(f"{number}-b", "y" * 2000))

    def copy_often() -> None:
        try:
            for number in range(10):
                copy(store.path.parent, tmp_path / f"copy{number}")
        finally:
            stop.set()

    at_once(write, copy_often)
    for number in range(10):
        copied = Store(tmp_path / f"copy{number}")
        with copied.reading() as work:
            keys = [one.key.partition("-")[0] for one in work.log.events()]
        copied.close()
        assert all(keys.count(key) == 2 for key in keys)


def test_a_copy_of_nothing_is_nothing(tmp_path: Path) -> None:
    copy(tmp_path / "missing", tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


def test_a_damaged_store_is_not_copied_in_silence(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    (folder / FILE).write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError, match="damaged"):
        copy(folder, tmp_path / "copy")


# Forgetting.


def traces(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if CANARY.encode() in path.read_bytes()]


def remember(store: Memory) -> list[int]:
    """A company in every place that can hold its name, with other things around it."""
    with store.writing() as work:
        for number in range(50):
            work.log.record(event(f"before {number}"))
        canary = event("canary", CANARY)
        told = replace(canary, application=work.log.begin(canary.details), evidence=(CANARY,), sender_domain=CANARY)
        ids = [work.log.record(told), work.log.record(replace(told, key="second", thread=(CANARY,)))]
        other = work.log.record(event("other"))
        work.outbox.enqueue(letter("<a@x>", ids[0], other, data=f"{CANARY} says no.".encode() * 2000), NOW)
        sent = work.outbox.enqueue(letter("<b@x>", ids[1], data=CANARY.encode()), NOW)
        work.outbox.mark_sent(sent, NOW)
        for number in range(50):
            work.log.record(event(f"after {number}"))
    return ids


def forget(store: Memory, ids: list[int]) -> None:
    with store.writing() as work:
        work.outbox.withdraw(ids)
        assert work.log.forget(ids) == len(ids)
    if isinstance(store, Store):
        store.shrink()


def test_what_is_forgotten_leaves_no_trace_in_any_file(store: Store) -> None:
    ids = remember(store)
    assert traces(store.path.parent) != []
    forget(store, ids)
    assert traces(store.path.parent) == []
    with store.reading() as work:
        assert len(work.log.events()) == 101
        assert work.log.applications() == ()


def test_nothing_is_left_either_where_the_log_of_last_changes_was_written_back_before(store: Store) -> None:
    ids = remember(store)
    store.close()
    assert traces(store.path.parent) == [FILE]
    before = store.path.stat().st_size
    forget(store, ids)
    assert traces(store.path.parent) == []
    assert store.path.stat().st_size < before


def test_a_trace_that_a_reader_keeps_alive_is_told(store: Store) -> None:
    """SQLite cannot empty its log while another program reads an older state; that must not pass for success."""
    ids = remember(store)
    with store.reading() as other:
        other.log.events()
        with store.writing() as work:
            work.outbox.withdraw(ids)
            work.log.forget(ids)
            work.log.connection.exec_driver_sql("PRAGMA busy_timeout=100")
        with pytest.raises(StoreError, match="another program"):
            store.shrink()
    store.shrink()
    assert traces(store.path.parent) == []


def test_what_is_forgotten_is_known_by_its_content_alone(memory: Memory) -> None:
    ids = remember(memory)
    forget(memory, ids)
    with memory.reading() as work:
        assert work.log.knows("canary")
        assert work.log.knows("second")
        assert not work.log.knows("never seen")


def test_forgetting_what_is_not_there_does_nothing(memory: Memory) -> None:
    with memory.writing() as work:
        one = work.log.record(event("one"))
        assert work.log.forget([]) == 0
        assert work.log.forget([one + 1]) == 0
        assert len(work.log.events()) == 1


def test_an_application_goes_with_its_last_event(memory: Memory) -> None:
    with memory.writing() as work:
        number = work.log.begin(event("one").details)
        first = work.log.record(replace(event("one"), application=number))
        second = work.log.record(replace(event("two"), application=number, received=NOW + timedelta(hours=1)))
        work.log.forget([first])
        (application,) = work.log.applications()
        assert [one.id for one in application.events] == [second]
        work.log.forget([second])
        assert work.log.applications() == ()


def test_an_application_learns_what_it_did_not_know_and_keeps_what_it_did(memory: Memory) -> None:
    with memory.writing() as work:
        number = work.log.begin(replace(event("one", "Fjord").details))
        work.log.complete(number, replace(event("two", "Other").details, role="Analyst", reference="R-1"))
        work.log.complete(number, replace(event("three", "").details, role="Cook", reference="R-2"))
        (known,) = work.log.applications()
        assert (known.company, known.role, known.reference) == ("Fjord", "Analyst", "R-1")


def test_events_are_counted_by_kind(memory: Memory) -> None:
    with memory.writing() as work:
        work.log.record(event("one"))
        work.log.record(event("two"))
        work.log.record(event("three", kind=Kind.OFFER))
        assert work.log.counts() == {"rejection": 2, "offer": 1}
