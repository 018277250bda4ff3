"""Clocks that change, jump, stand still or are years off: a day has one letter, none is left out, none comes twice.

With a real store and the real core; the clock is what the test says. What `core.due` makes of a changed clock is in
tests/core/test_due.py and tests/core/test_hours.py, two ordinary weeks are in tests/test_pipeline_fortnight.py.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.at_work import (
    DAY,
    HOUR,
    MINUTE,
    MONTH,
    all_is_told_once,
    on_its_way,
    open_pipeline,
    read,
    remembering_judge,
    settled,
    tick,
)
from tests.core.letters.desk import at
from tests.fakes import FakeCourier, FakeMailbox, Fate, mail
from triage.core.letter import Cadence
from triage.pipeline import Pipeline
from triage.store import Store

CHANGES = [
    pytest.param("Europe/Stockholm", date(2026, 3, 29), id="Stockholm, an hour less"),
    pytest.param("Europe/Stockholm", date(2026, 10, 25), id="Stockholm, an hour more"),
    pytest.param("America/New_York", date(2026, 3, 8), id="New York, an hour less"),
    pytest.param("America/New_York", date(2026, 11, 1), id="New York, an hour more"),
    pytest.param("Australia/Lord_Howe", date(2026, 10, 4), id="Lord Howe, half an hour less"),
    pytest.param("Australia/Lord_Howe", date(2026, 4, 5), id="Lord Howe, half an hour more"),
    pytest.param("Africa/Cairo", date(2026, 4, 24), id="Cairo, a day without its first hour"),
    pytest.param("Africa/Cairo", date(2026, 10, 30), id="Cairo, a midnight that comes twice"),
    pytest.param("America/Santiago", date(2026, 9, 6), id="Santiago, a day without its first hour"),
    pytest.param("America/Santiago", date(2026, 4, 5), id="Santiago, a midnight that comes twice"),
]
APIA = pytest.param("Pacific/Apia", date(2011, 12, 31), id="Apia, which left a Friday out")


@dataclass(slots=True)
class Desk:
    """A reader at a place, who gets a no at noon of every day; and when which letter came, by the true time."""

    folder: Path
    cadence: Cadence
    courier: FakeCourier = field(default_factory=FakeCourier)
    came: list[datetime] = field(default_factory=list)
    wrong: timedelta = timedelta(0)
    """By how much the service's clock is ahead."""
    numbers: Iterator[int] = field(default_factory=count)
    pipeline: Pipeline = field(init=False)
    mailbox: FakeMailbox = field(init=False)

    def __post_init__(self) -> None:
        self.start()
        self.mailbox = settled(self.pipeline)

    def start(self) -> None:
        self.pipeline = replace(open_pipeline(self.folder, self.cadence), judge=remembering_judge())

    def at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.cadence.zone).astimezone(UTC)

    def refused(self, *moments: datetime) -> None:
        """A no comes at each of these."""
        for moment in moments:
            self.mailbox.receive(mail("rejection", f"Co{next(self.numbers)}"), moment)
        self.pipeline.read(self.mailbox, "INBOX", min(moments) - MONTH)

    def tick(self, true: datetime) -> None:
        before = len(self.courier.inbox)
        tick(self.pipeline, self.courier, true + self.wrong)
        self.came += [true] * (len(self.courier.inbox) - before)

    def ticks(self, start: datetime, end: datetime, hours: Container[int] = (9, 10, 11, 20)) -> None:
        """Every quarter of an hour up to the end, in those hours of the service's day in which something can begin."""
        while start < end:
            if (start + self.wrong).astimezone(self.cadence.zone).hour in hours:
                self.tick(start)
            start += 15 * MINUTE

    def restart(self) -> None:
        self.pipeline.store.close()
        self.start()

    @property
    def local(self) -> list[datetime]:
        return [moment.astimezone(self.cadence.zone) for moment in self.came]

    def all_is_told_once(self) -> bool:
        return all_is_told_once(self.pipeline, self.courier)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "store"
    Store(tmp_path / "store").close()  # sound to the end


def every_day(zone: str, hour: time = time(10)) -> Cadence:
    """A letter on any day on which there is something to tell."""
    return Cadence(ZoneInfo(zone), hour, weekends=True, most_per_week=9, weekly=False)


def around(day: date) -> list[date]:
    return [day + timedelta(days=number) for number in range(-1, 2)]


# --- Where clocks change --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [time(0, 30), time(2, 15)])
@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_each_day_around_a_change_has_one_letter(folder: Path, zone: str, day: date, hour: time) -> None:
    """Also for an hour that comes twice that day, or never."""
    desk = Desk(folder, replace(every_day(zone, hour), quiet_from=time(0), quiet_to=time(0)))
    desk.refused(*(desk.at(one - timedelta(days=1), time(12)) for one in around(day)))
    desk.ticks(desk.at(around(day)[0], time(0)), desk.at(around(day)[-1] + timedelta(days=1), time(0)), range(4))
    assert [moment.date() for moment in desk.local] == around(day)
    assert all(hour <= moment.time() <= max(hour, time(3, 15)) for moment in desk.local)
    assert desk.all_is_told_once()


def test_a_day_that_was_left_out_has_no_letter(folder: Path) -> None:
    """Samoa went from Thursday, 29 December 2011, straight to Saturday."""
    zone, thursday, saturday = "Pacific/Apia", date(2011, 12, 29), date(2011, 12, 31)
    desk = Desk(folder, every_day(zone))
    desk.refused(*(desk.at(thursday, time(8 + hour)) for hour in range(3)))
    desk.refused(desk.at(saturday, time(9)))
    desk.ticks(desk.at(thursday, time(0)), desk.at(saturday + timedelta(days=1), time(0)))
    assert [moment.date() for moment in desk.local] == [thursday, saturday]
    assert desk.all_is_told_once()


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_the_cap_of_a_day_counts_a_day_of_23_or_25_hours_as_one(folder: Path, zone: str, day: date) -> None:
    """Mail comes all day long, and one letter tells what there was by the hour."""
    desk = Desk(folder, every_day(zone))
    midnight, next_one = (desk.at(one, time(0)) for one in (day, day + timedelta(days=1)))
    hours = int((next_one - midnight) / HOUR)
    desk.refused(*(midnight + hour * HOUR for hour in range(hours)))
    desk.ticks(midnight, next_one + 12 * HOUR)
    assert [moment.date() for moment in desk.local] == [day, day + timedelta(days=1)]
    assert desk.all_is_told_once()


# --- The due second -------------------------------------------------------------------------------------------------

DAY_ONE = date(2026, 3, 3)
STOCKHOLM = "Europe/Stockholm"


@pytest.fixture
def desk(folder: Path) -> Desk:
    """Tuesday; a no came the evening before. Its letter is due at ten."""
    made = Desk(folder, Cadence(ZoneInfo(STOCKHOLM)))
    made.refused(made.at(DAY_ONE - timedelta(days=1), time(18)))
    return made


SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize("before", [INSTANT, SECOND, 29 * SECOND, MINUTE])
@pytest.mark.parametrize("after", [0 * SECOND, INSTANT, SECOND, 29 * SECOND, MINUTE])
def test_a_restart_around_the_due_second(desk: Desk, before: timedelta, after: timedelta) -> None:
    due = desk.at(DAY_ONE, time(10))
    desk.tick(due - before)
    assert desk.came == []
    desk.restart()
    for moment in (due + after, due + after, due + after + 30 * SECOND):
        desk.tick(moment)
        desk.restart()
    assert desk.came == [due + after]
    assert desk.all_is_told_once()


@pytest.mark.parametrize("wakes", [time(10, 0, 1), time(12), time(19, 59, 59)])
def test_a_computer_that_slept_over_the_due_second_tells_it_when_it_wakes(desk: Desk, wakes: time) -> None:
    desk.tick(desk.at(DAY_ONE, time(9, 59, 59)))
    desk.tick(desk.at(DAY_ONE, wakes))
    desk.ticks(desk.at(DAY_ONE, wakes), desk.at(DAY_ONE, wakes) + HOUR)
    assert desk.came == [desk.at(DAY_ONE, wakes)]


@pytest.mark.parametrize(
    ("wakes", "told"),
    [
        pytest.param("2026-03-03 20:00", "2026-03-04 10:00", id="that evening: not before the next hour"),
        pytest.param("2026-03-04 03:00", "2026-03-04 10:00", id="at night"),
        pytest.param("2026-03-07 11:00", "2026-03-09 10:00", id="on Saturday: on Monday"),
        pytest.param("2026-06-03 11:00", "2026-06-03 11:00", id="three months later: at once"),
    ],
)
def test_a_computer_that_slept_longer(desk: Desk, wakes: str, told: str) -> None:
    desk.tick(desk.at(DAY_ONE, time(9, 59)))
    desk.ticks(at(wakes), at(wakes) + 4 * DAY)
    assert desk.came == [at(told)]
    assert desk.all_is_told_once()


# --- Clocks that jump -----------------------------------------------------------------------------------------------

WEEK = [DAY_ONE + timedelta(days=number) for number in range(7)]
JUMPS = (MINUTE, HOUR, DAY, -MINUTE, -HOUR, -DAY)


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("hours", [1, 9.5, 10.5])
def test_a_clock_that_jumps_and_is_put_right_leaves_out_no_day_and_doubles_none(
    folder: Path, jump: timedelta, hours: float
) -> None:
    """Wrong for half a day, from some hour of a Wednesday on; there is news every day of the week."""
    desk = Desk(folder, every_day(STOCKHOLM))
    start = desk.at(DAY_ONE, time(0))
    desk.refused(*(desk.at(one, time(9)) for one in WEEK[:-1]))
    wrong = start + DAY + hours * HOUR
    for begin, end, by in ((start, wrong, 0), (wrong, wrong + 12 * HOUR, 1), (wrong + 12 * HOUR, start + 7 * DAY, 0)):
        desk.wrong = by * jump
        desk.ticks(begin, end)
    assert desk.all_is_told_once()
    days = [moment.date() for moment in desk.local]
    assert len(days) == len(set(days)) or abs(jump) == DAY
    assert len(days) <= 7
    assert set(WEEK[3:6]) <= set(days), "all is as ever once the clock is right"


YEARS = (1970, 2000, 2025, 2027, 2038, 2106)


def in_year(moment: datetime, year: int) -> timedelta:
    """How far ahead a clock is that shows this year instead."""
    return moment.replace(year=year) - moment


@pytest.mark.parametrize("year", YEARS)
def test_after_a_wrong_year_there_is_a_letter_a_day_again(folder: Path, year: int) -> None:
    """As on a board without a battery, which is wrong until its network is up: here for an hour and a half."""
    desk = Desk(folder, every_day(STOCKHOLM))
    start = desk.at(DAY_ONE, time(9))
    desk.refused(start - HOUR)
    desk.wrong = in_year(start, year)
    right = start + 90 * MINUTE
    desk.ticks(start, right)
    wrongly = len(desk.came)
    desk.wrong = timedelta(0)
    desk.refused(*(desk.at(one, time(8)) for one in WEEK[1:]))
    desk.ticks(right, start + 7 * DAY)
    assert wrongly <= 1
    assert [moment.date() for moment in desk.local[wrongly:]] == [*(WEEK[:1] * (not wrongly)), *WEEK[1:]]
    assert desk.all_is_told_once()


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("fate", [Fate.FAILS, Fate.LOSES_LETTER, Fate.LOSES_ANSWER])
def test_a_letter_on_its_way_while_the_year_is_wrong_arrives_once(desk: Desk, year: int, fate: Fate) -> None:
    """It was tried before, during and after; the pauses between tries are reckoned by the clock that there is."""
    due = desk.at(DAY_ONE, time(10))
    desk.courier.next(fate, fate, fate)
    desk.tick(due)
    desk.wrong = in_year(due, year)
    desk.ticks(due + HOUR, due + 3 * HOUR)
    desk.wrong = timedelta(0)
    desk.ticks(due + 3 * HOUR, due + 2 * DAY)
    assert on_its_way(desk.pipeline) == 0
    assert len(desk.courier.inbox) == 1
    assert desk.all_is_told_once()


@pytest.mark.parametrize("year", YEARS)
def test_a_talk_is_announced_although_the_year_was_wrong(folder: Path, year: int) -> None:
    """The talk is on 10 March 2026; the year is wrong on the 4th."""
    desk = Desk(folder, Cadence(ZoneInfo(STOCKHOLM)))
    start = desk.at(DAY_ONE, time(9))
    desk.mailbox.receive(mail("interview", "Skarv"), start - HOUR)
    read(desk.pipeline, desk.mailbox)
    desk.tick(start)
    desk.wrong = in_year(start, year)
    desk.ticks(start + DAY, start + DAY + 2 * HOUR)
    desk.wrong = timedelta(0)
    desk.ticks(start + 2 * DAY, start + 9 * DAY)
    with desk.pipeline.store.reading() as work:
        kinds = [letter.kind.value for letter in work.outbox.letters()]
    assert kinds[0] == "prompt"
    assert kinds.count("before") == 1
    assert kinds.count("after") == 1
    assert desk.all_is_told_once()


@pytest.mark.parametrize("year", [year for year in YEARS if year < DAY_ONE.year])
def test_a_silence_that_was_told_is_told_once_although_the_year_was_wrong(folder: Path, year: int) -> None:
    """A year that is over: the silence would lie ahead, but so do the mails, and they have the server's time."""
    desk = Desk(folder, Cadence(ZoneInfo(STOCKHOLM)))
    start = desk.at(DAY_ONE, time(9))
    desk.mailbox.receive(mail("acknowledgement", "Skarv"), start - HOUR)
    read(desk.pipeline, desk.mailbox)
    desk.ticks(start, start + 22 * DAY)
    told = telling(desk)
    assert len(told) == 1
    desk.wrong = in_year(start, year)
    desk.ticks(start + 22 * DAY, start + 23 * DAY)
    desk.wrong = timedelta(0)
    desk.ticks(start + 23 * DAY, start + 40 * DAY)
    assert telling(desk) == told


def telling(desk: Desk) -> list[datetime]:
    """When letters were written that tell something."""
    with desk.pipeline.store.reading() as work:
        return [letter.composed for letter in work.outbox.letters() if letter.told]
