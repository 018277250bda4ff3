"""One look at one folder: every message is entered once, whatever is in it, and the cursor follows.

Most looks go through without a stop. A look that begins after one that came to no end (the program was killed, the
connection broke in the middle) is careful at first: it fetches one message at a time and takes each in hand by name,
on disk. A message that has ended the program often enough is logged as unreadable, unread, and the next one is taken.

What takes long, judging, needs nothing but the message: `ahead` does it for the next ones meanwhile.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from triage.ahead import WAITING, Hands, Longer
from triage.core.judge import Judged
from triage.core.values import Cursor, Kind, RawMessage
from triage.errors import StoreError
from triage.mailbox import FetchError, Mailbox, Unread
from triage.store import Memory, Work

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with the mailbox's name, the messages read so far, and how many there are."""

CHECKPOINT = 200
"""Messages after which the cursor is saved when none of them was worth a row."""
CAREFUL = CHECKPOINT + WAITING + 56
"""Messages a careful look takes singly: whatever ended the look before is no further away than a checkpoint, what was
judged ahead, and the batch after it."""
MOST_DEATHS = 2
"""Runs of the program that may end with a message in hand, after the one that made the look careful: three in all."""
MOST_FAILURES = 8
"""Times in a row that a message may fail to be fetched. The pauses between them grow to a quarter of an hour."""
OVERLAP = timedelta(hours=1)
"""Between two clocks, and between a mail's arrival and the moment it can be seen. What comes twice is known."""
STALE = timedelta(days=14)
"""Mail that is so much older than a first look would reach is old news whenever it turns up: an archive that was
moved, or a flag that was changed in a Maildir."""


@dataclass(slots=True)
class Tally:
    """What one look at a mailbox came to."""

    read: int = 0
    logged: Counter[Kind] = field(default_factory=Counter)


class Entering(Protocol):
    """What is done with a message. It keeps the cursor `at` together with what it logs, if it logs anything."""

    @property
    def hands(self) -> Hands:
        """Who judges while other messages are fetched and logged."""

    def get_ready(self) -> None:
        """Load whatever is loaded when the first message is judged: a death in that is no fault of the message."""

    def judged(self, raw: RawMessage) -> Judged | None:
        """What can be said of a message by itself. Pure."""

    def begun(self, raw: RawMessage) -> Judged | Longer[Judged | None] | None:
        """The same where a quick look suffices; else how to say it, in other threads and in several at a time."""

    def enter(self, raw: RawMessage, at: Cursor, judged: Callable[[], Judged | None], *, old: bool) -> Kind | None:
        """Log a message where it belongs into the log. Returns the kind of what is new there."""

    def give_up(self, raw: RawMessage, at: Cursor, *, old: bool) -> Kind | None:
        """Log a message as unreadable, without a look into it."""


def read(
    store: Memory, mailbox: Mailbox, folder: str, since: datetime, into: Entering, progress: Progress = lambda *_: None
) -> Tally:
    """Everything new in one folder, oldest first. `since` bounds the first look."""
    with store.reading() as work:
        cursor = work.log.cursor(mailbox.name, folder)
        broken = work.trials.unfinished(mailbox.name, folder)
        first = work.notes.first_look(mailbox.name, folder)
        polled = next((one.polled for one in work.notes.health() if one.mailbox == mailbox.name), None)
    # Where the folder was renumbered it is read again from where it was first read: some of it nobody may have seen.
    bound = min(since, first) if cursor is not None and first is not None else since
    unread = mailbox.unread(folder, cursor, bound, CAREFUL if broken else 0)
    known = cursor is not None and not unread.renumbered
    lookback = cursor.lookback if cursor is not None and known else unread.upto.uid
    upto = replace(unread.upto, lookback=lookback)
    if not known or unread.total:
        # Kept now: mail that comes while a first look is broken off and begun again is no old news.
        _begin(store, upto, None if known else replace(upto, uid=0), bound)
    fresh = polled - OVERLAP if polled is not None else None
    if broken:
        into.get_ready()
    look = _Look(store, into, upto, since - STALE, fresh, CAREFUL if broken else 0)
    try:
        for raw, judged in _judged(_fetched(unread, look.tally, progress), into, careful=broken):
            look.take(raw, judged)
            progress(mailbox.name, look.tally.read, unread.total)
    except Exception as error:
        look.break_off(error)
        raise
    if not known or unread.total or broken or cursor != upto:
        _end(store, upto)
    return look.tally


def _fetched(unread: Unread, tally: Tally, progress: Progress) -> Iterator[RawMessage]:
    """Every message. That one came is progress too, where it waits: on a slow line the next may take long to come."""
    for fetched, raw in enumerate(unread.messages, 1):
        yield raw
        if tally.read < fetched:
            progress(unread.upto.mailbox, tally.read, unread.total)


def _judged(
    messages: Iterator[RawMessage], into: Entering, *, careful: bool
) -> Iterator[tuple[RawMessage, Callable[[], Judged | None]]]:
    """Every message with a way to have it judged, and the next ones judged meanwhile.

    A careful look does not look ahead: whatever ends the program shall be the message in hand.
    """
    if careful:
        return ((raw, partial(into.judged, raw)) for raw in messages)
    return into.hands.ahead(messages, into.begun, _weight)


def _weight(raw: RawMessage) -> int:
    """Of a message that waits: its bytes, and what is made of them, which is less."""
    return len(raw.data)


def _begin(store: Memory, upto: Cursor, start: Cursor | None, since: datetime) -> None:
    with store.writing() as work:
        work.trials.begin(upto.mailbox, upto.folder)
        if start is not None:
            work.log.move(start)
            work.notes.look_first(upto.mailbox, upto.folder, since)


def _end(store: Memory, upto: Cursor) -> None:
    with store.writing() as work:
        work.trials.end(upto.mailbox, upto.folder)
        work.log.move(upto)


@dataclass(slots=True)
class _Look:
    """A look on its way."""

    store: Memory
    into: Entering
    upto: Cursor
    stale: datetime
    """What came before this moment is old news wherever it lies."""
    fresh: datetime | None
    """What came after this one is news wherever it lies: the mailbox was well read until then. None on a first look."""
    careful: int
    """Messages still to be taken in hand by name."""
    tally: Tally = field(default_factory=Tally)
    done: RawMessage | None = None
    """The last message with which all is done."""
    held: RawMessage | None = None
    """The message in hand by name."""
    known_by: str = ""
    """Its name."""

    def take(self, raw: RawMessage, judged: Callable[[], Judged | None]) -> None:
        """One message: its event and the cursor in one transaction; without an event, the cursor now and then."""
        self.tally.read += 1
        poison = self._in_hand(raw)
        if poison:
            log.warning("A message has stopped the program %d times; it is logged as unreadable.", MOST_DEATHS + 1)
        at, old = self._cursor(raw.cursor), self._old(raw)
        kind = self.into.give_up(raw, at, old=old) if poison else self.into.enter(raw, at, judged, old=old)
        self.done = raw
        if kind is not None:
            self.tally.logged[kind] += 1
        elif self.tally.read % CHECKPOINT == 0:
            self._save()

    def _in_hand(self, raw: RawMessage) -> bool:
        """In a careful look, say on disk which message comes next. True: it has ended the program too often."""
        if not self.careful:
            return False
        self.careful -= 1
        name = _name(raw)
        with self.store.writing() as work:
            self._keep_what_is_done(work)
            deaths = work.trials.take(self.upto.mailbox, self.upto.folder, name, self.store.run)
        self.held, self.known_by = raw, name
        return deaths >= MOST_DEATHS

    def _keep_what_is_done(self, work: Work) -> None:
        if self.done is not None:
            work.log.move(self._cursor(self.done.cursor))
        if self.held is not None and self.held is self.done:
            work.trials.let_go(self.upto.mailbox, self.upto.folder, self.known_by)

    def break_off(self, error: Exception) -> None:
        """The look ends here. What is done stays done, and a message that will not come is counted."""
        with suppress(StoreError):
            self._save()
            if isinstance(error, FetchError):
                missing = RawMessage(error.cursor, error.received, b"")
                self._count(missing, _name(missing))
            elif isinstance(error, MemoryError) and self.held is not None and self.held is not self.done:
                self._count(self.held, self.known_by)

    def _count(self, raw: RawMessage, name: str) -> None:
        with self.store.writing() as work:
            failures = work.trials.failed(self.upto.mailbox, self.upto.folder, name)
        if failures >= MOST_FAILURES:
            log.warning("A message could not be fetched %d times; it is logged as unreadable.", failures)
            self.into.give_up(raw, self._cursor(raw.cursor), old=self._old(raw))
            with self.store.writing() as work:
                work.log.move(self._cursor(raw.cursor))
                work.trials.let_go(self.upto.mailbox, self.upto.folder, name)

    def _save(self) -> None:
        if self.done is not None:
            with self.store.writing() as work:
                self._keep_what_is_done(work)

    def _cursor(self, cursor: Cursor) -> Cursor:
        return replace(cursor, lookback=self.upto.lookback)

    def _old(self, raw: RawMessage) -> bool:
        there_before = raw.uid <= self.upto.lookback and (self.fresh is None or raw.received < self.fresh)
        return there_before or raw.received < self.stale


def _name(raw: RawMessage) -> str:
    """What a message is known by until it is done: its bytes; where there are none, its place."""
    place = f"{raw.cursor.uidvalidity}:{raw.uid}"
    return hashlib.sha256(raw.data).hexdigest() if raw.data else place
