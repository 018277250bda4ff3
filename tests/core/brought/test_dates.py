"""Days in a list: read strictly, and asked about where they have two meanings."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import resources
from triage.core.brought.dates import AmbiguousError, Calendar, DateError, Order
from triage.core.brought.lists import parse

LISTS = parse(resources.lists())
CALENDAR = Calendar(LISTS.months)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04",
        "2026/3/4",
        "2026-03-04T10:30:00Z",
        "2026-03-04 10:30",
        "4.3.2026",
        "04.03.26",
        "4. 3. 2026",
        "4 March 2026",
        "Mar 4, 2026",
        "March 4th, 2026",
        "4. März 2026",
        "4 mars 2026",
        "4 de marzo de 2026",
        "4 MARZO 2026",
    ],
)
def test_what_has_one_meaning_is_read(text: str) -> None:
    assert CALENDAR.day(text) == date(2026, 3, 4)


@pytest.mark.parametrize("text", ["25/03/2026", "03/25/2026", "25-3-26", "3-25-2026"])
def test_a_number_above_twelve_is_the_day(text: str) -> None:
    assert CALENDAR.day(text) == date(2026, 3, 25)


@pytest.mark.parametrize("text", ["03/04/2026", "3-4-2026", "03/04/26"])
def test_what_has_two_meanings_is_not_guessed(text: str) -> None:
    with pytest.raises(AmbiguousError, match="--dates dmy or --dates mdy"):
        CALENDAR.day(text)
    assert Calendar(LISTS.months, Order.DAY).day(text) == date(2026, 4, 3)
    assert Calendar(LISTS.months, Order.MONTH).day(text) == date(2026, 3, 4)


def test_the_same_number_twice_has_one_meaning() -> None:
    assert CALENDAR.day("05/05/2026") == date(2026, 5, 5)


@pytest.mark.parametrize(
    "text", ["", "soon", "46085", "2026-13-01", "31.02.2026", "March 2026", "4 Foo 2026", "2026", "4 3 2026", "4.3."]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(DateError):
        CALENDAR.day(text)


@pytest.mark.parametrize("text", ["25/03/2026", "13/01/26"])
def test_what_the_reader_has_said_is_not_bent(text: str) -> None:
    with pytest.raises(DateError, match="no day of the calendar"):
        Calendar(LISTS.months, Order.MONTH).day(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.12.2026, 14:30 Uhr", "2026-12-02T14:30"),
        ("2026-12-02 2:30 pm", "2026-12-02T14:30"),
        ("2026-12-02 12:05 am", "2026-12-02T00:05"),
        ("2 décembre 2026 à 14:30", "2026-12-02T14:30"),
        ("2026-12-02", "2026-12-02"),
    ],
)
def test_a_talk_may_have_a_time(text: str, expected: str) -> None:
    assert CALENDAR.moment(text) == expected


@given(st.dates(date(1970, 1, 1), date(2099, 12, 31)), st.sampled_from(list(Order)[1:]))
def test_every_day_comes_back(day: date, order: Order) -> None:
    calendar = Calendar(LISTS.months, order)
    slashed = f"{day:%d/%m/%Y}" if order is Order.DAY else f"{day:%m/%d/%Y}"
    assert {calendar.day(text) for text in (slashed, day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%d %B %Y}")} == {day}


@given(st.text(max_size=70))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        found = CALENDAR.day(text)
    except DateError:
        return
    assert isinstance(found, date)
