"""Spoilt mails go the whole way, in batches: delivered, read, judged, kept in a real store, told in letters.

A batch has a store of its own, with the settings of the service's, in memory where the system has a place for files
there. Its mails come on four days; after every second one, letters are written about them, and at last the reader
answers some, in words that are spoilt too. Whatever is raised anywhere, whatever is written to a log, and every letter
that holds more than it should, is a failure.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache, partial
from logging.handlers import QueueHandler
from pathlib import Path
from queue import SimpleQueue
from random import Random
from time import process_time
from traceback import extract_tb

from tests.at_work import BEFORE, DAY, MINUTE, ZONE, stationery
from tests.fakes import MONDAY, READER, FakeCourier, FakeMailbox
from tests.mutations import answered, spoilt
from tests.sound_letters import faults
from triage import resources
from triage.cli import build
from triage.core import message, trust
from triage.core.detect import Detector
from triage.core.detect.listening import Reading
from triage.core.detect.second import Second
from triage.core.judge import Judge
from triage.core.letter import Cadence
from triage.core.reply import phrases
from triage.core.stationery import Stationery
from triage.core.values import Cursor, Kind, Message, Opinion, RawMessage
from triage.pipeline import Pipeline
from triage.store import Store

A_DAY = 25
"""Mails of one day."""
BATCH = 4 * A_DAY
NETWORK_EVERY = 400
"""The network takes longer than all the rest, so it is asked about few mails only."""
LOOK_EVERY = 25
"""Mails whose details are read as if they were of another kind."""
KINDS = tuple(Kind)
_OFTEN = Cadence(ZONE, time(0), time(0), time(0), weekends=True, most_per_day=99, most_per_week=999, taper_weeks=0)
_CADENCES = (_OFTEN, replace(_OFTEN, weekly=False))
"""A letter for whatever there is to tell: with those of the week, and without."""
_MEMORY = Path("/dev/shm")
_READERS = frozenset({READER, "kit@reader.example"})


class _Seldom(Second):
    """The network is asked about few mails, and some are searched for signals whatever their words."""

    __slots__ = ()

    def odds(self, message: Message) -> float:
        found = super().odds(message)
        return max(0.0, found) if _one_of(4, message) else found

    def opinion(self, message: Message, reading: Reading, odds: float) -> Opinion | None:
        return super().opinion(message, reading, odds) if _one_of(NETWORK_EVERY, message) else None


def _one_of(many: int, message: Message) -> bool:
    """True for one mail of so many, and always for the same ones."""
    return int(message.key[:8], 16) % many == 0


@cache
def asking() -> Judge:
    """The judge of the service."""
    return build.judge(_READERS)


@cache
def seldom() -> Judge:
    """The same, but for how often the network is asked."""
    judge = asking()
    detector, second = judge.detector, judge.detector._second
    assert second is not None
    seldom = _Seldom(second.prefilter, second.model)
    servers = {"mine": "mx.example"}
    return replace(judge, detector=Detector(detector._languages, detector._senders, seldom), authserv_ids=servers)


@cache
def _stationery() -> Stationery:
    return stationery(b"")


@cache
def _replies() -> tuple[phrases.Phrases, ...]:
    return tuple(phrases.parse(resources.replies(language, None), language) for language in ("en", "de"))


@cache
def _new_store() -> Mapping[str, bytes]:
    """The files of a store where nothing has happened yet: to make one takes as long as to read many mails."""
    with tempfile.TemporaryDirectory() as folder:
        Store(Path(folder)).close()
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def look(data: bytes, number: int, judge: Judge) -> Kind:
    """All that is done with a mail before it is logged, and its details as if it were each kind in turn."""
    read = message.parse(RawMessage(Cursor("mine", "INBOX", 1, 1), MONDAY, data))
    verdict, _ = judge.verdict(read)
    judge.extractor.details(read, replace(verdict, kind=KINDS[number % len(KINDS)]))
    judge.fingerprint(read, verdict, b"key")
    trust.sender(read, "mx.example")
    return verdict.kind


@dataclass(frozen=True, slots=True)
class Failure:
    """What should not have happened, and with which mail; of letters, that which their batch begins with."""

    number: int
    what: str


@dataclass(slots=True)
class Batch:
    """What came of some mails."""

    failures: list[Failure] = field(default_factory=list)
    slowest: list[tuple[float, int]] = field(default_factory=list)
    """Seconds of the processor, and the mail's number."""
    mails: int = 0
    logged: int = 0
    letters: int = 0
    processor: float = 0.0
    """Seconds of the processor that all of it took."""


def batch(seeds: Sequence[bytes], seed: int, first: int, count: int = BATCH) -> Batch:
    """So many mails of the run with this seed, from the one with that number on."""
    begun = process_time()
    with _store() as store, overheard() as heard:
        cadence = _CADENCES[first // BATCH % len(_CADENCES)]
        tools = replace(_stationery(), cadence=cadence, seal=replace(_stationery().seal, secret=store.secret))
        pipeline = Pipeline(store, seldom(), tools, _replies())
        passage = Passage(pipeline, heard, first)
        for day, start in enumerate(range(first, first + count, A_DAY), 1):
            numbers = range(start, min(start + A_DAY, first + count))
            passage.take(day, [(number, mail(seeds, seed, number)) for number in numbers])
        passage.end(Random(f"replies {seed}/{first}"))
        passage.result.processor = process_time() - begun
        return passage.result


def mail(seeds: Sequence[bytes], seed: int, number: int) -> bytes:
    """Mail `number` of the run with this seed."""
    return spoilt(seeds, Random(f"{seed}/{number}"))


@contextmanager
def _store() -> Iterator[Store]:
    """A store of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="triage-batch-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        for name, data in _new_store().items():
            (Path(folder) / name).write_bytes(data)
        store = Store(Path(folder))
        try:
            yield store
        finally:
            store.close()


@contextmanager
def overheard() -> Iterator[SimpleQueue[logging.LogRecord]]:
    """Whatever is logged meanwhile, and worth a warning."""
    records = SimpleQueue[logging.LogRecord]()
    handler = QueueHandler(records)
    logging.getLogger().addHandler(handler)
    try:
        yield records
    finally:
        logging.getLogger().removeHandler(handler)


@dataclass(slots=True)
class Passage:
    """A batch on its way through the pipeline."""

    pipeline: Pipeline
    heard: SimpleQueue[logging.LogRecord]
    first: int
    mailbox: FakeMailbox = field(default_factory=FakeMailbox)
    courier: FakeCourier = field(default_factory=FakeCourier)
    result: Batch = field(default_factory=Batch)
    waiting: list[tuple[int, int, bytes]] = field(default_factory=list)
    """The UID, number and bytes of the mails not yet read."""
    since: float = 0.0
    read: int = 0
    """How many of this look are done."""

    def take(self, day: int, numbered: Sequence[tuple[int, bytes]]) -> None:
        """The mails of a day, and the letters about those before it."""
        if not self.mailbox.looks:
            self._read()  # the first look, at nothing: what comes now is news
        at = MONDAY + day * DAY
        for place, (number, data) in enumerate(numbered):
            self.waiting.append((self.mailbox.receive(data, at + place * MINUTE), number, data))
        self.result.mails += len(numbered)
        self._read()
        for number, data in numbered[::LOOK_EVERY]:
            self._guarded(number, partial(look, data, number, self.pipeline.judge))
        if not day % 2:
            self._write(at + DAY)

    def end(self, dice: Random) -> None:
        """What the reader answers, the letter of the week, and those about long silences."""
        at = MONDAY + 14 * DAY
        self._write(at)
        letters = self.courier.inbox
        for letter in dice.sample(letters, min(2, len(letters))):
            data = answered(letter, dice)
            self.waiting.append((self.mailbox.receive(data, at), self.first, data))
        self._read()
        self._write(at + timedelta(weeks=8))
        self._check()

    def _read(self) -> None:
        """Everything that waits; a mail that stops the pipeline is a failure, and is taken away."""
        self.since = process_time()
        while True:
            self.read = 0
            try:
                self.result.logged += self.pipeline.read(self.mailbox, "INBOX", BEFORE, self._passed).logged.total()
            except Exception as error:  # noqa: BLE001 - that there is none is what is tested
                uid, number, _ = self.waiting.pop(0)
                self.result.failures.append(Failure(number, f"reading stopped: {_named(error)}"))
                self.mailbox.expunge(uid)
            else:
                return

    def _passed(self, _name: str, read: int, _total: int) -> None:
        """A mail was read, or only fetched."""
        if read == self.read:
            return
        self.read, now = read, process_time()
        _, number, data = self.waiting.pop(0)
        self.result.slowest = sorted([*self.result.slowest, (now - self.since, number)], reverse=True)[:20]
        if not self.heard.empty():
            self._listen(number)
            self._guarded(number, lambda: look(data, number, self.pipeline.judge))  # says where it failed
        self.since = process_time()

    def _write(self, now: datetime) -> None:
        def all_due() -> None:
            self.pipeline.write(now)
            self.pipeline.send(self.courier, now)

        self._guarded(self.first, all_due)

    def _guarded(self, number: int, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - that there is none is what is tested
            self.result.failures.append(Failure(number, _named(error)))
        self._listen(number)

    def _listen(self, number: int) -> None:
        while not self.heard.empty():
            record = self.heard.get()
            self.result.failures.append(Failure(number, f"logged by {record.name}: {record.msg}"))

    def _check(self) -> None:
        self.result.letters = len(self.courier.letters)
        for letter in self.courier.letters:
            for fault in faults(letter):
                self.result.failures.append(Failure(self.first, f"a letter: {fault}"))
        if len(self.courier.inbox) != len(set(self.courier.inbox)):
            self.result.failures.append(Failure(self.first, "a letter came twice"))


def _named(error: Exception) -> str:
    """An error and where it was raised, without the words in it, which may be a mail's."""
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
