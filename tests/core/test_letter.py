"""What is due, and when: tables of cases, and what holds for any stream of mail and any pattern of ticks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.letters.desk import CADENCE, ZONE, Desk, at, mail
from triage.core.letter import (
    HORIZON,
    SUPPORT,
    TOLD,
    Cadence,
    Facts,
    LetterKind,
    Plan,
    Sent,
    due,
    effective_hour,
    next_due,
    slot,
)
from triage.core.values import Event, Kind

DAILY, PROMPT, SUMMARY = LetterKind.DAILY, LetterKind.PROMPT, LetterKind.SUMMARY
WRAPPING = CADENCE
DAYTIME_QUIET = replace(CADENCE, quiet_from=time(9), quiet_to=time(12))
NEVER_QUIET = replace(CADENCE, quiet_from=time(0), quiet_to=time(0))
EVENING = replace(CADENCE, hour=time(18))
NIGHT_OWL = replace(CADENCE, hour=time(22))
WEEKENDS = replace(CADENCE, weekends=True)


def kinds(events: list[Event], now: str, cadence: Cadence = CADENCE, sent: tuple[Sent, ...] = ()) -> list[LetterKind]:
    return [plan.kind for plan in due(Facts(events, sent), cadence, at(now))]


def no(received: str, *, lookback: bool = False) -> Event:
    return replace(mail(Kind.REJECTION, received), lookback=lookback)


# March 2026: the 2nd is a Monday, the 6th a Friday.
@pytest.mark.parametrize(
    ("received", "now", "cadence", "letter"),
    [
        pytest.param("2026-03-03 09:59", "2026-03-03 09:59", CADENCE, False, id="before the hour"),
        pytest.param("2026-03-03 09:59", "2026-03-03 10:00", CADENCE, True, id="at the hour"),
        pytest.param("2026-03-03 10:00", "2026-03-03 10:00", CADENCE, True, id="came on the stroke"),
        pytest.param("2026-03-03 10:01", "2026-03-03 19:59", CADENCE, False, id="after the hour: not the same day"),
        pytest.param("2026-03-03 10:01", "2026-03-04 09:59", CADENCE, False, id="nor before the next hour"),
        pytest.param("2026-03-03 10:01", "2026-03-04 10:00", CADENCE, True, id="the next day"),
        pytest.param("2026-03-03 09:00", "2026-03-03 19:59", CADENCE, True, id="the service was late"),
        pytest.param("2026-03-03 09:00", "2026-03-03 20:00", CADENCE, False, id="quiet hours begin"),
        pytest.param("2026-03-02 09:00", "2026-03-03 07:59", CADENCE, False, id="quiet hours, the morning after"),
        pytest.param("2026-03-02 09:00", "2026-03-03 08:00", CADENCE, False, id="not just as they end"),
        pytest.param("2026-03-03 14:59", "2026-03-03 18:00", EVENING, True, id="evening reader: before three"),
        pytest.param("2026-03-03 15:00", "2026-03-03 18:00", EVENING, False, id="evening reader: from three on"),
        pytest.param("2026-03-03 15:00", "2026-03-04 18:00", EVENING, True, id="evening reader: the next day"),
        pytest.param("2026-03-03 07:00", "2026-03-03 07:59", NIGHT_OWL, False, id="the hour is quiet: not then"),
        pytest.param("2026-03-03 07:00", "2026-03-03 08:00", NIGHT_OWL, True, id="but when quiet ends"),
        pytest.param("2026-03-03 08:00", "2026-03-03 11:59", DAYTIME_QUIET, False, id="quiet by day"),
        pytest.param("2026-03-03 08:00", "2026-03-03 12:00", DAYTIME_QUIET, True, id="quiet by day is over"),
        pytest.param("2026-03-03 08:00", "2026-03-03 23:59", DAYTIME_QUIET, True, id="quiet by day: open at night"),
        pytest.param("2026-03-03 08:00", "2026-03-03 23:59", NEVER_QUIET, True, id="equal times: never quiet"),
        pytest.param("2026-03-06 09:00", "2026-03-06 14:59", CADENCE, True, id="Friday, just before three"),
        pytest.param("2026-03-06 09:00", "2026-03-06 15:00", CADENCE, False, id="Friday at three"),
        pytest.param("2026-03-06 09:00", "2026-03-07 10:00", CADENCE, False, id="Saturday"),
        pytest.param("2026-03-06 09:00", "2026-03-08 10:00", CADENCE, False, id="Sunday"),
        pytest.param("2026-03-06 09:00", "2026-03-09 08:59", replace(CADENCE, hour=time(8)), False, id="Monday early"),
        pytest.param("2026-03-06 09:00", "2026-03-09 09:00", replace(CADENCE, hour=time(8)), True, id="Monday at nine"),
        pytest.param("2026-03-06 09:00", "2026-03-06 15:00", WEEKENDS, True, id="weekends too: Friday"),
        pytest.param("2026-03-06 16:00", "2026-03-07 10:00", WEEKENDS, True, id="weekends too: Saturday"),
        pytest.param("2026-02-10 09:00", "2026-03-03 10:00", CADENCE, True, id="the service was off for weeks"),
        pytest.param("2026-02-10 09:00", "2026-03-03 03:00", CADENCE, False, id="and comes back at night"),
    ],
)
def test_when_a_no_is_told(received: str, now: str, cadence: Cadence, letter: bool) -> None:
    assert kinds([no(received)], now, cadence) == [DAILY] * letter


@pytest.mark.parametrize("kind", sorted(Kind))
def test_which_kinds_are_told_and_how(kind: Kind) -> None:
    expected = [DAILY] if kind in SUPPORT else [PROMPT] if kind in TOLD else []
    assert kinds([mail(kind, "2026-03-03 09:00")], "2026-03-03 10:00") == expected


@pytest.mark.parametrize(
    ("now", "letter"),
    [
        ("2026-03-03 07:59", False),
        ("2026-03-03 08:00", True),
        ("2026-03-03 19:59", True),
        ("2026-03-03 20:00", False),
        ("2026-03-07 12:00", True),
    ],
)
def test_good_news_does_not_wait_except_for_the_night(now: str, letter: bool) -> None:
    assert kinds([mail(Kind.OFFER, "2026-03-02 23:00")], now) == [PROMPT] * letter


def test_good_news_comes_before_the_daily_letter() -> None:
    events = [no("2026-03-03 08:00"), mail(Kind.INTERVIEW, "2026-03-03 09:00")]
    assert kinds(events, "2026-03-03 10:00") == [PROMPT, DAILY]


@pytest.mark.parametrize(
    ("cadence", "sent", "letter"),
    [
        pytest.param(CADENCE, ["2026-03-04 10:00"], False, id="one today"),
        pytest.param(CADENCE, ["2026-03-03 19:59"], True, id="one yesterday"),
        pytest.param(replace(CADENCE, most_per_day=2), ["2026-03-04 10:00"], True, id="two a day"),
        pytest.param(CADENCE, ["2026-02-26 10:00", "2026-03-02 10:00", "2026-03-03 10:00"], False, id="three a week"),
        pytest.param(CADENCE, ["2026-02-25 12:00", "2026-03-02 10:00", "2026-03-03 10:00"], True, id="to the minute"),
        pytest.param(CADENCE, ["2026-02-25 12:01", "2026-03-02 10:00", "2026-03-03 10:00"], False, id="a minute less"),
        pytest.param(replace(CADENCE, most_per_week=1), ["2026-02-27 10:00"], False, id="one a week"),
    ],
)
def test_caps(cadence: Cadence, sent: list[str], letter: bool) -> None:
    written = tuple(Sent(DAILY, at(one)) for one in sent)
    events = [no("2026-03-03 12:00"), mail(Kind.OFFER, "2026-03-04 11:30")]
    assert kinds(events, "2026-03-04 12:00", cadence, written) == [PROMPT, *[DAILY] * letter]


def test_prompt_notes_use_up_no_place() -> None:
    sent = tuple(Sent(PROMPT, at(f"2026-03-0{day} 09:00")) for day in (2, 3, 3, 3))
    assert kinds([no("2026-03-03 08:00")], "2026-03-03 10:00", sent=sent) == [DAILY]


def test_a_summary_uses_up_a_place() -> None:
    sent = (Sent(SUMMARY, at("2026-03-03 09:00")),)
    assert kinds([no("2026-03-03 08:00")], "2026-03-03 10:00", sent=sent) == []


@pytest.mark.parametrize(
    ("fresh", "old", "sent", "letters"),
    [
        pytest.param([], ["2026-02-10 09:00", "2026-03-02 09:00"], (), [(SUMMARY, 2)], id="all in one"),
        pytest.param([], ["2026-02-10 09:00", "2026-03-03 09:30"], (), [(SUMMARY, 2)], id="also this morning's"),
        pytest.param([], ["2026-02-10 09:00", "2026-03-03 11:00"], (), [], id="it waits for the last of them"),
        pytest.param(["2026-03-03 09:00"], ["2026-02-10 09:00"], (), [(DAILY, 2)], id="together with a new one"),
        pytest.param(["2026-03-03 09:00"], ["2026-03-03 11:00"], (), [(DAILY, 1)], id="or without"),
        pytest.param([], ["2026-02-10 09:00"], (Sent(SUMMARY, at("2026-03-02 10:00")),), [], id="no second one"),
        pytest.param(
            ["2026-03-03 09:00"],
            ["2026-02-10 09:00"],
            (Sent(SUMMARY, at("2026-03-02 10:00")),),
            [(DAILY, 2)],
            id="late finds ride along",
        ),
    ],
)
def test_what_the_first_look_found(
    fresh: list[str], old: list[str], sent: tuple[Sent, ...], letters: list[tuple[LetterKind, int]]
) -> None:
    events = [*(no(one) for one in fresh), *(no(one, lookback=True) for one in old)]
    plans = due(Facts(events, sent), CADENCE, at("2026-03-03 12:00"))
    assert [(plan.kind, len(plan.events)) for plan in plans] == letters


def test_old_good_news_is_in_the_summary_and_no_prompt_note() -> None:
    old = replace(mail(Kind.INTERVIEW, "2026-02-10 09:00"), lookback=True)
    assert kinds([old], "2026-03-03 10:00") == [SUMMARY]


CHANGES = [
    pytest.param("Europe/Stockholm", date(2026, 3, 29), id="Stockholm, an hour less"),
    pytest.param("Europe/Stockholm", date(2026, 10, 25), id="Stockholm, an hour more"),
    pytest.param("America/New_York", date(2026, 3, 8), id="New York, an hour less"),
    pytest.param("America/New_York", date(2026, 11, 1), id="New York, an hour more"),
    pytest.param("Australia/Lord_Howe", date(2026, 10, 4), id="Lord Howe, half an hour less"),
    pytest.param("Australia/Lord_Howe", date(2026, 4, 5), id="Lord Howe, half an hour more"),
]


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@pytest.mark.parametrize("hour", [time(1, 45), time(2, 15), time(10)])
def test_one_letter_at_the_local_hour_when_the_clocks_change(zone: str, day: date, hour: time) -> None:
    """Ticks every five minutes through the day of the change and the two around it; a no came before each."""
    cadence = Cadence(ZoneInfo(zone), hour, time(0), time(0), weekends=True, most_per_week=9)
    midnight = datetime.combine(day, time(0), cadence.zone).astimezone(UTC)
    untold = [mail(Kind.REJECTION, midnight + timedelta(hours=-25 + 24 * offset)) for offset in range(3)]
    sent: list[Sent] = []
    for tick in range(-24 * 12, 48 * 12):
        now = midnight + timedelta(minutes=5 * tick)
        for plan in due(Facts(untold, sent), cadence, now):
            sent.append(Sent(plan.kind, now))
            untold = [event for event in untold if event not in plan.events]
    local = [one.at.astimezone(cadence.zone) for one in sent]
    assert [one.date() for one in local] == [day + timedelta(days=offset) for offset in (-1, 0, 1)]
    # An hour that the clocks leave out is met when they are past it.
    assert all(hour <= one.time() <= (time(3, 15) if hour < time(3) else hour) for one in local)


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_the_night_stays_quiet_when_the_clocks_change(zone: str, day: date) -> None:
    cadence = Cadence(ZoneInfo(zone), weekends=True)
    evening = datetime.combine(day - timedelta(days=1), time(20), cadence.zone).astimezone(UTC)
    morning = datetime.combine(day, time(8), cadence.zone).astimezone(UTC)
    facts = Facts([mail(Kind.OFFER, evening - timedelta(days=1))])
    moments = [evening + timedelta(minutes=minute) for minute in range(0, 16 * 60, 5)]
    told = [moment for moment in moments if due(facts, cadence, moment)]
    assert told[0] == morning
    assert next_due(facts, cadence, evening) == morning


def test_a_slot_compares_by_the_instant_in_the_hour_that_comes_twice() -> None:
    cadence = Cadence(ZONE, time(2, 30), time(0), time(0), weekends=True)
    at_last = datetime(2026, 10, 25, 2, 15, tzinfo=ZONE, fold=1)  # 45 minutes after the first 02:30
    assert slot(at("2026-10-25 01:00"), cadence) < at_last


def test_a_reader_in_utc_is_no_special_case() -> None:
    cadence = Cadence(ZoneInfo("UTC"))
    received = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert slot(received, cadence) == datetime(2026, 3, 3, 10, tzinfo=UTC)


# --- For any stream of mail, and any pattern of ticks ---------------------------------------------------------------

START = datetime(2026, 3, 20, tzinfo=UTC)
"""The clocks of Stockholm change nine days later."""
QUARTERS = 14 * 24 * 4
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
cadences = st.builds(
    Cadence,
    st.sampled_from([ZONE, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]),
    times,
    times,
    times,
    st.booleans(),
    st.integers(1, 3),
    st.integers(1, 5),
)


@dataclass(frozen=True, slots=True)
class Post:
    """A message to come: when, what it is, and whether the first look finds it."""

    minutes: int
    kind: Kind
    lookback: bool

    def event(self, number: int) -> Event:
        received = START + timedelta(minutes=self.minutes)
        return replace(mail(self.kind, received), id=number, lookback=self.lookback)


streams = st.lists(
    st.builds(Post, st.integers(0, QUARTERS * 15), st.sampled_from(sorted(TOLD)), st.booleans()), max_size=25
).map(lambda posts: [post.event(number) for number, post in enumerate(posts, 1)])
patterns = st.lists(st.integers(0, QUARTERS), min_size=1, max_size=120, unique=True).map(sorted)


def run(events: list[Event], cadence: Cadence, moments: list[datetime]) -> list[tuple[datetime, Plan]]:
    """Every letter written when `due` is asked at these moments, each time by what the store knows by then."""
    told: set[int] = set()
    written: list[tuple[datetime, Plan]] = []
    for now in moments:
        untold = [event for event in events if event.received <= now and event.id not in told]
        plans = due(Facts(untold, [Sent(plan.kind, moment) for moment, plan in written]), cadence, now)
        written += [(now, plan) for plan in plans]
        told |= {event.id for plan in plans for event in plan.events}
    return written


def quiet(moment: time, cadence: Cadence) -> bool:
    """Said another way than in the code: walk the clock from the beginning of the quiet hours to their end."""
    minute = (moment.hour * 60 + moment.minute - cadence.quiet_from.hour * 60 - cadence.quiet_from.minute) % 1440
    length = (
        cadence.quiet_to.hour * 60 + cadence.quiet_to.minute - cadence.quiet_from.hour * 60 - cadence.quiet_from.minute
    ) % 1440
    return minute < length


LOOSE = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LOOSE
@given(streams, cadences, patterns)
def test_limits_hold_for_any_mail_and_any_ticks(events: list[Event], cadence: Cadence, ticks: list[int]) -> None:
    written = run(events, cadence, [START + timedelta(minutes=15 * tick) for tick in ticks])
    for now, plan in written:
        local = now.astimezone(cadence.zone)
        assert not quiet(local.time(), cadence)
        if plan.kind is not PROMPT and not cadence.weekends:
            assert (0, "09:00") <= (local.weekday(), f"{local:%H:%M}") < (4, "15:00")
    support = [now for now, plan in written if plan.kind is not PROMPT]
    days = [now.astimezone(cadence.zone).date() for now in support]
    assert all(days.count(day) <= cadence.most_per_day for day in days)
    assert all(
        sum(now - timedelta(days=7) < other <= now for other in support) <= cadence.most_per_week for now in support
    )
    assert sum(plan.kind is SUMMARY for _, plan in written) <= 1


@LOOSE
@given(streams, cadences, patterns)
def test_everything_is_told_once_given_time(events: list[Event], cadence: Cadence, ticks: list[int]) -> None:
    """However the ticks fall: afterwards the service runs on, and in the end each event has been told once.

    What the first look finds after a summary waits for company, which a last no brings along.
    """
    last = replace(mail(Kind.REJECTION, START + timedelta(minutes=15 * QUARTERS)), id=len(events) + 1)
    later = [START + timedelta(minutes=15 * (QUARTERS + tick)) for tick in range(HORIZON.days * 96)]
    written = run([*events, last], cadence, [*(START + timedelta(minutes=15 * tick) for tick in ticks), *later])
    told = sorted(event.id for _, plan in written for event in plan.events)
    assert told == sorted(event.id for event in [*events, last])
    assert all(plan.events for _, plan in written)


@LOOSE
@given(streams, cadences, patterns)
def test_asking_changes_nothing(events: list[Event], cadence: Cadence, ticks: list[int]) -> None:
    """A plan depends on facts and the time alone: asked in any order, as often as one likes, it is the same."""
    facts = Facts(events)
    moments = [START + timedelta(minutes=15 * tick) for tick in ticks]
    forwards = [due(facts, cadence, now) for now in moments]
    backwards = [due(facts, cadence, now) for now in reversed(moments)]
    assert forwards == backwards[::-1]


@LOOSE
@given(streams, cadences, st.integers(0, QUARTERS), st.lists(st.integers(0, 9 * 96), max_size=6))
def test_next_due_agrees_with_due(events: list[Event], cadence: Cadence, tick: int, sent: list[int]) -> None:
    now = START + timedelta(minutes=15 * tick)
    letters = [Sent(DAILY, now - timedelta(minutes=15 * ago)) for ago in sent]
    facts = Facts([event for event in events if event.received <= now], letters)
    grid = [now + timedelta(minutes=15 * step) for step in range(HORIZON.days * 96)]
    expected = next((moment for moment in grid if due(facts, cadence, moment)), None)
    assert next_due(facts, cadence, now) == expected


@LOOSE
@given(st.lists(st.integers(0, QUARTERS * 15), min_size=1, max_size=12), cadences)
def test_fresh_news_always_has_a_next_letter(minutes: list[int], cadence: Cadence) -> None:
    events = [Post(minute, Kind.REJECTION, False).event(number) for number, minute in enumerate(minutes, 1)]
    now = START + timedelta(minutes=15 * QUARTERS)
    full = [Sent(DAILY, now - timedelta(minutes=1))] * cadence.most_per_week
    assert next_due(Facts(events, full), cadence, now) is not None


def test_next_due_of_nothing_is_never() -> None:
    assert next_due(Facts([]), CADENCE, at("2026-03-03 10:00")) is None


def test_next_due_is_on_the_quarter_of_an_hour() -> None:
    facts = Facts([mail(Kind.REJECTION, "2026-03-03 12:00")])
    assert next_due(facts, CADENCE, at("2026-03-03 12:07")) == at("2026-03-04 10:00")


def test_after_days_off_the_letters_are_the_same_as_in_one_go() -> None:
    """Off from Tuesday to Thursday: one letter with all of it, and nothing twice."""
    desk = Desk()
    desk.enter(mail(Kind.REJECTION, "2026-03-03 09:00"), mail(Kind.REJECTION, "2026-03-04 16:00"))
    desk.enter(mail(Kind.UNSURE, "2026-03-05 11:00"))
    first, *more = desk.letters(at("2026-03-05 10:30"))
    assert (first[0].events, more) == ((1, 2), [])
    assert desk.letters(at("2026-03-05 10:45")) == []
    assert [letter.events for letter, _ in desk.letters(at("2026-03-06 10:00"))] == [(3,)]


@given(cadences)
def test_the_effective_hour_is_never_quiet(cadence: Cadence) -> None:
    assert not quiet(effective_hour(cadence), cadence)


def test_ticks_before_the_hour_do_not_add_up() -> None:
    facts = Facts([no("2026-03-02 16:00")])
    moments = [at(f"2026-03-03 {hour:02}:{minute:02}") for hour in range(11) for minute in (0, 30)]
    first = [bool(due(facts, CADENCE, moment)) for moment in moments]
    assert [later - earlier for earlier, later in pairwise(first)].count(1) == 1
