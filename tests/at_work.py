"""Both paths at work: a real store and the real core, put together as the service does it; and what its log says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.fakes import MONDAY, READER, FakeCourier, FakeMailbox, mail
from triage import resources
from triage.cli import build
from triage.core import compose, playbook, situation, wording
from triage.core.detect import Detector
from triage.core.draft import words as draft_words
from triage.core.journey import silence
from triage.core.judge import Judge
from triage.core.letter import Cadence
from triage.core.stationery import Stationery
from triage.core.values import Cursor, Event, Message, Verdict
from triage.errors import ServerError
from triage.pipeline import Pipeline
from triage.reading import Tally
from triage.service import Service, Watched
from triage.store import Memory, Store
from triage.store.health import Health

ZONE = ZoneInfo("Europe/Stockholm")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEFORE = MONDAY - 30 * DAY
"""How far the first look goes back."""
TEN = MONDAY + HOUR
"""The hour of letters."""
MONTH = timedelta(days=30)
LONG = 20.0
"""Seconds that nothing takes which works."""
AWAY = ServerError("The server is away.")


@cache
def judge() -> Judge:
    """The real detector and the real extractor."""
    return build.judge(frozenset({READER}))


class Remembering(Detector):
    """The real detector; the same words are what they were the last time. To judge takes longer than all the rest."""

    def __init__(self, real: Detector) -> None:
        self._real = real
        self._known: dict[str, Verdict] = {}

    def at_once(self, message: Message, reader: frozenset[str]) -> Verdict | None:
        return self._real.at_once(message, reader)

    def judge(self, message: Message, reader: frozenset[str]) -> Verdict:
        # All that is looked at to tell what it is.
        words = repr((reader, replace(message, key="", message_id="", received=MONDAY)))
        if words not in self._known:
            self._known[words] = self._real.judge(message, reader)
        return self._known[words]

    def rest(self) -> None:
        self._real.rest()


@cache
def remembering_judge() -> Judge:
    """The real one, for tests: in these, the same few mails come again and again."""
    return replace(judge(), detector=Remembering(judge().detector))


@cache
def _words() -> wording.Wordings:
    return wording.parse(resources.words("en", None))


@cache
def _stationery() -> Stationery:
    return Stationery(
        situation.Reader("Robin", "gentle", ZONE),
        Cadence(ZONE),
        silence.Patience(),
        _words(),
        playbook.parse(resources.playbook(None)),
        draft_words.parse(resources.drafts("en", None)),
        compose.environment(resources.templates(None)),
        compose.Seal(READER, "Robin", "en", b""),
    )


def stationery(secret: bytes, cadence: Cadence | None = None) -> Stationery:
    """The real words and templates, for the reader of all tests."""
    known = _stationery()
    return replace(known, seal=replace(known.seal, secret=secret), cadence=cadence or known.cadence)


def open_pipeline(folder: Path, cadence: Cadence | None = None) -> Pipeline:
    """A store in `folder`, with the real core around it: what a start of the service makes."""
    return pipeline_over(Store(folder), cadence)


def pipeline_over(store: Memory, cadence: Cadence | None = None) -> Pipeline:
    """The real core around this store."""
    return Pipeline(store, remembering_judge(), stationery(store.secret, cadence))


def store_of(pipeline: Pipeline) -> Store:
    """Its store, which is a file."""
    assert isinstance(pipeline.store, Store)
    return pipeline.store


def watched(mailbox: FakeMailbox, poll: float = 60.0) -> Watched:
    return Watched(mailbox, poll, MONTH)


def service(pipeline: Pipeline, mailboxes: Sequence[Watched] = (), courier: FakeCourier | None = None) -> Service:
    """A service whose clock stands at the hour of letters."""
    return Service(pipeline, mailboxes, courier or FakeCourier(), lambda: TEN)


def health(pipeline: Pipeline) -> tuple[Health, ...]:
    with pipeline.store.reading() as work:
        return work.notes.health()


def read(pipeline: Pipeline, mailbox: FakeMailbox, folder: str = "INBOX") -> Tally:
    return pipeline.read(mailbox, folder, BEFORE)


def settled(pipeline: Pipeline, *folders: str) -> FakeMailbox:
    """A mailbox whose first look is over: what comes now is news."""
    mailbox = FakeMailbox(folders=folders or ("INBOX",))
    for folder in mailbox.folders:
        read(pipeline, mailbox, folder)
    return mailbox


def events(pipeline: Pipeline) -> tuple[Event, ...]:
    with pipeline.store.reading() as work:
        return work.log.events()


def companies(pipeline: Pipeline) -> list[str]:
    return [event.details.company for event in events(pipeline)]


def cursor(pipeline: Pipeline, folder: str = "INBOX") -> Cursor:
    with pipeline.store.reading() as work:
        found = work.log.cursor("mine", folder)
    assert found is not None
    return found


def tellings(pipeline: Pipeline) -> Counter[int]:
    with pipeline.store.reading() as work:
        return Counter(row[0] for row in work.log.connection.exec_driver_sql("SELECT event FROM telling"))


def receive(pipeline: Pipeline, *companies: str, kind: str = "rejection", at: datetime = MONDAY) -> None:
    mailbox = settled(pipeline)
    for company in companies:
        mailbox.receive(mail(kind, company), at)
    read(pipeline, mailbox)


def tick(pipeline: Pipeline, courier: FakeCourier, now: datetime = TEN) -> int:
    pipeline.write(now)
    return pipeline.send(courier, now)


def ticks(pipeline: Pipeline, courier: FakeCourier, start: datetime, end: datetime) -> list[datetime]:
    """A look every minute; when the courier was called."""
    called = []
    now = start
    while now < end:
        before = courier.tries + courier.looks
        tick(pipeline, courier, now)
        called += [now] * (courier.tries + courier.looks > before)
        now += MINUTE
    return called


def troubles(pipeline: Pipeline) -> tuple[str, ...]:
    with pipeline.store.reading() as work:
        return work.outbox.troubles()


def on_its_way(pipeline: Pipeline) -> int:
    with pipeline.store.reading() as work:
        return work.outbox.unsent()


def all_is_told_once(pipeline: Pipeline, courier: FakeCourier) -> bool:
    told = tellings(pipeline)
    one_copy = len(courier.inbox) == len(set(courier.inbox))
    return one_copy and not on_its_way(pipeline) and told == dict.fromkeys((one.id for one in events(pipeline)), 1)
