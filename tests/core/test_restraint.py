"""When letters hold back: wishes, offers, hard fortnights, caps, and letters nobody seems to need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.core.letters.desk import CADENCE, Desk, at, days, mail
from triage.core.acts import Act, Did
from triage.core.due.restraint import BREAK, folded, full_day, full_week, full_week_of_days, offered, silenced, tapered
from triage.core.letter import Cadence, Facts, LetterKind, Only, Preferences, Sent
from triage.core.values import Details, Event, Kind

DAILY, WEEKLY, PROMPT, SUMMARY = LetterKind.DAILY, LetterKind.WEEKLY, LetterKind.PROMPT, LetterKind.SUMMARY
NOW = at("2026-03-04 12:00")


def letters(*daily: float, kind: LetterKind = DAILY, asked: bool = False) -> list[Sent]:
    """Letters so many days before now, oldest first."""
    return [Sent(kind, NOW - days(ago), asked=asked) for ago in sorted(daily, reverse=True)]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (Preferences(), False),
        (Preferences(Only.ALL), False),
        (Preferences(Only.WEEKLY), False),
        (Preferences(Only.GOOD_NEWS), False),
        (Preferences(Only.NONE), True),
        (Preferences(paused_until=NOW + timedelta(minutes=1)), True),
        (Preferences(paused_until=NOW), False),
    ],
)
def test_silenced(wishes: Preferences, expected: bool) -> None:
    assert silenced(Facts(preferences=wishes), NOW) is expected


# --- Letters nobody needs -------------------------------------------------------------------------------------------

EVERY_OTHER_DAY = tuple(range(1, 43, 2))
SIGN = Act(Did.STEP, NOW - days(2))
LONG_AGO = Act(Did.STEP, NOW - days(30))


@pytest.mark.parametrize(
    ("sent", "acts", "cadence", "only", "expected"),
    [
        pytest.param(letters(*EVERY_OTHER_DAY), (), CADENCE, Only.DEFAULT, False, id="six weeks but for a day"),
        pytest.param(letters(42, *EVERY_OTHER_DAY), (), CADENCE, Only.DEFAULT, True, id="six weeks"),
        pytest.param(letters(42, *EVERY_OTHER_DAY), (SIGN,), CADENCE, Only.DEFAULT, True, id="six weeks are many"),
        pytest.param(letters(42, *EVERY_OTHER_DAY), (), CADENCE, Only.ALL, False, id="wanted all the same"),
        pytest.param(
            letters(42, *EVERY_OTHER_DAY), (), replace(CADENCE, taper_weeks=0), Only.DEFAULT, False, id="switched off"
        ),
        pytest.param(letters(90, 44, 42), (), CADENCE, Only.DEFAULT, False, id="a long break since"),
        pytest.param(letters(42, 20), (), CADENCE, Only.DEFAULT, True, id="a break, but no long one"),
        pytest.param(letters(60, 28), (), CADENCE, Only.DEFAULT, False, id="28 days are a break"),
        pytest.param(
            [*letters(80, 60, 42, 38), *letters(35, 28, 21, 14, 7, kind=WEEKLY)],
            (),
            CADENCE,
            Only.DEFAULT,
            True,
            id="those of the week keep it so",
        ),
        pytest.param(letters(9, 7, 5, 3, asked=True), (), CADENCE, Only.DEFAULT, True, id="four without an answer"),
        pytest.param(letters(7, 5, 3, asked=True), (), CADENCE, Only.DEFAULT, False, id="three"),
        pytest.param(letters(9, 7, 5, 3), (), CADENCE, Only.DEFAULT, False, id="four that asked for nothing"),
        pytest.param(letters(9, 7, 5, 3, asked=True), (SIGN,), CADENCE, Only.DEFAULT, False, id="a sign of life"),
        pytest.param(letters(9, 7, 5, 3, asked=True), (LONG_AGO,), CADENCE, Only.DEFAULT, True, id="one from before"),
        pytest.param(
            sorted([*letters(9, 7, 5, 3, asked=True), *letters(8, 4, 2)], key=lambda one: one.at),
            (),
            CADENCE,
            Only.DEFAULT,
            True,
            id="with others between",
        ),
        pytest.param([], (), CADENCE, Only.DEFAULT, False, id="no letter yet"),
        pytest.param(letters(60, 42, 20, kind=PROMPT), (), CADENCE, Only.DEFAULT, False, id="good news is no habit"),
    ],
)
def test_tapered(sent: Sequence[Sent], acts: tuple[Act, ...], cadence: Cadence, only: Only, expected: bool) -> None:
    facts = Facts(sent=sent, acts=acts, preferences=Preferences(only))
    assert tapered(facts, cadence, NOW) is expected


def test_letters_of_the_day_do_not_come_back_by_themselves() -> None:
    """Two months after it was said that they end, with one a week since."""
    daily = [Sent(DAILY, NOW - days(ago)) for ago in range(110, 60, -2)]
    weekly = [Sent(WEEKLY, NOW - days(ago)) for ago in range(56, 0, -7)]
    assert tapered(Facts(sent=[*daily, *weekly]), CADENCE, NOW)


# --- A hard fortnight -----------------------------------------------------------------------------------------------


def refused(number: int, last: datetime = NOW) -> list[Event]:
    """So many no's of different employers, one an hour up to then."""
    return [
        mail(Kind.REJECTION, last - timedelta(hours=ago), Details(f"Employer {ago}", "Clerk")) for ago in range(number)
    ]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(refused(9), False, id="nine"),
        pytest.param(refused(10), True, id="ten"),
        pytest.param([*refused(9), *refused(1, NOW - days(1))], False, id="a second no to the same is none"),
        pytest.param(refused(10, NOW - days(13)), True, id="two weeks ago"),
        pytest.param(refused(10, NOW - days(14)), False, id="longer ago"),
        pytest.param([*refused(10), mail(Kind.INTERVIEW, NOW - days(2))], False, id="and good news"),
        pytest.param([*refused(10), mail(Kind.INTERVIEW, NOW - days(15))], True, id="good news from before"),
    ],
)
def test_a_hard_fortnight_is_told_by_the_week(events: list[Event], expected: bool) -> None:
    desk = Desk()
    desk.enter(*events, told=True)
    assert folded(desk.facts(), CADENCE, NOW) is expected


@pytest.mark.parametrize(
    ("only", "cadence", "expected"),
    [
        (Only.WEEKLY, CADENCE, True),
        (Only.DEFAULT, CADENCE, False),
        (Only.ALL, CADENCE, False),
        (Only.DEFAULT, replace(CADENCE, weekly=False), False),
    ],
)
def test_folded_by_wish(only: Only, cadence: Cadence, expected: bool) -> None:
    assert folded(Facts(preferences=Preferences(only)), cadence, NOW) is expected


def test_who_wants_all_letters_gets_them_in_a_hard_fortnight_too() -> None:
    desk = Desk(preferences=Preferences(Only.ALL))
    desk.enter(*refused(12), told=True)
    assert not folded(desk.facts(), CADENCE, NOW)


# --- An offer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([mail(Kind.OFFER, NOW)], True, id="just now"),
        pytest.param([mail(Kind.OFFER, NOW - timedelta(days=6, hours=23))], True, id="within the week"),
        pytest.param([mail(Kind.OFFER, NOW - days(7))], False, id="a week ago"),
        pytest.param([mail(Kind.OFFER, NOW - days(2)), mail(Kind.REJECTION, NOW - days(1))], False, id="taken back"),
        pytest.param([mail(Kind.INTERVIEW, NOW)], False, id="no offer"),
    ],
)
def test_an_offer_holds_the_rest_back_for_a_week(events: list[Event], expected: bool) -> None:
    desk = Desk()
    desk.enter(*events)
    assert offered(desk.applications, NOW) is expected


# --- Caps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "day", "week", "week_of_days"),
    [
        pytest.param([], False, False, False, id="nothing"),
        pytest.param(letters(0.01), True, False, False, id="one today"),
        pytest.param(letters(0.01, kind=LetterKind.AFTER), True, False, False, id="one after a talk is one today"),
        pytest.param(letters(0.01, kind=PROMPT), False, False, False, id="good news is none"),
        pytest.param(letters(0.01, kind=LetterKind.CORRECTION), False, False, False, id="nor is a correction"),
        pytest.param(letters(1, 2), False, False, True, id="two: the third place is kept"),
        pytest.param(letters(2, kind=SUMMARY) + letters(1), False, False, True, id="a look back counts"),
        pytest.param(letters(2, kind=WEEKLY) + letters(1), False, False, False, id="the weekly has its own place"),
        pytest.param(letters(3, kind=WEEKLY) + letters(1, 2), False, True, True, id="three"),
        pytest.param(letters(7, 6.99, 1), False, False, True, id="to the minute"),
        pytest.param(letters(1, 2, 3, kind=LetterKind.BEFORE), False, False, False, id="talks have dates of their own"),
    ],
)
def test_caps(sent: list[Sent], day: bool, week: bool, week_of_days: bool) -> None:
    found = (full_day(sent, CADENCE, NOW), full_week(sent, CADENCE, NOW), full_week_of_days(sent, CADENCE, NOW))
    assert found == (day, week, week_of_days)


def test_without_a_weekly_letter_no_place_is_kept() -> None:
    assert not full_week_of_days(letters(1, 2), replace(CADENCE, weekly=False), NOW)


def test_a_break_is_longer_than_any_week() -> None:
    assert timedelta(days=7) < BREAK < CADENCE.taper_weeks * timedelta(days=7)
