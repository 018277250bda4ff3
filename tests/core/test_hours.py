"""The reader's hours: on which side of each of them a moment lies, also where the clocks change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.letters.desk import CADENCE, ZONE, at
from triage.core.due.hours import effective_hour, open_at, quiet_at, slot, workday
from triage.core.letter import Cadence

EVENING = replace(CADENCE, hour=time(18))
WEEKENDS = replace(CADENCE, weekends=True)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
cadences = st.builds(Cadence, st.just(ZONE), times, times, times, st.booleans())


@pytest.mark.parametrize(
    ("received", "cadence", "told"),
    [
        pytest.param("2026-03-03 09:59", CADENCE, "2026-03-03 10:00", id="before the hour"),
        pytest.param("2026-03-03 10:00", CADENCE, "2026-03-03 10:00", id="on the stroke"),
        pytest.param("2026-03-03 10:01", CADENCE, "2026-03-04 10:00", id="after it"),
        pytest.param("2026-03-03 14:59", EVENING, "2026-03-03 18:00", id="evening reader, before three"),
        pytest.param("2026-03-03 15:00", EVENING, "2026-03-04 18:00", id="evening reader, from three on"),
        pytest.param("2026-03-03 07:00", replace(CADENCE, hour=time(22)), "2026-03-03 08:00", id="a quiet hour"),
        pytest.param("2026-03-06 16:00", CADENCE, "2026-03-07 10:00", id="weekends are not its business"),
        pytest.param("2026-03-28 16:00", CADENCE, "2026-03-29 10:00", id="the clocks change overnight"),
        pytest.param("2026-10-24 16:00", CADENCE, "2026-10-25 10:00", id="and back"),
    ],
)
def test_slot(received: str, cadence: Cadence, told: str) -> None:
    assert slot(at(received), cadence) == at(told)


def test_a_slot_compares_by_the_instant_in_the_hour_that_comes_twice() -> None:
    cadence = Cadence(ZONE, time(2, 30), time(0), time(0), weekends=True)
    at_last = datetime(2026, 10, 25, 2, 15, tzinfo=ZONE, fold=1)  # 45 minutes after the first 02:30
    assert slot(at("2026-10-25 01:00"), cadence) < at_last


def test_a_reader_in_utc_is_no_special_case() -> None:
    cadence = Cadence(ZoneInfo("UTC"))
    assert slot(datetime(2026, 3, 3, 9, tzinfo=UTC), cadence) == datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "cadence", "expected"),
    [
        ("2026-03-03 09:59", CADENCE, False),
        ("2026-03-03 10:00", CADENCE, True),
        ("2026-03-03 19:59", CADENCE, True),
        ("2026-03-03 20:00", CADENCE, False),
        ("2026-03-06 14:59", CADENCE, True),
        ("2026-03-06 15:00", CADENCE, False),
        ("2026-03-07 10:00", CADENCE, False),
        ("2026-03-08 10:00", CADENCE, False),
        ("2026-03-09 08:59", replace(CADENCE, hour=time(8)), False),
        ("2026-03-09 09:00", replace(CADENCE, hour=time(8)), True),
        ("2026-03-07 10:00", WEEKENDS, True),
        ("2026-03-07 21:00", WEEKENDS, False),
    ],
)
def test_open_at(moment: str, cadence: Cadence, expected: bool) -> None:
    assert open_at(at(moment), cadence) is expected


@pytest.mark.parametrize(
    ("day", "cadence", "expected"),
    [
        (date(2026, 3, 5), CADENCE, date(2026, 3, 5)),
        (date(2026, 3, 6), CADENCE, date(2026, 3, 6)),
        (date(2026, 3, 7), CADENCE, date(2026, 3, 6)),
        (date(2026, 3, 8), CADENCE, date(2026, 3, 6)),
        (date(2026, 3, 9), CADENCE, date(2026, 3, 9)),
        (date(2026, 3, 7), WEEKENDS, date(2026, 3, 7)),
        # On a Friday the letters end at three, before this reader's hour.
        (date(2026, 3, 6), EVENING, date(2026, 3, 5)),
        (date(2026, 3, 8), EVENING, date(2026, 3, 5)),
        (date(2026, 3, 6), replace(EVENING, weekends=True), date(2026, 3, 6)),
    ],
)
def test_workday(day: date, cadence: Cadence, expected: date) -> None:
    assert workday(day, cadence) == expected


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), cadences)
def test_on_a_workday_the_letters_open(day: date, cadence: Cadence) -> None:
    """At the hour; on a Monday not before nine, which may be too late for a reader whose day is short."""
    moved = workday(day, cadence)
    assert timedelta(0) <= day - moved <= timedelta(days=3)
    assert moved.weekday() == 0 or open_at(datetime.combine(moved, effective_hour(cadence), ZONE), cadence)


@given(cadences)
def test_the_effective_hour_is_never_quiet(cadence: Cadence) -> None:
    assert not quiet(effective_hour(cadence), cadence)


def quiet(moment: time, cadence: Cadence) -> bool:
    """Said another way than in the code: walk the clock from the beginning of the quiet hours to their end."""
    minute = (moment.hour * 60 + moment.minute - cadence.quiet_from.hour * 60 - cadence.quiet_from.minute) % 1440
    length = (
        cadence.quiet_to.hour * 60 + cadence.quiet_to.minute - cadence.quiet_from.hour * 60 - cadence.quiet_from.minute
    ) % 1440
    return minute < length


@given(cadences, st.integers(0, 365 * 24 * 60))
def test_quiet_is_quiet(cadence: Cadence, minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert quiet_at(now, cadence) is quiet(now.astimezone(ZONE).time(), cadence)
