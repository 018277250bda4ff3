"""The service at work: one fault stops nothing else, a stop is prompt, and systemd hears of real progress only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.at_work import AWAY, LONG, TEN, health, service, watched
from tests.fakes import MONDAY, FakeCourier, FakeMailbox, Fate, KilledError, mail
from triage.bell import Bell
from triage.errors import CredentialError
from triage.notify import Notifier
from triage.pipeline import Pipeline
from triage.service import Service, sentence
from triage.watch import STEP, Watch


class Ticks:
    """A clock that rings whenever it is asked, and is an hour later each time."""

    def __init__(self) -> None:
        self.asked = Bell()
        self.times = 0

    def __call__(self) -> datetime:
        self.times += 1
        self.asked.ring()
        return TEN + self.times * timedelta(hours=1)


def until(bell: Bell, longest: float = LONG) -> Callable[[], None]:
    """Wait for one ring, and no longer than anything takes that works."""

    def wait() -> None:
        assert bell.wait(longest)

    return wait


def run(watch: Watch, meanwhile: Callable[[], None]) -> float:
    """Run the service in this thread, as it needs to be, until `meanwhile` is over. Seconds that the end took."""

    def then_stop() -> float:
        try:
            meanwhile()
        finally:
            asked = time.monotonic()
            watch.stop()
        return asked

    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(then_stop)
        watch.run()
        return time.monotonic() - asked.result()


class Deaf(FakeMailbox):
    """A connection that hangs: it hears neither its time nor the wake-up call."""

    def wait(self, seconds: float, wake: int) -> None:
        threading.Event().wait(LONG)


@pytest.mark.parametrize("kind", [FakeMailbox, Deaf])
def test_the_end_says_whether_a_thread_is_left_behind(pipeline: Pipeline, kind: type[FakeMailbox]) -> None:
    watch = Watch(service(pipeline, [watched(kind())], FakeCourier()), Notifier(None), every=600)
    threading.Timer(0.2, watch.stop).start()
    assert watch.run() is (kind is FakeMailbox)


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What a service manager listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(LONG)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def heard(listening: socket.socket) -> list[str]:
    """All that was said until the end."""
    words: list[str] = []
    while "STOPPING=1" not in words:
        words += listening.recv(4096).decode().splitlines()
    return words


def said(listening: socket.socket) -> None:
    """Take in what was said so far."""
    listening.settimeout(0)
    with suppress(BlockingIOError):
        while listening.recv(4096):
            pass
    listening.settimeout(LONG)


def test_all_is_well_while_all_pulses_beat(pipeline: Pipeline, systemd: socket.socket) -> None:
    ticks = Ticks()
    watch = Watch(Service(pipeline, [watched(FakeMailbox())], FakeCourier(), ticks), Notifier(), every=1)

    def meanwhile() -> None:
        assert systemd.recv(4096) == b"READY=1\n"
        assert systemd.recv(4096) == b"STATUS=Watching 1 mailbox(es)\n"
        assert systemd.recv(4096) == b"WATCHDOG=1\n"
        assert systemd.recv(4096) == b"WATCHDOG=1\n"

    run(watch, meanwhile)
    assert heard(systemd)[-1] == "STOPPING=1"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("fate", ["hangs", "dies"])
def test_nothing_is_said_once_one_of_several_hangs_or_is_dead(
    pipeline: Pipeline, systemd: socket.socket, fate: str
) -> None:
    """The others go on, and may have something to do; it is the service manager who must end this."""
    ticks, bad = Ticks(), FakeMailbox("bad")
    if fate == "dies":
        bad.fail(KilledError())
    else:
        bad.hang()
    # The poll that should have been over long ago is the test's way not to wait for ten minutes.
    mailboxes = [watched(FakeMailbox("good")), watched(bad, poll=-STEP - 1 if fate == "hangs" else 60)]
    watch = Watch(Service(pipeline, mailboxes, FakeCourier(), ticks), Notifier(), every=1)

    def asked(times: int) -> None:
        while ticks.times < times:
            assert ticks.asked.wait(LONG)

    def meanwhile() -> None:
        first_tick, look, dying_look = 3, 3, 1
        asked(first_tick + look + (look if fate == "hangs" else dying_look))
        time.sleep(0.3)  # What was said before the last of that may still come.
        said(systemd)
        asked(ticks.times + 3)

    run(watch, meanwhile)
    assert "WATCHDOG=1" not in heard(systemd)


@pytest.mark.parametrize("error", [AWAY, CredentialError("No."), ZeroDivisionError("a fault of ours")])
def test_one_mailbox_that_always_fails_stops_no_other(pipeline: Pipeline, error: Exception) -> None:
    """And mail that comes while the other one waits is told without waiting for the next tick."""
    bad, good, courier = FakeMailbox("bad"), FakeMailbox("good"), FakeCourier()
    bad.fail(error)
    good.receive(mail("rejection", "Fjord"), MONDAY)
    watch = Watch(service(pipeline, [watched(bad), watched(good)], courier), Notifier(None), every=600)

    def meanwhile() -> None:
        assert courier.arrived.wait(LONG)
        good.receive(mail("interview", "Skarv"), TEN)
        assert courier.arrived.wait(LONG)

    run(watch, meanwhile)
    assert len(courier.inbox) == 2
    assert bad.closed == bad.looks + 1 > 1, "after each failure, and at the end"
    assert [(one.mailbox, one.error) for one in health(pipeline)] == [("bad", sentence(error)), ("good", "")]


def test_a_tick_that_raises_ends_nothing(pipeline: Pipeline) -> None:
    mailbox, courier, ticks = FakeMailbox(), FakeCourier(fates=[Fate.BREAKS, Fate.BREAKS]), Ticks()
    mailbox.receive(mail("rejection"), MONDAY)
    watch = Watch(Service(pipeline, [watched(mailbox)], courier, ticks), Notifier(None), every=1)
    # Ticks come every few seconds, and this clock may pass the evening before the third: then morning has to come.
    run(watch, until(courier.arrived, 3 * LONG))
    assert (courier.tries, len(courier.inbox)) == (3, 1)


def test_a_clock_that_is_set_back_stops_no_letter(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of summer the local time, by which `schedule` goes, is an hour behind from one moment to the next."""
    ticks = Ticks()
    watch = Watch(Service(pipeline, (), FakeCourier(), ticks), Notifier(None), every=1)

    def meanwhile() -> None:
        assert ticks.asked.wait(LONG)
        time.sleep(0.3)  # In the middle between two ticks, when the next one has its time.
        monkeypatch.setenv("TZ", "WINTER+0")
        time.tzset()
        for _ in range(2):
            assert ticks.asked.wait(LONG)

    monkeypatch.setenv("TZ", "SUMMER-1")
    time.tzset()
    try:
        run(watch, meanwhile)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_stop_is_prompt_and_writes_nothing_more(pipeline: Pipeline) -> None:
    ticks = Ticks()
    watch = Watch(Service(pipeline, (), FakeCourier(), ticks), Notifier(None), every=600)

    def meanwhile() -> None:
        assert ticks.asked.wait(LONG)
        time.sleep(0.3)  # Now it sleeps, with the next tick far away.

    assert run(watch, meanwhile) < 2
    # What is due, when the next letter is, and whether there is a backup of the day: each asked once.
    assert ticks.times == 3


def test_mailboxes_are_closed_at_the_end(pipeline: Pipeline) -> None:
    mailbox, courier = FakeMailbox(), FakeCourier()
    mailbox.receive(mail("rejection"), MONDAY)
    watch = Watch(service(pipeline, [watched(mailbox)], courier), Notifier(None))
    assert run(watch, until(courier.arrived)) < 2
    assert mailbox.closed == 1


def test_the_signals_are_given_back(pipeline: Pipeline) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    run(Watch(service(pipeline), Notifier(None)), lambda: None)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


CHILD = """
import sys
from datetime import timedelta
from pathlib import Path
from tests.at_work import open_pipeline
from tests.fakes import FakeCourier, FakeMailbox
from tests.test_service_at_work import Deaf
from triage.notify import Notifier
from triage.service import Service, Watched
from triage.watch import Watch

class Telling(Deaf if sys.argv[2] == "deaf" else FakeMailbox):
    def wait(self, seconds, wake):
        print("waiting", flush=True)
        super().wait(seconds, wake)

pipeline = open_pipeline(Path(sys.argv[1]))
Watch(Service(pipeline, [Watched(Telling(), 60, timedelta(1))], FakeCourier()), Notifier()).run()
pipeline.store.close()
"""


@pytest.mark.server
@pytest.mark.parametrize(
    ("number", "kind", "limit"),
    [(signal.SIGTERM, "sound", 5.0), (signal.SIGINT, "sound", 5.0), (signal.SIGTERM, "deaf", 8.0)],
)
def test_a_signal_ends_it_in_time_whatever_it_waits_for(tmp_path: Path, number: int, kind: str, limit: float) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", CHILD, str(tmp_path / "store"), kind]
    environ = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, env=environ, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "waiting\n"
        start = time.monotonic()
        child.send_signal(number)
        assert child.wait(LONG) == 0
        assert time.monotonic() - start < limit
