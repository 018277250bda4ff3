"""Two weeks of a search by a told clock: when letters come, how many at most, and that each answer is told."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest

from tests.at_work import DAY, ZONE, events, open_pipeline, read, settled
from tests.fakes import FakeCourier, FakeMailbox, Fate, mail
from triage.core.due import SUPPORT
from triage.core.letter import SUPPORTING, Cadence, LetterKind
from triage.core.values import GOOD_NEWS, NOTICES, Event, Kind
from triage.pipeline import Pipeline

pytestmark = pytest.mark.xdist_group("fortnight")

STEP = timedelta(hours=2)
FORTNIGHT, AFTERWARDS = 14 * DAY, 12 * DAY
SEARCHES = {
    "as set up": (datetime(2026, 3, 2, tzinfo=UTC), Cadence(ZONE)),
    "seldom, as summer time begins": (
        datetime(2026, 3, 23, tzinfo=UTC),
        Cadence(ZONE, hour=time(7), quiet_from=time(18), quiet_to=time(9), most_per_week=1),
    ),
    "often, as summer time ends": (
        datetime(2026, 10, 19, tzinfo=UTC),
        Cadence(ZONE, hour=time(18), weekends=True, most_per_day=2, most_per_week=7),
    ),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One letter as the reader got it: when, by the clock on the wall, and what it told."""

    kind: LetterKind
    at: datetime
    told: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Fortnight:
    """What came of it."""

    start: datetime
    cadence: Cadence
    letters: tuple[Delivery, ...]
    events: tuple[Event, ...]
    copies: tuple[bytes, ...]

    @property
    def support(self) -> list[Delivery]:
        return [letter for letter in self.letters if letter.kind in SUPPORTING]

    @property
    def mails(self) -> list[Event]:
        return [event for event in self.events if event.kind not in NOTICES]

    def quiet(self, moment: time) -> bool:
        start, end = self.cadence.quiet_from, self.cadence.quiet_to
        return moment >= start or moment < end


def live(opened: Callable[[], Pipeline], start: datetime, step: timedelta = STEP) -> Fortnight:
    """Twenty answers at any hour of the day; the courier fails now and then, and the service is often restarted."""
    chance = random.Random(start.toordinal())
    arrivals = sorted(start + chance.random() * FORTNIGHT for _ in range(20))
    pipeline = opened()
    mailbox, courier = settled(pipeline), FakeCourier()
    now, copies = start, 0
    while now < start + FORTNIGHT + AFTERWARDS:
        if chance.random() < 0.05:
            pipeline.store.close()
            pipeline = opened()
        while arrivals and arrivals[0] <= now:
            kind = chance.choice(["rejection", "rejection", "interview", "acknowledgement"])
            number = len(arrivals)
            mailbox.receive(mail(kind, f"Co{number}", message_id=f"<{number}@co.example>"), arrivals.pop(0))
        read(pipeline, mailbox)
        courier.fates = [fate for fate in (Fate.FAILS, Fate.LOSES_ANSWER) if chance.random() < 0.1]
        pipeline.write(now)
        pipeline.send(courier, now)
        copies = arrive(courier, mailbox, copies, now)
        now += step
    cadence, told = pipeline.stationery.cadence, tuple(deliveries(pipeline))
    lived = Fortnight(start, cadence, told, events(pipeline), tuple(courier.letters))
    pipeline.store.close()
    return lived


def arrive(courier: FakeCourier, mailbox: FakeMailbox, copies: int, now: datetime) -> int:
    """What was delivered lies in the very mailbox that is watched."""
    for data in courier.letters[copies:]:
        mailbox.receive(data, now)
    return len(courier.letters)


def deliveries(pipeline: Pipeline) -> Iterator[Delivery]:
    known = {event.id: event for event in events(pipeline)}
    with pipeline.store.reading() as work:
        rows = work.log.connection.exec_driver_sql("SELECT letter, event FROM telling ORDER BY event").all()
        letters = work.outbox.letters()
    for number, letter in enumerate(letters, 1):
        assert letter.sent is not None
        told = tuple(known[event] for one, event in rows if one == number)
        yield Delivery(letter.kind, letter.composed.astimezone(ZONE), told)


@pytest.fixture(scope="module", params=SEARCHES)
def fortnight(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fortnight:
    start, cadence = SEARCHES[request.param]
    return live(partial(open_pipeline, tmp_path_factory.mktemp("fortnight") / "store", cadence), start)


def test_every_answer_is_told_once_and_no_letter_comes_twice(fortnight: Fortnight) -> None:
    told = [event.id for letter in fortnight.letters for event in letter.told]
    assert len(told) == len(set(told))
    answers = {event.id for event in fortnight.mails if event.kind is not Kind.ACKNOWLEDGEMENT}
    assert answers == set(told) & {event.id for event in fortnight.mails}
    assert len(fortnight.copies) == len(fortnight.letters) > 3
    assert len(fortnight.mails) == 20
    dated = {LetterKind.WEEKLY, LetterKind.BEFORE, LetterKind.AFTER}
    assert all(letter.told or letter.kind in dated for letter in fortnight.letters)


def test_silences_are_noticed_and_told_in_the_weekly_letter_alone(fortnight: Fortnight) -> None:
    assert {event.kind for event in fortnight.events} & NOTICES
    kinds = {letter.kind for letter in fortnight.letters for event in letter.told if event.kind in NOTICES}
    assert kinds <= {LetterKind.WEEKLY}


def test_the_weekly_letter_comes_at_the_beginning_of_a_week(fortnight: Fortnight) -> None:
    weekly = [letter.at for letter in fortnight.letters if letter.kind is LetterKind.WEEKLY]
    assert weekly
    assert all(at.weekday() <= 2 for at in weekly)
    assert len({at.isocalendar()[:2] for at in weekly}) == len(weekly)


def test_no_letter_breaks_the_quiet_hours(fortnight: Fortnight) -> None:
    assert [letter for letter in fortnight.letters if fortnight.quiet(letter.at.time())] == []


def test_the_daily_letters_keep_to_their_hour_and_to_the_week(fortnight: Fortnight) -> None:
    for letter in fortnight.support:
        assert letter.at.time() >= max(fortnight.cadence.hour, fortnight.cadence.quiet_to)
        after_friday = letter.at.weekday() == 4 and letter.at.hour >= 15
        weekend = after_friday or letter.at.weekday() in (5, 6)
        assert fortnight.cadence.weekends or not weekend


def test_there_are_never_more_than_the_reader_wants(fortnight: Fortnight) -> None:
    days = [letter.at.date() for letter in fortnight.support]
    assert all(days.count(day) <= fortnight.cadence.most_per_day for day in days)
    moments = [letter.at for letter in fortnight.support]
    for moment in moments:
        in_a_week = [other for other in moments if moment - 7 * DAY < other <= moment]
        assert len(in_a_week) <= fortnight.cadence.most_per_week


def test_what_comes_late_in_the_day_is_told_on_another(fortnight: Fortnight) -> None:
    for letter in fortnight.support:
        for event in letter.told:
            received = event.received.astimezone(ZONE)
            if event.kind not in SUPPORT:  # good news of the same moment, or a silence
                continue
            assert received < letter.at
            assert received.hour < 15 or received.date() < letter.at.date()


def test_good_news_waits_for_nothing_but_the_morning(fortnight: Fortnight) -> None:
    told = {event.id: letter.at for letter in fortnight.letters for event in letter.told}
    for event in fortnight.events:
        if event.kind in GOOD_NEWS:
            look = fortnight.start + math.ceil((event.received - fortnight.start) / STEP) * STEP
            while fortnight.quiet(look.astimezone(ZONE).time()):
                look += STEP
            assert told[event.id] == look
