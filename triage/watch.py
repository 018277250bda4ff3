"""The service at work: a thread for each mailbox that reads and waits, one that writes and delivers, and the fence.

`schedule` only ticks: a letter is due because the store says so, never because a job ran. An exception in one of
its jobs would leave `run_pending` and repeat at every tick, so every job runs inside the fence.

While nothing happens, nobody wakes but for a reason. A tick comes when the store says that something can become due
(`Service.rest`), and after a look that left something to do: mail that was logged, a command in another window, or an
hour that has passed while this computer slept, for no wait here counts the time of a suspend. Should all of that
fail, one comes every quarter of an hour.
"""

from __future__ import annotations

import logging
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import schedule

from triage import resting
from triage.bell import Bell
from triage.errors import TriageError
from triage.notify import Notifier
from triage.reading import Progress
from triage.service import SOON, Service, Watched, pause_after, sentence, silent

log = logging.getLogger(__name__)

LONGEST = 900
"""Seconds after which a tick comes at the latest."""
_SIGNS = 3
"""Of them, to a tick: where a test has them come faster, ticks do too."""
STEP = 600.0
"""Seconds any single step may take before we count as hung, and systemd starts us anew."""
QUIET = 60.0
"""Seconds after mail has come in which the next is likely: after that, what reading takes up is given back."""
FAREWELL = 3.0
"""Seconds the threads are given to finish; whatever they are in the middle of is all or nothing anyway."""
HANDOVER = 90.0
"""Seconds they are given where another service takes over: it shall find no one at work."""
WELL = 60.0
"""Seconds; longer than the sign-in to a server that is in trouble can take."""

Successor = Callable[[], Service | None]
"""Makes the service that a changed configuration asks for; None where that cannot be done, and the old one goes on."""
Clock = Callable[[], float]
"""Seconds since some moment, as `time.monotonic` counts them."""


class Pulse:
    """Whether a thread still makes progress: it says how long its next step may take, and is dead after that."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self.moved = False
        """A message was read since this was last set back."""
        self._clock = clock
        self.expect(0)

    def expect(self, seconds: float) -> None:
        """The next step takes at most this long, and STEP more."""
        self._until = self._clock() + seconds + STEP

    @property
    def beats(self) -> bool:
        return self._clock() < self._until


class Quiet:
    """Has `begins` called when no mail has come for a while, once until the next one does."""

    def __init__(self, begins: Callable[[], None], clock: Clock = time.monotonic) -> None:
        self._begins = begins
        self._clock = clock
        self._busy = True
        self._last = clock()

    def look(self, read: int) -> None:
        """A look at some mailbox has read so many."""
        now = self._clock()
        if read:
            self._busy, self._last = True, now
        elif self._busy and now - self._last >= QUIET / 2:
            self._busy = False
            self._begins()


class Watch:
    """A running service: its sign of life, its successors, and its end. The thread that runs it only waits."""

    def __init__(
        self,
        service: Service,
        notifier: Notifier,
        progress: Progress = silent,
        successor: Successor = lambda: None,
        *,
        every: int | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """`every`: seconds between two signs of life; otherwise they come as the notifier says, or not at all."""
        self._service = service
        self._notifier = notifier
        self._progress = progress
        self._successor = successor
        self._every = every or notifier.every
        self._longest = _SIGNS * every if every else LONGEST
        self._clock = clock
        self._stopping = False
        self._renew = False
        self._left_behind = False
        self._called = Bell()

    def run(self) -> bool:
        """Work until SIGTERM or SIGINT. At SIGHUP, the successor takes over, if there is one.

        False where a thread would not come to its end in time, and is still at work.
        """
        resting.settle()
        calls = {signal.SIGTERM: self.stop, signal.SIGINT: self.stop, signal.SIGHUP: self.renew}
        with self._called.rung_by_signals(), _on_signals(calls):
            service: Service | None = self._service
            while service is not None:
                service = self._shift(service)
        log.info("Stopped.")
        return not self._left_behind

    def _shift(self, service: Service) -> Service | None:
        """Let one service work. Returns the one to follow it."""
        shift = Shift(service, self._progress, self._longest, self._clock)
        self._notifier.ready()
        self._notifier.status(f"Watching {len(service.watched)} mailbox(es)")
        log.info("Watching %d mailbox(es).", len(service.watched))
        following = self._wait(shift)
        if following is None:
            self._notifier.stopping()
        shift.stop()
        self._see_off(shift, FAREWELL if following is None else HANDOVER)
        self._left_behind |= shift.at_work
        if following is None or self._stopping:
            return None
        log.info("The changed configuration holds from now on.")
        return following

    def _wait(self, shift: Shift) -> Service | None:
        while not self._stopping:
            if self._renew:  # asked for now, or while the shift before was seen off
                self._renew = False
                following = self._successor()
                if following is not None and not self._stopping:
                    return following
            self._called.wait(self._every)
            if shift.well:
                self._notifier.alive()
        return None

    def _see_off(self, shift: Shift, seconds: float) -> None:
        """Wait for the end of a shift; a signal that comes meanwhile makes it short."""
        began = time.monotonic()
        while shift.at_work and time.monotonic() - began < (FAREWELL if self._stopping else seconds):
            self._called.wait(_GLANCE)

    def stop(self) -> None:
        """End soon. Safe in a signal handler."""
        self._stopping = True
        self._called.ring()

    def renew(self) -> None:
        """Let a successor take over, if there is one. Safe in a signal handler."""
        self._renew = True
        self._called.ring()


_GLANCE = 0.05
"""Seconds between two looks at whether a shift is over."""


class Shift:
    """The threads of one service, from the moment this is made until they are told to stop."""

    def __init__(self, service: Service, progress: Progress, longest: int, clock: Clock) -> None:
        """`longest`: seconds between two ticks."""
        self._service = service
        self._progress = progress
        self._longest = longest
        self._clock = clock
        self._stopping = False
        self._stop = Bell()
        self._news = Bell()
        self._quiet = Quiet(service.rest_a_while, clock)
        self._pulses: list[Pulse] = []
        reading = [lambda pulse, one=one: self._keep_reading(one, pulse) for one in service.watched]
        self._threads = [self._start(job) for job in (self._keep_writing, *reading)]

    @property
    def well(self) -> bool:
        """Do all threads live and make progress?"""
        return all(pulse.beats for pulse in self._pulses) and all(thread.is_alive() for thread in self._threads)

    @property
    def at_work(self) -> bool:
        """Has any of them not ended yet?"""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Tell all threads to end."""
        self._stopping = True
        self._stop.ring()
        self._news.ring()

    def _start(self, job: Callable[[Pulse], None]) -> threading.Thread:
        pulse = Pulse(self._clock)
        self._pulses.append(pulse)
        thread = threading.Thread(target=job, args=(pulse,), daemon=True)
        thread.start()
        return thread

    def _keep_reading(self, watched: Watched, pulse: Pulse) -> None:
        failures = 0
        while not self._stopping:
            began, pulse.moved = time.monotonic(), False
            try:
                self._read_and_wait(watched, pulse)
                failures = 0
            except Exception as error:  # noqa: BLE001  # the fence: this mailbox pauses, all else goes on
                # A server that serves something, or for a while, before it hangs up is no server that is away.
                failures = 1 if pulse.moved or time.monotonic() - began > WELL else failures + 1
                pause = pause_after(error, failures)
                _complain(f"Mailbox {watched.mailbox.name}", error)
                watched.mailbox.close()
                self._remind(pulse)
                pulse.expect(pause)
                self._stop.listen(pause)
        watched.mailbox.close()

    def _read_and_wait(self, watched: Watched, pulse: Pulse) -> None:
        def progress(mailbox: str, done: int, total: int) -> None:
            pulse.expect(0)
            pulse.moved = True
            self._progress(mailbox, done, total)

        pulse.expect(0)
        read, waits = self._service.poll(watched, progress).read, True
        while waits and not self._stopping:
            self._remind(pulse)
            self._quiet.look(read)
            longest = min(watched.poll, QUIET) if read else watched.poll
            pulse.expect(longest)
            waits, read = bool(watched.mailbox.wait(longest, self._stop.fileno())), 0

    def _remind(self, pulse: Pulse) -> None:
        """After a look: have a tick come now, if it would find something to do."""
        pulse.expect(0)
        try:
            due = self._service.restless()
        except TriageError:
            due = True  # the tick says what is wrong
        if due:
            self._news.ring()

    def _keep_writing(self, pulse: Pulse) -> None:
        scheduler = schedule.Scheduler()
        scheduler.every(self._longest).seconds.do(self._tick, scheduler, pulse).tag(_TICK)
        scheduler.every().hour.do(self._fenced, "Backup", self._service.back_up, pulse)
        scheduler.run_all()
        while not self._stopping:
            idle = min(max(scheduler.idle_seconds or 0.0, 0.0), self._longest)
            pulse.expect(idle)
            rung = self._news.wait(idle)
            if self._stopping:
                return
            # It goes by the wall clock: where that was set back, as at the end of summer, nothing would be pending.
            astray = (scheduler.idle_seconds or 0.0) > self._longest
            (scheduler.run_all if astray else scheduler.run_pending)()
            if rung:
                self._tick(scheduler, pulse)

    def _tick(self, scheduler: schedule.Scheduler, pulse: Pulse) -> None:
        """Do what is due, and have the next tick come when there can be something again."""
        scheduler.clear(_TICK)
        self._fenced("Letters", self._service.tick, pulse)
        scheduler.every(math.ceil(self._rest())).seconds.do(self._tick, scheduler, pulse).tag(_TICK)

    def _rest(self) -> float:
        try:
            return min(max(self._service.rest(self._longest), 1.0), self._longest)
        except TriageError as error:
            _complain("Letters", error)
            return min(SOON, self._longest)

    def _fenced(self, what: str, job: Callable[[], object], pulse: Pulse) -> None:
        pulse.expect(0)
        try:
            job()
        except Exception as error:  # noqa: BLE001  # the fence: the next time finds the same things to do
            _complain(what, error)


_TICK = "tick"


def _complain(where: str, error: Exception) -> None:
    log.warning("%s: %s", where, sentence(error))


@contextmanager
def _on_signals(calls: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    before = {number: signal.signal(number, lambda *_, call=call: call()) for number, call in calls.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
