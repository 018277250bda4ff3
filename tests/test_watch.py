"""When the service at work wakes, told by counts: a tick when one can find something to do, and hardly one else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.at_work import AWAY, HOUR, LONG, TEN, receive, settled, tick, watched
from tests.fakes import MONDAY, FakeCourier, FakeMailbox
from tests.test_restarts_hangs import Hours, Told, run
from triage.bell import Bell
from triage.cli.apart import apart
from triage.core.values import Cursor
from triage.errors import StoreError
from triage.mailbox import Unread
from triage.pipeline import Pipeline
from triage.service import SOON, Service, Watched
from triage.watch import QUIET, Quiet, Watch

FAR = 600


class Scripted(Service):
    """A service of which the test says when there is something to do."""

    def __init__(self, pipeline: Pipeline, mailboxes: list[Watched], rests: list[float]) -> None:
        super().__init__(pipeline, mailboxes, FakeCourier(), lambda: TEN)
        self.ticks = 0
        self.ticked = Bell()
        self.due: Callable[[], bool] = lambda: False
        self._rests = rests

    def tick(self) -> int:
        self.ticks += 1
        self.ticked.ring()
        return 0

    def rest(self, longest: float) -> float:
        return self._rests.pop(0) if self._rests else longest

    def restless(self) -> bool:
        return self.due()

    def back_up(self) -> None:
        """Not looked at here."""


def until_ticks(service: Scripted, times: int) -> Callable[[], None]:
    def wait() -> None:
        while service.ticks < times:
            assert service.ticked.wait(LONG)

    return wait


def test_while_nothing_can_become_due_nearly_no_tick_comes(pipeline: Pipeline) -> None:
    service, told = Scripted(pipeline, [watched(FakeMailbox())], []), Told()

    def some_signs_of_life() -> None:
        while told.signs < 4:
            assert told.hears()

    run(Watch(service, told, every=1), some_signs_of_life)
    assert service.ticks <= 3, "at the start, and at every third sign"


def test_the_next_tick_comes_when_the_store_says_so(pipeline: Pipeline) -> None:
    service = Scripted(pipeline, [], [1.0, 0.2])
    run(Watch(service, Told(), every=FAR), until_ticks(service, 3))
    assert service.ticks == 3


class Assuring(FakeMailbox):
    """A mailbox that says so many times, at the end of a wait, that there is nothing new."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.said = 0
        self.when: list[int] = []
        """How often it had been said when it was looked at."""
        self._times = times

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        self.when.append(self.said)
        return super().unread(folder, cursor, since, singly)

    def wait(self, seconds: float, wake: int) -> bool:
        if self.said < self._times:
            self.said += 1
            return True
        super().wait(seconds, wake)
        return False


def test_what_says_that_there_is_nothing_new_is_not_looked_at(pipeline: Pipeline) -> None:
    """But what was left to do elsewhere meanwhile is done."""
    mailbox = Assuring(5)
    service = Scripted(pipeline, [watched(mailbox)], [])
    service.due = lambda: mailbox.said == 5
    run(Watch(service, Told(), every=FAR), until_ticks(service, 2))
    assert mailbox.when[0] == 0
    assert set(mailbox.when[1:]) <= {5}


@pytest.mark.parametrize("look", ["succeeds", "fails"])
def test_a_look_that_leaves_something_to_do_is_followed_by_a_tick(pipeline: Pipeline, look: str) -> None:
    """Mail, a command in another window, or an hour that has passed while the computer slept."""
    mailbox = FakeMailbox()
    if look == "fails":
        mailbox.fail(AWAY)
    service = Scripted(pipeline, [watched(mailbox)], [])
    service.due = lambda: mailbox.looks == 1
    run(Watch(service, Told(), every=FAR), until_ticks(service, 2))
    assert service.ticks == 2


def test_a_store_that_cannot_say_it_is_looked_at(pipeline: Pipeline) -> None:
    service = Scripted(pipeline, [watched(FakeMailbox())], [])

    def broken() -> bool:
        raise StoreError("The disk is gone.")

    service.due = broken
    run(Watch(service, Told(), every=FAR), until_ticks(service, 2))


def test_a_signal_wakes_whichever_thread_it_reaches() -> None:
    """The kernel may give it to any of them; the handler runs in this one, once it is awake."""
    bell, ready, rung = Bell(), threading.Event(), list[int]()
    other = threading.Thread(target=ready.wait)
    before = signal.signal(signal.SIGHUP, lambda number, _: rung.append(number))
    other.start()
    try:
        with bell.rung_by_signals():
            threading.Timer(0.2, lambda: signal.pthread_kill(other.ident or 0, signal.SIGHUP)).start()
            assert bell.wait(LONG)
        assert rung == [signal.SIGHUP]
    finally:
        ready.set()
        other.join()
        signal.signal(signal.SIGHUP, before)
        bell.close()


# --- What the store says ----------------------------------------------------------------------------------------------


def at(pipeline: Pipeline, now: datetime) -> Service:
    return Service(pipeline, (), FakeCourier(), lambda: now)


def test_the_tick_after_this_one_comes_at_the_minute_of_the_letter(pipeline: Pipeline) -> None:
    receive(pipeline, "Fjord", at=MONDAY)
    assert at(pipeline, MONDAY).restless(), "nobody has looked at it yet"
    tick(pipeline, FakeCourier(), MONDAY)
    assert not at(pipeline, MONDAY).restless()
    assert at(pipeline, MONDAY).rest(7200.0) == (TEN - MONDAY).total_seconds()
    assert at(pipeline, MONDAY).rest(900.0) == 900.0
    assert at(pipeline, TEN + HOUR).restless(), "as after a suspend"


def test_what_could_not_be_done_is_tried_again_soon_and_not_at_once(pipeline: Pipeline) -> None:
    receive(pipeline, "Fjord", at=MONDAY)
    assert at(pipeline, TEN).rest(900.0) == SOON


def test_a_quiet_search_lets_the_service_sleep(pipeline: Pipeline) -> None:
    settled(pipeline)
    tick(pipeline, FakeCourier(), MONDAY)
    assert at(pipeline, MONDAY + timedelta(minutes=1)).rest(900.0) == 900.0


# --- Room that is given back ------------------------------------------------------------------------------------------


def test_room_is_given_back_once_after_mail_and_not_while_it_comes() -> None:
    clock, given = Hours(), list[float]()
    quiet = Quiet(lambda: given.append(clock.seconds), clock)
    for seconds, read in ((0, 5), (10, 0), (QUIET, 0), (2 * QUIET, 0), (500, 1), (505, 0), (600, 0), (1200, 0)):
        clock.seconds = float(seconds)
        quiet.look(read)
    assert given == [QUIET, 600.0]


# --- In a process of its own ------------------------------------------------------------------------------------------


def test_what_is_read_apart_is_what_it_says() -> None:
    assert apart(lambda: ("a", os.getpid() != me)) == ("a", True)


me = os.getpid()


@pytest.mark.parametrize("end", ["raises", "dies"])
def test_what_fails_apart_is_done_here(end: str) -> None:
    def read() -> str:
        if os.getpid() == me:
            return "here"
        if end == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        raise StoreError("Not there.")

    assert apart(read) == "here"


LETS_GO = """
import ctypes, ssl, sqlite3
from triage import resting

class Nobody:
    def rest(self):
        pass

def held():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssFile"))

resting.settle()
before = held()
resting.rest(Nobody())
one = sqlite3.connect(":memory:").execute("SELECT 1").fetchone()
print(held() < before, one, bool(ssl.create_default_context()))
"""


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells")
def test_programs_are_let_go_of_and_run_on() -> None:
    done = subprocess.run([sys.executable, "-c", LETS_GO], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "True (1,) True\n"


def test_no_compiled_phrase_is_kept_by_its_library_either() -> None:
    """RE2 remembers the last hundred patterns it was given, which is some megabytes of each language."""
    code = (
        "from tests.at_work import judge\n"
        "from triage import resting\n"
        "import re2\n"
        "made = re2.compile('a rare (?:phrase|pattern)')\n"
        "kept = re2.compile('a rare (?:phrase|pattern)') is made\n"
        "resting.rest(judge())\n"
        "anew = re2.compile('a rare (?:phrase|pattern)')\n"
        "print(kept, anew is not made, bool(anew.search('a rare phrase')))\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "True True True\n"
