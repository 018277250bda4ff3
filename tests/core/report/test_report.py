"""Every figure of the report is one of the log, and none is told twice or left out."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.letters.desk import ZONE, at
from tests.core.report.searches import NOW, came, chance, many, rich
from triage.core.journey import ENDED, state
from triage.core.report import Kept, gather
from triage.core.report.rows import MORE, OPEN_FIRST, Axis, Mark, journey
from triage.core.report.stops import FEWEST, stops
from triage.core.report.weeks import MOST, Series, Width, weeks
from triage.core.values import Application, Kind

searches = st.integers(0, 2**32).map(chance)


def test_nothing_is_no_error() -> None:
    found = gather(Kept(), ZONE, NOW)
    assert (found.applications, found.first, found.moved.total, found.stops.ended) == (0, None, 0, 0)
    assert found.weeks.stretches == ()


def test_a_written_search() -> None:
    found = gather(rich(), ZONE, NOW)
    assert dict(found.states) == {"talking": 1, "closed": 2, "let_go": 1, "offered": 1}
    assert found.first == date(2026, 3, 2)
    assert [(one.day.day, one.kind, one.company) for one in found.moved.newest] == [
        (28, "offer", "Marlow"),
        (27, "interview", "Tidewell"),
    ]
    assert dict(found.moved.kinds) == {"assessment": 1, "interview": 1, "offer": 1}
    assert [(one.what, one.day.day, one.time) for one in found.ahead] == [("talk", 6, "14:00"), ("deadline", 11, "")]
    assert dict(found.did) == {"applied": 4, "let_go": 1}
    assert dict(found.letters) == {"weekly": 2, "prompt": 1}
    assert dict(found.loose) == {"unsure": 1}


def test_where_they_stop() -> None:
    first, screen, interview, final = stops(rich().applications).rows
    assert [(str(way), number) for way, number in first.ways.items() if number] == [("closed", 1), ("let_go", 1)]
    assert (screen.ended, interview.ended, final.ended) == (1, 0, 0)
    assert (interview.open, first.open) == (1, 1)


@pytest.mark.parametrize(("ended", "told"), [(FEWEST - 1, False), (FEWEST, True)])
def test_no_share_of_a_few(ended: int, told: bool) -> None:
    found = stops(many(2 * ended).applications)
    assert found.ended == ended
    assert (found.share(found.rows[0]) is not None) is told


@settings(max_examples=40, deadline=None)
@given(searches)
def test_the_counts_are_those_of_the_log(every: list[Application]) -> None:
    found = gather(Kept(every), ZONE, NOW)
    assert found.applications == len(every) == len(found.journey.rows)
    assert found.stops.ended == sum(state(one) in ENDED for one in every)
    assert found.stops.ended + sum(row.open for row in found.stops.rows) == len(every)
    events = [event for one in every for event in one.events]
    for series, kind in ((Series.NO, Kind.REJECTION), (Series.SILENCE, Kind.SILENCE)):
        undated = found.weeks.undated[series]
        assert found.weeks.total(series) + undated == sum(event.kind is kind for event in events)
    assert found.weeks.total(Series.GOOD) + found.weeks.undated[Series.GOOD] == found.moved.total
    assert found.weeks.total(Series.APPLIED) + found.weeks.undated[Series.APPLIED] == len(every)


@settings(max_examples=40, deadline=None)
@given(searches)
def test_stretches_of_time_touch_and_do_not_overlap(every: list[Application]) -> None:
    found = weeks(every, ZONE, NOW.date()).stretches
    assert len(found) <= MOST
    assert all(one.last + timedelta(days=1) == other.first for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("first", "width"),
    [
        ("2026-05-01 09:00", Width.WEEK),
        ("2026-01-05 09:00", Width.WEEK),
        ("2025-12-25 09:00", Width.FORTNIGHT),
        ("2025-06-01 09:00", Width.MONTH),
        ("2024-01-01 09:00", Width.QUARTER),
        ("2016-01-01 09:00", Width.YEAR),
        ("1901-01-01 09:00", Width.YEAR),
    ],
)
def test_stretches_are_as_wide_as_the_log_needs(first: str, width: Width) -> None:
    events = [came(Kind.ACKNOWLEDGEMENT, first, "A"), came(Kind.REJECTION, "2026-05-03 09:00", "A")]
    found = weeks([Application(1, "A", "", "", tuple(events))], ZONE, NOW.date())
    assert found.width is width
    assert len(found.stretches) <= MOST
    assert (found.total(Series.APPLIED), found.total(Series.NO)) == (1, 1)


def test_rows_begin_with_what_is_going_on() -> None:
    found = gather(rich(), ZONE, NOW).journey
    assert [row.open for row in found.rows] == [True, True, False, False, False]
    assert [[point.mark for point in row.points] for row in found.rows][0:2] == [
        [Mark.OFFER],
        [Mark.APPLIED, Mark.TALK],
    ]
    assert [row.last for row in found.rows if row.open] == [NOW.date()] * 2


def test_what_a_picture_leaves_out_is_counted() -> None:
    found = journey(many(OPEN_FIRST + MORE + 5).applications, ZONE, NOW.date())
    assert (len(found.shown), len(found.folded), found.left_out) == (OPEN_FIRST, MORE, 5)


@settings(max_examples=40, deadline=None)
@given(searches)
def test_every_place_lies_within_the_picture(every: list[Application]) -> None:
    found = journey(every, ZONE, NOW.date())
    for row in found.rows:
        assert 0 <= found.axis.at(row.first) <= found.axis.at(row.heard) <= found.axis.at(row.last) <= 100


def test_days_along_an_axis() -> None:
    axis = Axis(date(2026, 1, 15), date(2026, 4, 15))
    assert [(day.month, day.day, axis.at(day)) for day in axis.ticks] == [(2, 1, 18.89), (3, 1, 50.0), (4, 1, 84.44)]
    assert len(Axis(date(2025, 1, 15), date(2026, 1, 15)).ticks) <= 6
    short = Axis(date(2026, 3, 2), date(2026, 3, 24))
    assert [day.day for day in short.ticks] == [2, 9, 16, 23]
    assert Axis(date(2026, 5, 4), date(2026, 5, 4)).at(date(2026, 5, 4)) == 0


def test_a_day_is_one_of_the_readers_calendar() -> None:
    event = came(Kind.REJECTION, "2026-05-03 00:30", "A")
    found = journey([Application(1, "A", "", "", (event,))], ZONE, NOW.date())
    assert found.rows[0].first == date(2026, 5, 3)
    assert Counter(point.mark for point in found.rows[0].points) == {Mark.NO: 1}
    assert event.received == at("2026-05-03 00:30")
