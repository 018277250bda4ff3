"""What the service does, once: look at a mailbox, write and deliver letters, keep a backup; and how long it then rests.

`triage.watch` repeats it for ever.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from triage import resting, restored
from triage.courier import Courier
from triage.desktop import Notice
from triage.errors import CredentialError, ServerError, TriageError
from triage.mailbox import Mailbox
from triage.pipeline import Pipeline, summary
from triage.reading import Progress, Tally

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 4.0, 900.0
WRONG_PASSWORD = 3
"""Sign-ins refused in a row before trying becomes rare: servers lock out those who insist."""
RARE = 3600.0
SOON = 60.0
"""Seconds after which a tick is repeated that has left something undone."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def silent(_mailbox: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def untold(_notice: Notice) -> None:
    """News for nobody's desktop."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A mailbox, how often to look at it at least (seconds), and how far back the first look goes."""

    mailbox: Mailbox
    poll: float
    look_back: timedelta


class Service:
    """One look and one tick, and their endless repetition. The clock is given, so that a demo can tell the time."""

    def __init__(
        self,
        pipeline: Pipeline,
        watched: Sequence[Watched],
        courier: Courier,
        clock: Callable[[], datetime] = utc_now,
        tell: Callable[[Notice], object] = untold,
    ) -> None:
        """`tell` is called when a letter was delivered, and once when a mailbox begins to need the reader."""
        self.pipeline = pipeline
        self.watched = tuple(watched)
        self._courier = courier
        self._clock = clock
        self._tell = tell

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
            self._note_failure(mailbox.name, error)
            raise
        self._note_success(mailbox.name)
        log.info("Mailbox %s: %d read, %s.", mailbox.name, total.read, summary(total.logged))
        return total

    def _note_success(self, name: str) -> None:
        # The disk need not be woken every few minutes for no news.
        with self.pipeline.store.writing(lasting=False) as work:
            work.notes.polled(name, self._clock())
            work.notes.let_in(name)

    def _note_failure(self, name: str, error: Exception) -> None:
        """A password that is refused stays so until somebody comes; they are told once, also if we start anew."""
        with self.pipeline.store.writing() as work:
            work.notes.failed(name, sentence(error), self._clock())
            needs_help = isinstance(error, CredentialError) and work.notes.lock_out(name)
        if needs_help:
            self._tell(Notice.NEEDS_YOU)

    def tick(self) -> int:
        """Write the letters that are due and deliver what waits. Returns how many were delivered."""
        delivered = self._write_and_send()
        if delivered:
            self._tell(Notice.LETTER)
        return delivered

    def _write_and_send(self) -> int:
        now = self._clock()
        try:
            for letter in () if self._catching_up() else self.pipeline.write(now):
                log.info("A %s letter is written.", letter.kind)
        except Exception:
            self.pipeline.send(self._courier, now)  # one letter that cannot be written holds up none that is
            raise
        return self.pipeline.send(self._courier, now)

    def rest(self, longest: float) -> float:
        """Seconds until a tick can find something to do, if nothing happens meanwhile; `longest` at most.

        Raises StoreError.
        """
        now = self._clock()
        at = self.pipeline.next_look(now, timedelta(seconds=longest))
        if at is None:
            return longest
        # What is due and not done could not be done just now.
        return min((at - now).total_seconds() if at > now else SOON, longest)

    def restless(self) -> bool:
        """Would a tick find something to do now? Raises StoreError."""
        now = self._clock()
        at = self.pipeline.next_look(now, timedelta(0))
        return at is not None and at <= now

    def rest_a_while(self) -> None:
        """Nothing is to be read now, and maybe not for hours."""
        resting.rest(self.pipeline.judge)

    def _catching_up(self) -> bool:
        with self.pipeline.store.reading() as work:
            return restored.catching_up(work, [one.mailbox.name for one in self.watched])

    def back_up(self) -> None:
        """Keep today's copy of the store, if there is none yet. Raises StoreError."""
        if self.pipeline.store.back_up(self._clock()):
            log.info("The store is backed up.")


def pause_after(error: Exception, failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, with jitter, up to a ceiling; longer where asked.

    Jitter keeps many services that lost one server from coming back in step.
    """
    if isinstance(error, CredentialError) and failures >= WRONG_PASSWORD:
        return RARE
    ceiling = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    asked = (error.retry_after if isinstance(error, ServerError) else None) or 0.0
    spread = random.random()  # noqa: S311  # spreads load, protects nothing
    return float(max(ceiling / 2 * (1 + spread), asked * (1 + spread / 10)))


def sentence(error: Exception) -> str:
    """Our own errors are sentences without a word from a mail; of any other, only the name is safe to tell."""
    return str(error) if isinstance(error, TriageError) else f"unexpected {type(error).__name__}"
