"""Hung, or only busy: the service manager hears of progress, and starts us anew where there is none.

What happens when a connection hangs while it waits, and when a thread dies, is in tests/test_service_at_work.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from tests.at_work import LONG, events, service, watched
from tests.fakes import MONDAY, FakeMailbox, mail
from triage.bell import Bell
from triage.core.values import Cursor, RawMessage
from triage.mailbox import Unread
from triage.notify import Notifier
from triage.pipeline import Pipeline
from triage.watch import STEP, Watch


class Hours:
    """A clock that nobody can set, and that the test lets go on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Told(Notifier):
    """A service manager that counts the signs of life."""

    def __init__(self) -> None:
        super().__init__(None)
        self.signs = 0
        self._heard = Bell()

    def alive(self) -> None:
        self.signs += 1
        self._heard.ring()

    def hears(self, seconds: float = LONG) -> bool:
        """Is there one within so many seconds from now on?"""
        self._heard.wait(0)
        return self._heard.wait(seconds)


class Slow(FakeMailbox):
    """A mailbox in which something happens before each message comes."""

    def __init__(self, before_each: Callable[[], None]) -> None:
        super().__init__()
        self._before_each = before_each

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        found = super().unread(folder, cursor, since, singly)
        return replace(found, messages=self._slowly(found.messages))

    def _slowly(self, messages: Iterator[RawMessage]) -> Iterator[RawMessage]:
        for raw in messages:
            self._before_each()
            yield raw


def run(watch: Watch, until: Callable[[], None]) -> None:
    """In this thread, as it needs to be, until that is over."""

    def then_stop() -> None:
        try:
            until()
        finally:
            watch.stop()

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(then_stop)
        watch.run()
        done.result()


def test_a_first_look_that_takes_an_hour_is_no_hang(pipeline: Pipeline) -> None:
    """Nine minutes a message, on the slowest line there is: each that comes is progress."""
    hours, told, heard = Hours(), Told(), list[bool]()

    def nine_minutes() -> None:
        hours.seconds += STEP * 0.9
        heard.append(told.hears())

    mailbox = Slow(nine_minutes)
    for number in range(7):
        mailbox.receive(mail("rejection", f"Co{number}"), MONDAY)
    finished = threading.Event()
    watch = Watch(
        service(pipeline, [watched(mailbox)]),
        told,
        lambda _, done, all_: finished.set() if done == all_ else None,
        every=1,
        clock=hours,
    )
    run(watch, lambda: pytest.fail("hung") if not finished.wait(7 * LONG) else None)
    assert heard == [True] * 7
    assert len(events(pipeline)) == 7


def test_a_look_that_hangs_half_way_gives_no_sign_of_life_until_it_goes_on(pipeline: Pipeline) -> None:
    hours, told, hangs, released = Hours(), Told(), threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        released.wait(LONG)

    mailbox = Slow(hang)
    mailbox.receive(mail("rejection"), MONDAY)
    watch = Watch(service(pipeline, [watched(mailbox)]), told, every=1, clock=hours)

    def meanwhile() -> None:
        assert hangs.wait(LONG)
        assert told.hears(), "it may still come"
        hours.seconds += STEP + 61
        told.hears(1.5)  # one that was on its way
        assert not told.hears(3)
        released.set()
        assert told.hears()

    run(watch, meanwhile)
    assert len(events(pipeline)) == 1
