"""The service: a thread for each mailbox that reads and waits, one that writes and delivers, and the fence.

`schedule` only ticks: a letter is due because the store says so, never because a job ran. An exception in one of
its jobs would leave `run_pending` and repeat at every tick, so every job runs inside the fence.
"""

from __future__ import annotations

import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import schedule

from triage.bell import Bell
from triage.courier import Courier
from triage.errors import CredentialError, TriageError
from triage.mailbox import Mailbox
from triage.notify import Notifier
from triage.pipeline import Pipeline, Progress, Tally, summary

log = logging.getLogger(__name__)

TICK = 30
"""Seconds between two looks at what is due."""
STEP = 600.0
"""Seconds any single step may take before we count as hung, and systemd starts us anew."""
FAREWELL = 3.0
"""Seconds the threads are given to finish; whatever they are in the middle of is all or nothing anyway."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 900.0
WRONG_PASSWORD = 3
"""Sign-ins refused in a row before trying becomes rare: servers lock out those who insist."""
RARE = 3600.0


def utc_now() -> datetime:
    return datetime.now(UTC)


def silent(_mailbox: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A mailbox, how often to look at it at least (seconds), and how far back the first look goes."""

    mailbox: Mailbox
    poll: float
    look_back: timedelta


class Pulse:
    """Whether a thread still makes progress: it says how long its next step may take, and is dead after that."""

    def __init__(self) -> None:
        self.expect(0)

    def expect(self, seconds: float) -> None:
        """The next step takes at most this long, and STEP more."""
        self._until = time.monotonic() + seconds + STEP

    @property
    def beats(self) -> bool:
        return time.monotonic() < self._until


class Service:
    """One look and one tick, and their endless repetition. The clock is given, so that a demo can tell the time."""

    def __init__(
        self,
        pipeline: Pipeline,
        watched: Sequence[Watched],
        courier: Courier,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.pipeline = pipeline
        self.watched = tuple(watched)
        self._courier = courier
        self._clock = clock

    def poll(self, watched: Watched, progress: Progress = silent) -> Tally:
        """Look at every folder of one mailbox once, and note how that went. Raises TriageError."""
        mailbox = watched.mailbox
        total = Tally()
        try:
            for folder in mailbox.folders:
                since = self._clock() - watched.look_back
                tally = self.pipeline.read(mailbox, folder, since, progress)
                total.read += tally.read
                total.logged += tally.logged
        except Exception as error:
            self._note(mailbox.name, sentence(error))
            raise
        self._note(mailbox.name)
        log.info("Mailbox %s: %d read, %s.", mailbox.name, total.read, summary(total.logged))
        return total

    def _note(self, name: str, error: str = "") -> None:
        with self.pipeline.store.writing() as work:
            if error:
                work.notes.failed(name, error, self._clock())
            else:
                work.notes.polled(name, self._clock())

    def tick(self) -> int:
        """Write the letters that are due and deliver what waits. Returns how many were delivered."""
        now = self._clock()
        try:
            for letter in self.pipeline.write(now):
                log.info("A %s letter is written.", letter.kind)
        finally:  # One letter that cannot be written holds up none that is.
            delivered = self.pipeline.send(self._courier, now)
        return delivered


class Watch:
    """A running service: its threads, its end, and its sign of life."""

    def __init__(self, service: Service, notifier: Notifier, progress: Progress = silent, *, every: int = TICK) -> None:
        """`every`: seconds between two looks at what is due, and between two signs of life."""
        self._service = service
        self._notifier = notifier
        self._progress = progress
        self._every = every
        self._stopping = False
        self._stop = Bell()
        self._news = Bell()
        self._pulses: list[Pulse] = []

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. This thread only waits, so that it can end at once."""
        with _on_signals(self.stop):
            jobs = [lambda pulse, one=one: self._keep_reading(one, pulse) for one in self._service.watched]
            threads = [self._start(job) for job in (self._keep_writing, *jobs)]
            self._notifier.ready()
            self._notifier.status(f"Watching {len(jobs)} mailbox(es)")
            log.info("Watching %d mailbox(es).", len(jobs))
            while not self._stop.listen(self._every):
                if all(pulse.beats for pulse in self._pulses) and all(thread.is_alive() for thread in threads):
                    self._notifier.alive()
            self._notifier.stopping()
        deadline = time.monotonic() + FAREWELL
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        log.info("Stopped.")

    def stop(self) -> None:
        """End soon. Safe in a signal handler."""
        self._stopping = True
        self._stop.ring()
        self._news.ring()

    def _start(self, job: Callable[[Pulse], None]) -> threading.Thread:
        pulse = Pulse()
        self._pulses.append(pulse)
        thread = threading.Thread(target=job, args=(pulse,), daemon=True)
        thread.start()
        return thread

    def _keep_reading(self, watched: Watched, pulse: Pulse) -> None:
        failures = 0
        while not self._stopping:
            try:
                self._read_and_wait(watched, pulse)
                failures = 0
            except Exception as error:  # noqa: BLE001  # the fence: this mailbox pauses, all else goes on
                failures += 1
                pause = pause_after(error, failures)
                _complain(f"Mailbox {watched.mailbox.name}", error)
                watched.mailbox.close()
                pulse.expect(pause)
                self._stop.listen(pause)
        watched.mailbox.close()

    def _read_and_wait(self, watched: Watched, pulse: Pulse) -> None:
        def progress(mailbox: str, done: int, total: int) -> None:
            pulse.expect(0)
            self._progress(mailbox, done, total)

        pulse.expect(0)
        if self._service.poll(watched, progress).logged:
            self._news.ring()
        pulse.expect(watched.poll)
        watched.mailbox.wait(watched.poll, self._stop.fileno())

    def _keep_writing(self, pulse: Pulse) -> None:
        scheduler = schedule.Scheduler()
        scheduler.every(self._every).seconds.do(self._tick, pulse)
        scheduler.run_all()
        while not self._stopping:
            rung = self._news.wait(min(scheduler.idle_seconds or 0.0, self._every))
            if self._stopping:
                return
            # It goes by the wall clock: where that was set back, as at the end of summer, nothing would be pending.
            astray = (scheduler.idle_seconds or 0.0) > self._every
            (scheduler.run_all if rung or astray else scheduler.run_pending)()

    def _tick(self, pulse: Pulse) -> None:
        pulse.expect(self._every)
        try:
            self._service.tick()
        except Exception as error:  # noqa: BLE001  # the fence: the next tick finds the same things due
            _complain("Letters", error)


def pause_after(error: Exception, failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, with jitter, up to a ceiling.

    Jitter keeps many services that lost one server from coming back in step.
    """
    if isinstance(error, CredentialError) and failures >= WRONG_PASSWORD:
        return RARE
    ceiling = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311  # spreads load, protects nothing


def _complain(where: str, error: Exception) -> None:
    log.warning("%s: %s", where, sentence(error))


def sentence(error: Exception) -> str:
    """Our own errors are sentences without a word from a mail; of any other, only the name is safe to tell."""
    return str(error) if isinstance(error, TriageError) else f"unexpected {type(error).__name__}"


@contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stop()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
