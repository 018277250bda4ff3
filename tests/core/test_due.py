"""What is due, and when: tables of cases, and what holds for any stream of mail and any pattern of ticks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.letters.desk import CADENCE, Desk, at, days, mail
from tests.core.test_hours import quiet
from triage.core.acts import Act, Did
from triage.core.due import HORIZON, SUPPORT, TOLD, due, next_due
from triage.core.due.hours import open_at
from triage.core.journey import State, meetings, silence, state
from triage.core.letter import PATIENT, SUPPORTING, Cadence, Facts, LetterKind, Only, Plan, Preferences, Sent
from triage.core.values import GOOD_NEWS, NOTICES, Application, Details, Event, Kind

DAILY, PROMPT, SUMMARY, WEEKLY = LetterKind.DAILY, LetterKind.PROMPT, LetterKind.SUMMARY, LetterKind.WEEKLY
BEFORE, AFTER, CORRECTION, RECEIPT = LetterKind.BEFORE, LetterKind.AFTER, LetterKind.CORRECTION, LetterKind.RECEIPT
DAYTIME_QUIET = replace(CADENCE, quiet_from=time(9), quiet_to=time(12))
NEVER_QUIET = replace(CADENCE, quiet_from=time(0), quiet_to=time(0))
EVENING = replace(CADENCE, hour=time(18))
NIGHT_OWL = replace(CADENCE, hour=time(22))
WEEKENDS = replace(CADENCE, weekends=True)
NO_WEEKLY = replace(CADENCE, weekly=False)


def kinds(events: list[Event], now: str, cadence: Cadence = CADENCE, sent: tuple[Sent, ...] = ()) -> list[LetterKind]:
    return [plan.kind for plan in due(Facts(events, sent), cadence, at(now))]


def no(received: str, *, lookback: bool = False) -> Event:
    return replace(mail(Kind.REJECTION, received), lookback=lookback)


def about(kind: Kind, received: str, company: str = "Tidewell", **details: object) -> Event:
    known = replace(Details(company, "Analyst"), **details)  # type: ignore[arg-type]  # fields of Details
    return mail(kind, received, known)


def asked(desk: Desk, now: str) -> list[LetterKind]:
    return [plan.kind for plan in due(desk.facts(), desk.cadence, at(now))]


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
    """That nothing came is for the weekly letter, and this search is too young for one."""
    expected = [DAILY] if kind in SUPPORT else [PROMPT] if kind in GOOD_NEWS else []
    assert kinds([mail(kind, "2026-03-03 09:00")], "2026-03-03 10:00") == expected


def test_what_is_told_at_all() -> None:
    assert TOLD == SUPPORT | GOOD_NEWS | NOTICES


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


def test_a_mixed_day_has_one_letter_with_the_good_news_first() -> None:
    events = [no("2026-03-03 08:00"), mail(Kind.INTERVIEW, "2026-03-03 09:00")]
    assert kinds(events, "2026-03-03 09:59") == [PROMPT]
    (plan,) = due(Facts(events), CADENCE, at("2026-03-03 10:00"))
    assert (plan.kind, [event.kind for event in plan.events]) == (DAILY, [Kind.INTERVIEW, Kind.REJECTION])


def test_good_news_does_not_make_a_look_back_of_what_is_new() -> None:
    events = [no("2026-02-10 09:00", lookback=True), mail(Kind.INTERVIEW, "2026-03-03 09:00")]
    assert kinds(events, "2026-03-03 10:00") == [PROMPT, SUMMARY]


@pytest.mark.parametrize(
    ("cadence", "sent", "letter"),
    [
        pytest.param(CADENCE, ["2026-03-05 10:00"], False, id="one today"),
        pytest.param(CADENCE, ["2026-03-04 19:59"], True, id="one yesterday"),
        pytest.param(replace(CADENCE, most_per_day=2), ["2026-03-05 10:00"], True, id="two a day"),
        pytest.param(CADENCE, ["2026-03-03 10:00", "2026-03-04 10:00"], False, id="two, and the weekly one's place"),
        pytest.param(NO_WEEKLY, ["2026-03-03 10:00", "2026-03-04 10:00"], True, id="two, and no weekly one"),
        pytest.param(NO_WEEKLY, ["2026-03-02 10:00", "2026-03-03 10:00", "2026-03-04 10:00"], False, id="three a week"),
        pytest.param(CADENCE, ["2026-02-26 12:00", "2026-03-04 10:00"], True, id="to the minute"),
        pytest.param(CADENCE, ["2026-02-26 12:01", "2026-03-04 10:00"], False, id="a minute less"),
        pytest.param(replace(NO_WEEKLY, most_per_week=1), ["2026-02-27 10:00"], False, id="one a week"),
        pytest.param(replace(CADENCE, most_per_week=1), [], False, id="one a week: that is the weekly one"),
    ],
)
def test_caps(cadence: Cadence, sent: list[str], letter: bool) -> None:
    written = tuple(Sent(DAILY, at(one)) for one in sent)
    assert kinds([no("2026-03-04 12:00")], "2026-03-05 12:00", cadence, written) == [DAILY] * letter
    assert kinds([mail(Kind.OFFER, "2026-03-05 11:30")], "2026-03-05 12:00", cadence, written) == [PROMPT]


def test_prompt_notes_use_up_no_place() -> None:
    sent = tuple(Sent(PROMPT, at(f"2026-03-0{day} 09:00")) for day in (2, 3, 3, 3))
    assert kinds([no("2026-03-03 08:00")], "2026-03-03 10:00", sent=sent) == [DAILY]


@pytest.mark.parametrize("kind", [SUMMARY, WEEKLY, BEFORE, AFTER])
def test_any_letter_that_can_wait_uses_up_the_day(kind: LetterKind) -> None:
    sent = (Sent(kind, at("2026-03-03 09:00")),)
    assert kinds([no("2026-03-03 08:00")], "2026-03-03 10:00", sent=sent) == []


THIS_WEEK = Sent(WEEKLY, at("2026-03-02 10:00"))
"""The weekly letter has been."""


@pytest.mark.parametrize(
    ("fresh", "old", "sent", "letters"),
    [
        pytest.param([], ["2026-02-10 09:00", "2026-03-02 09:00"], (), [(SUMMARY, 2)], id="all in one"),
        pytest.param([], ["2026-02-10 09:00", "2026-03-03 09:30"], (), [(SUMMARY, 2)], id="also this morning's"),
        pytest.param([], ["2026-02-10 09:00", "2026-03-03 11:00"], (), [], id="it waits for the last of them"),
        pytest.param(["2026-03-03 09:00"], ["2026-02-10 09:00"], (), [(DAILY, 2)], id="together with a new one"),
        pytest.param(["2026-03-03 09:00"], ["2026-03-03 11:00"], (), [(DAILY, 1)], id="or without"),
        pytest.param(
            [], ["2026-02-10 09:00"], (THIS_WEEK, Sent(SUMMARY, at("2026-03-02 10:00"))), [], id="no second one"
        ),
        pytest.param(
            ["2026-03-03 09:00"],
            ["2026-02-10 09:00"],
            (THIS_WEEK, Sent(SUMMARY, at("2026-02-28 10:00"))),
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


def test_the_look_back_comes_before_any_week_is_looked_back_on() -> None:
    desk = Desk()
    desk.enter(*(replace(about(Kind.REJECTION, f"2026-02-{day} 09:00", f"E{day}"), lookback=True) for day in (10, 25)))
    assert asked(desk, "2026-03-02 10:00") == [SUMMARY]
    desk.letters(at("2026-03-02 10:00"))
    assert asked(desk, "2026-03-03 10:00") == [WEEKLY]


# --- The weekly letter ----------------------------------------------------------------------------------------------


def search(*events: Event, told: bool = True) -> Desk:
    """A search that has gone on for a month, and whose reader has had letters."""
    desk = Desk()
    desk.enter(about(Kind.ACKNOWLEDGEMENT, "2026-02-02 09:00", "Old Firm"), told=True)
    desk.sent.append(Sent(WEEKLY, at("2026-02-09 10:00")))
    desk.enter(*events, told=told)
    return desk


@pytest.mark.parametrize(
    ("now", "letter"),
    [
        pytest.param("2026-03-02 08:59", False, id="Monday, too early"),
        pytest.param("2026-03-02 10:00", True, id="Monday"),
        pytest.param("2026-03-03 10:00", True, id="Tuesday, if Monday was missed"),
        pytest.param("2026-03-04 19:59", True, id="Wednesday to its end"),
        pytest.param("2026-03-05 10:00", False, id="Thursday is too late"),
        pytest.param("2026-02-28 10:00", False, id="never on a Saturday"),
    ],
)
def test_when_the_weekly_letter_comes(now: str, letter: bool) -> None:
    assert asked(search(about(Kind.REJECTION, "2026-02-26 09:00")), now) == [WEEKLY] * letter


QUIET = replace(about(Kind.QUIET, "2026-03-02 08:00"), application=1)
"""It is about the application that every search here has."""


@pytest.mark.parametrize(
    ("events", "told", "letters"),
    [
        pytest.param([], True, [], id="an empty week is passed over"),
        pytest.param([about(Kind.ACKNOWLEDGEMENT, "2026-02-23 00:00")], True, [WEEKLY], id="seven days before today"),
        pytest.param([about(Kind.ACKNOWLEDGEMENT, "2026-02-22 23:59")], True, [], id="eight"),
        pytest.param([about(Kind.ACKNOWLEDGEMENT, "2026-03-02 00:01")], True, [], id="today is another week"),
        pytest.param([about(Kind.REJECTION, "2026-03-02 08:00")], False, [DAILY], id="today's no is no week"),
        pytest.param([about(Kind.REJECTION, "2026-03-01 16:00")], False, [WEEKLY], id="yesterday's no is in it"),
        pytest.param([about(Kind.REJECTION, "2026-02-12 16:00")], False, [WEEKLY], id="what was held back for long"),
        pytest.param([QUIET], False, [WEEKLY], id="that it has become quiet"),
        pytest.param([replace(QUIET, lookback=True)], False, [], id="long ago quiet"),
    ],
)
def test_what_a_weekly_letter_is_for(events: list[Event], told: bool, letters: list[LetterKind]) -> None:
    assert asked(search(*events, told=told), "2026-03-02 10:00") == letters


def test_an_act_is_something_that_happened() -> None:
    desk = search()
    desk.do(Act(Did.STEP, at("2026-02-27 09:00")))
    desk.confirmed = 1
    assert asked(desk, "2026-03-02 10:00") == [WEEKLY]


@pytest.mark.parametrize(
    ("sent", "letter"),
    [
        pytest.param(["2026-03-02 10:00"], False, id="this week's has been"),
        pytest.param(["2026-02-25 12:00"], True, id="last week's, on Wednesday: seven days are over"),
        pytest.param(["2026-02-23 10:00"], True, id="last week's, on Monday"),
    ],
)
def test_not_twice_in_a_week(sent: list[str], letter: bool) -> None:
    desk = search(about(Kind.REJECTION, "2026-02-26 09:00"))
    desk.sent += [Sent(WEEKLY, at(one)) for one in sent]
    assert asked(desk, "2026-03-04 12:00") == [WEEKLY] * letter


def test_the_weekly_letter_keeps_its_place_and_tells_what_the_daily_ones_could_not() -> None:
    desk = search(about(Kind.REJECTION, "2026-02-27 09:00", "A"), told=False)
    desk.sent += [Sent(DAILY, at(f"2026-02-{day} 10:00")) for day in (25, 26)]
    assert asked(desk, "2026-02-27 10:00") == []
    (plan,) = due(desk.facts(), CADENCE, at("2026-03-02 10:00"))
    assert (plan.kind, [event.details.company for event in plan.events]) == (WEEKLY, ["A"])
    assert plan.about == "weekly 2026-W10"


def test_a_silence_of_which_all_mail_was_forgotten_is_not_told() -> None:
    """Nor one whose mail turned out to be none: there is no application that it could be about."""
    desk = search(about(Kind.REJECTION, "2026-02-27 09:00", "A"), told=False)
    desk.enter(replace(about(Kind.QUIET, "2026-02-26 09:00"), application=99))
    (plan,) = due(desk.facts(), CADENCE, at("2026-03-02 10:00"))
    assert (plan.kind, [event.kind for event in plan.events]) == (WEEKLY, [Kind.REJECTION])


def test_a_week_with_good_news_begins_with_it() -> None:
    desk = search(about(Kind.REJECTION, "2026-02-27 16:00", "A"), about(Kind.INTERVIEW, "2026-03-02 09:50"), told=False)
    (plan,) = due(desk.facts(), CADENCE, at("2026-03-02 10:00"))
    assert (plan.kind, [event.kind for event in plan.events]) == (WEEKLY, [Kind.INTERVIEW, Kind.REJECTION])


@pytest.mark.parametrize(
    ("first", "letters"), [("2026-02-26 09:00", [WEEKLY]), ("2026-02-27 09:00", [DAILY]), ("2026-03-01 09:00", [DAILY])]
)
def test_a_search_of_a_day_or_two_is_no_week(first: str, letters: list[LetterKind]) -> None:
    desk = Desk(sent=[Sent(PROMPT, at("2026-02-20 10:00"))])
    desk.enter(about(Kind.ACKNOWLEDGEMENT, first), about(Kind.REJECTION, "2026-03-01 12:00", "B"))
    assert asked(desk, "2026-03-02 10:00") == letters


# --- What the reader wants ------------------------------------------------------------------------------------------

HARD = [about(Kind.REJECTION, f"2026-02-{18 + day} 09:00", f"Employer {day}") for day in range(10)]


@pytest.mark.parametrize(
    ("wishes", "cadence", "thursday", "monday"),
    [
        pytest.param(Preferences(), CADENCE, [DAILY], [WEEKLY], id="as usual"),
        pytest.param(Preferences(Only.WEEKLY), CADENCE, [], [WEEKLY], id="weekly"),
        pytest.param(Preferences(Only.WEEKLY), NO_WEEKLY, [], [WEEKLY], id="weekly, whatever is configured"),
        pytest.param(Preferences(Only.GOOD_NEWS), CADENCE, [], [], id="good news"),
        pytest.param(Preferences(Only.NONE), CADENCE, [], [], id="none"),
        pytest.param(Preferences(Only.ALL), CADENCE, [DAILY], [WEEKLY], id="all"),
        pytest.param(Preferences(paused_until=at("2026-03-09 09:59")), CADENCE, [], [WEEKLY], id="paused until Monday"),
        pytest.param(Preferences(paused_until=at("2026-03-09 10:01")), CADENCE, [], [], id="and a minute longer"),
        pytest.param(Preferences(), NO_WEEKLY, [DAILY], [DAILY], id="no weekly letters"),
    ],
)
def test_wishes(wishes: Preferences, cadence: Cadence, thursday: list[LetterKind], monday: list[LetterKind]) -> None:
    desk = search(about(Kind.REJECTION, "2026-03-05 09:00"), told=False)
    desk.preferences, desk.cadence = wishes, cadence
    assert asked(desk, "2026-03-05 10:00") == thursday
    assert asked(desk, "2026-03-09 10:00") == monday


@pytest.mark.parametrize(("only", "letters"), [(Only.GOOD_NEWS, [PROMPT]), (Only.WEEKLY, [PROMPT]), (Only.NONE, [])])
def test_good_news_comes_at_once_for_all_but_those_who_want_none(only: Only, letters: list[LetterKind]) -> None:
    desk = Desk(preferences=Preferences(only))
    desk.enter(mail(Kind.INTERVIEW, "2026-03-05 09:00"))
    assert asked(desk, "2026-03-05 09:00") == letters


def test_good_news_only_means_no_letters_around_talks_either() -> None:
    desk = invited("2026-03-12T14:00")
    desk.preferences = Preferences(Only.GOOD_NEWS)
    assert asked(desk, "2026-03-10 10:00") == asked(desk, "2026-03-13 10:00") == []


@pytest.mark.parametrize(
    ("only", "letters"), [(Only.DEFAULT, []), (Only.ALL, [DAILY])], ids=["by itself", "wanted all the same"]
)
def test_a_hard_fortnight_is_told_by_the_week(only: Only, letters: list[LetterKind]) -> None:
    desk = search(*HARD[:9])
    desk.enter(HARD[9])
    desk.preferences = Preferences(only)
    assert asked(desk, "2026-02-27 10:00") == letters
    assert asked(desk, "2026-03-02 10:00") == [WEEKLY]


def test_letters_nobody_needs_turn_into_one_a_week() -> None:
    desk = search(about(Kind.REJECTION, "2026-03-05 09:00"), told=False)
    desk.sent += [Sent(DAILY, at(f"2026-02-{day} 10:00"), asked=True) for day in (16, 18, 20, 23)]
    assert asked(desk, "2026-03-05 10:00") == []
    assert asked(desk, "2026-03-09 10:00") == [WEEKLY]
    desk.do(Act(Did.STEP, at("2026-03-04 09:00")))
    assert asked(desk, "2026-03-05 10:00") == [DAILY]


# --- Offers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "letters"),
    [
        ("2026-03-05 10:00", []),
        ("2026-03-09 10:00", []),
        ("2026-03-11 08:59", []),
        ("2026-03-11 10:00", [WEEKLY]),
    ],
)
def test_an_offer_holds_everything_else_back_for_a_week(now: str, letters: list[LetterKind]) -> None:
    desk = search(about(Kind.OFFER, "2026-03-04 09:00", "Good Firm"))
    desk.enter(about(Kind.REJECTION, "2026-03-05 09:00"))
    assert asked(desk, now) == letters


def test_an_offer_that_was_taken_back_holds_nothing_back() -> None:
    desk = search(about(Kind.OFFER, "2026-03-04 09:00"))
    desk.enter(about(Kind.REJECTION, "2026-03-05 09:00"))
    assert asked(desk, "2026-03-05 10:00") == [DAILY]


# --- An employer comes back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "kind", "letters"),
    [
        ([Kind.REJECTION], Kind.INTERVIEW, [CORRECTION]),
        ([Kind.REJECTION], Kind.ASSESSMENT, [CORRECTION]),
        ([Kind.REJECTION], Kind.OFFER, [CORRECTION]),
        ([Kind.ACKNOWLEDGEMENT], Kind.INTERVIEW, [PROMPT]),
        ([Kind.REJECTION, Kind.INTERVIEW], Kind.INTERVIEW, [PROMPT]),
        ([Kind.INTERVIEW, Kind.REJECTION], Kind.INTERVIEW, [CORRECTION]),
    ],
)
def test_good_news_after_a_no_is_a_correction(earlier: list[Kind], kind: Kind, letters: list[LetterKind]) -> None:
    desk = Desk()
    desk.enter(*(about(one, f"2026-02-1{day} 09:00") for day, one in enumerate(earlier)), told=True)
    desk.enter(about(kind, "2026-03-03 08:30"))
    assert asked(desk, "2026-03-03 08:30") == letters
    assert asked(desk, "2026-03-03 07:59") == []


def test_a_correction_is_of_its_own_application_alone() -> None:
    desk = Desk()
    desk.enter(about(Kind.REJECTION, "2026-02-10 09:00", "Other"), told=True)
    desk.enter(about(Kind.INTERVIEW, "2026-03-03 08:30"))
    assert asked(desk, "2026-03-03 08:30") == [PROMPT]


def test_a_no_that_was_overtaken_is_told_with_the_correction_and_not_after_it() -> None:
    desk = Desk()
    desk.enter(about(Kind.REJECTION, "2026-03-02 21:00"), about(Kind.INTERVIEW, "2026-03-02 22:00"))
    desk.enter(about(Kind.REJECTION, "2026-03-02 20:00", "Other"))
    (plan,) = due(desk.facts(), CADENCE, at("2026-03-03 08:00"))
    assert (plan.kind, [event.id for event in plan.events]) == (CORRECTION, [1, 2])
    # Where both fall to the same moment, too.
    plans = due(desk.facts(), CADENCE, at("2026-03-03 10:00"))
    assert [(plan.kind, [event.id for event in plan.events]) for plan in plans] == [(CORRECTION, [1, 2]), (DAILY, [3])]


# --- Around a talk --------------------------------------------------------------------------------------------------


def invited(when: str, received: str = "2026-03-02 09:00", cadence: Cadence = CADENCE) -> Desk:
    """An invitation, told at once."""
    desk = Desk(cadence=cadence)
    desk.enter(about(Kind.INTERVIEW, received, interview_at=when), told=True)
    desk.sent.append(Sent(PROMPT, at(received)))
    return desk


# The 12th of March is a Thursday, the 16th a Monday.
@pytest.mark.parametrize(
    ("when", "now", "cadence", "letter"),
    [
        pytest.param("2026-03-12T14:00", "2026-03-08 10:00", WEEKENDS, False, id="four days ahead"),
        pytest.param("2026-03-12T14:00", "2026-03-09 10:00", CADENCE, True, id="three days ahead"),
        pytest.param("2026-03-12T14:00", "2026-03-09 09:59", CADENCE, False, id="before the hour"),
        pytest.param("2026-03-12T14:00", "2026-03-11 10:00", CADENCE, True, id="the day before, if it was missed"),
        pytest.param("2026-03-12T14:00", "2026-03-12 12:00", CADENCE, True, id="two hours before"),
        pytest.param("2026-03-12T14:00", "2026-03-12 12:01", CADENCE, False, id="less is too late"),
        pytest.param("2026-03-12", "2026-03-11 19:59", CADENCE, True, id="without a time: until the evening before"),
        pytest.param("2026-03-12", "2026-03-12 10:00", CADENCE, False, id="and not on the day"),
        pytest.param("2026-03-17T14:00", "2026-03-13 10:00", CADENCE, True, id="from Saturday to Friday"),
        pytest.param("2026-03-18T14:00", "2026-03-13 10:00", CADENCE, True, id="from Sunday to Friday"),
        pytest.param("2026-03-17T14:00", "2026-03-12 10:00", CADENCE, False, id="and not to Thursday"),
        pytest.param("2026-03-16T14:00", "2026-03-12 18:00", EVENING, True, id="evening reader: to Thursday"),
        pytest.param("2026-03-17T14:00", "2026-03-13 10:00", WEEKENDS, False, id="who reads on weekends waits"),
        pytest.param("2026-03-12T14:00", "2026-03-09 10:00", replace(CADENCE, before_days=0), False, id="not wanted"),
        pytest.param("2026-03-12T14:00", "2026-03-11 10:00", replace(CADENCE, before_days=1), True, id="a day ahead"),
        pytest.param("2026-03-12T14:00", "2026-03-10 10:00", replace(CADENCE, before_days=1), False, id="no sooner"),
        pytest.param("2026-03-12T14:00+00:00", "2026-03-12 13:00", CADENCE, True, id="two hours by their clock"),
        pytest.param("soon", "2026-03-09 10:00", CADENCE, False, id="no date"),
    ],
)
def test_before_a_talk(when: str, now: str, cadence: Cadence, letter: bool) -> None:
    assert asked(invited(when, cadence=replace(cadence, weekly=False)), now) == [BEFORE] * letter


def test_a_letter_does_not_follow_the_invitation_at_once() -> None:
    desk = invited("2026-03-04T14:00", "2026-03-03 09:00")
    assert [asked(desk, f"2026-03-03 {hour}") for hour in ("12:59", "13:00")] == [[], [BEFORE]]


def test_a_talk_tomorrow_goes_before_everything_else_that_can_wait() -> None:
    desk = invited("2026-03-05T14:00")
    desk.enter(about(Kind.REJECTION, "2026-03-03 09:00", "Other"))
    assert asked(desk, "2026-03-03 10:00") == [DAILY]
    assert asked(desk, "2026-03-04 10:00") == [BEFORE]


def test_a_talk_whose_invitation_is_not_told_yet_has_no_letter() -> None:
    desk = Desk()
    desk.enter(about(Kind.INTERVIEW, "2026-03-10 09:59", interview_at="2026-03-12T14:00"))
    assert asked(desk, "2026-03-10 10:00") == [PROMPT]


@pytest.mark.parametrize(
    "end",
    [
        about(Kind.REJECTION, "2026-03-06 09:00"),
        about(Kind.SILENCE, "2026-03-06 09:00"),
        Act(Did.LET_GO, at("2026-03-06 09:00"), application=1),
        Act(Did.WITHDREW, at("2026-03-06 09:00"), application=1),
    ],
    ids=["a no", "silence", "let go", "withdrawn"],
)
def test_an_application_that_has_ended_has_no_talk(end: Event | Act) -> None:
    desk = invited("2026-03-12T14:00")
    if isinstance(end, Act):
        desk.do(end)
        desk.confirmed = 1
    else:
        desk.enter(end, told=True)
    desk.sent.append(replace(THIS_WEEK, at=at("2026-03-09 09:00")))
    assert asked(desk, "2026-03-10 10:00") == asked(desk, "2026-03-13 10:00") == []


MOVED = about(Kind.INTERVIEW, "2026-03-06 09:00", interview_at="2026-03-19T09:00")


def test_a_talk_that_was_moved_is_on_its_new_day_alone() -> None:
    desk = invited("2026-03-12T14:00")
    desk.enter(MOVED, told=True)
    about_ = [plan.about for now in range(7, 26) for plan in due(desk.facts(), WEEKENDS, at(f"2026-03-{now:02} 10:00"))]
    assert set(about_) - {"weekly 2026-W11", "weekly 2026-W12"} == {"before 2 2026-03-19", "after 2 2026-03-19"}


def test_a_mail_that_confirms_a_talk_is_no_reason_for_a_second_letter() -> None:
    desk = invited("2026-03-12T14:00", cadence=NO_WEEKLY)
    assert [letter.kind for letter, _ in desk.letters(at("2026-03-09 10:00"))] == [BEFORE]
    desk.enter(about(Kind.INTERVIEW, "2026-03-10 09:00", interview_at="2026-03-12T14:30"), told=True)
    assert asked(desk, "2026-03-11 10:00") == []
    assert [letter.kind for letter, _ in desk.letters(at("2026-03-13 10:00"))] == [AFTER]
    assert asked(desk, "2026-03-16 10:00") == []


@pytest.mark.parametrize(
    ("now", "letter"),
    [
        ("2026-03-12 19:00", False),
        ("2026-03-13 09:59", False),
        ("2026-03-13 10:00", True),
        ("2026-03-16 10:00", True),
        ("2026-03-17 10:00", False),
    ],
)
def test_after_a_talk(now: str, letter: bool) -> None:
    assert asked(invited("2026-03-12T14:00", cadence=NO_WEEKLY), now) == [AFTER] * letter
    assert asked(invited("2026-03-12T14:00", cadence=replace(NO_WEEKLY, after=False)), now) == []


@pytest.mark.parametrize(
    ("zone", "made", "letter"),
    [
        ("Europe/Stockholm", "2026-03-12T16:00+01:00", False),
        ("Europe/Stockholm", "2026-03-11T16:00+01:00", True),
        ("Pacific/Auckland", "2026-03-12T10:00+13:00", False),
        ("Pacific/Auckland", "2026-03-11T23:00+13:00", True),
        ("America/Los_Angeles", "2026-03-11T23:00-07:00", True),
    ],
)
def test_what_was_noted_already_is_not_asked_for(zone: str, made: str, letter: bool) -> None:
    """Noted on the day of the talk or after it, by the reader's own calendar."""
    desk = invited("2026-03-12T08:30", cadence=replace(NO_WEEKLY, zone=ZoneInfo(zone)))
    desk.do(Act(Did.NOTE, datetime.fromisoformat(made).astimezone(UTC), application=1))
    desk.confirmed = 1
    now = datetime(2026, 3, 13, 10, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert [plan.kind for plan in due(desk.facts(), desk.cadence, now)] == [AFTER] * letter


# --- What the reader said -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(Did))
def test_what_is_confirmed_at_once_and_what_with_the_next_letter(kind: Did) -> None:
    desk = Desk()
    desk.do(Act(kind, at("2026-03-03 02:00")))
    expected = [RECEIPT] if kind in (Did.PAUSED, Did.STOPPED, Did.FORGOT, Did.LEAVING, Did.LEFT) else []
    assert asked(desk, "2026-03-03 02:00") == expected


def test_a_receipt_comes_although_no_more_letters_are_wanted_and_confirms_all_that_was_said() -> None:
    desk = Desk(preferences=Preferences(Only.NONE))
    desk.enter(no("2026-03-02 12:00"))
    desk.do(Act(Did.STEP, at("2026-03-03 01:00")), Act(Did.STOPPED, at("2026-03-03 02:00")))
    ((letter, _),) = desk.letters(at("2026-03-03 10:00"))
    assert (letter.kind, letter.acts, letter.events) == (RECEIPT, (1, 2), ())
    assert desk.letters(at("2026-03-03 10:00")) == []


def test_the_next_letter_confirms_once() -> None:
    desk = Desk()
    desk.do(Act(Did.STEP, at("2026-03-02 11:00")), Act(Did.NOTE, at("2026-03-02 12:00")))
    desk.enter(no("2026-03-02 12:00"))
    ((first, _),) = desk.letters(at("2026-03-03 10:00"))
    assert (first.kind, first.acts) == (DAILY, (1, 2))
    desk.enter(no("2026-03-03 12:00"))
    ((second, _),) = desk.letters(at("2026-03-04 10:00"))
    assert second.acts == ()


def test_of_two_letters_at_once_the_first_confirms() -> None:
    desk = Desk()
    desk.do(Act(Did.STEP, at("2026-03-02 11:00")), Act(Did.FORGOT, at("2026-03-02 12:00")))
    desk.enter(no("2026-03-02 12:00"))
    plans = due(desk.facts(), CADENCE, at("2026-03-03 10:00"))
    assert [(plan.kind, len(plan.acts)) for plan in plans] == [(RECEIPT, 2), (DAILY, 0)]


# --- Where the clocks change ----------------------------------------------------------------------------------------

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


# --- The next letter ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("desk", "now", "expected"),
    [
        pytest.param(Desk(), "2026-03-03 10:00", "", id="nothing to tell"),
        pytest.param(search(no("2026-03-05 12:00"), told=False), "2026-03-05 12:07", "2026-03-06 10:00", id="tomorrow"),
        pytest.param(search(*HARD[:9], *HARD[9:], told=False), "2026-02-27 12:00", "2026-03-02 10:00", id="the weekly"),
        pytest.param(invited("2026-03-12T14:00"), "2026-03-03 12:00", "2026-03-09 10:00", id="before a talk"),
        pytest.param(
            invited("2026-03-04T14:00", "2026-03-03 09:10"), "2026-03-03 10:00", "2026-03-03 13:10", id="with a breath"
        ),
    ],
)
def test_next_due(desk: Desk, now: str, expected: str) -> None:
    assert next_due(desk.facts(), desk.cadence, at(now)) == (at(expected) if expected else None)


def agree(facts: Facts, cadence: Cadence, now: datetime, span: timedelta) -> None:
    """`next_due` finds the very moment that asking `due` every five minutes would find."""
    moments = (now + number * timedelta(minutes=5) for number in range(span // timedelta(minutes=5)))
    expected = next((moment for moment in moments if due(facts, cadence, moment)), None)
    found = next_due(facts, cadence, now)
    if expected is None:
        assert found is None or found >= now + span - timedelta(minutes=5)
    else:
        assert found is not None
        assert expected - timedelta(minutes=5) < found <= expected


def test_next_due_sees_the_end_of_a_hard_fortnight() -> None:
    """On a Friday, long before the weekly letter."""
    desk = Desk()
    desk.enter(*(about(Kind.REJECTION, f"2026-02-27 11:{10 + number}", f"E{number}") for number in range(9)), told=True)
    desk.enter(about(Kind.REJECTION, "2026-03-12 16:00", "Last"))
    desk.sent.append(Sent(WEEKLY, at("2026-03-09 10:00")))
    assert next_due(desk.facts(), CADENCE, at("2026-03-12 17:00")) == at("2026-03-13 11:10")
    agree(desk.facts(), CADENCE, at("2026-03-12 17:00"), days(2))


def test_next_due_sees_the_end_of_a_long_break() -> None:
    """Four letters nobody answered, and then none for four weeks, to the minute."""
    desk = search(about(Kind.REJECTION, "2026-03-18 16:00"), told=False)
    desk.sent = [Sent(DAILY, at(f"2026-02-{day} 11:30"), asked=True) for day in (10, 12, 17, 19)]
    assert next_due(desk.facts(), NO_WEEKLY, at("2026-03-18 17:00")) == at("2026-03-19 10:00")
    folding = replace(CADENCE, taper_weeks=6)
    assert next_due(desk.facts(), folding, at("2026-03-18 17:00")) == at("2026-03-19 11:30")
    agree(desk.facts(), folding, at("2026-03-18 17:00"), days(3))


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@pytest.mark.parametrize("hour", [time(1, 50), time(2, 0), time(2, 20), time(3, 0)])
@pytest.mark.parametrize("minutes", [-90, 0, 30, 70, 100, 130, 150, 165, 180])
def test_next_due_sees_hours_that_come_twice_or_never(zone: str, day: date, hour: time, minutes: int) -> None:
    midnight = datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)
    facts = Facts([mail(Kind.REJECTION, midnight - days(2)), mail(Kind.OFFER, midnight - days(2))])
    for cadence in (
        Cadence(ZoneInfo(zone), hour, time(0), time(0), weekends=True),
        Cadence(ZoneInfo(zone), time(10), time(20), hour, weekends=True),
    ):
        agree(facts, cadence, midnight + timedelta(minutes=minutes), timedelta(hours=12))


# --- For any stream of mail, and any pattern of ticks ---------------------------------------------------------------

START = datetime(2026, 3, 20, tzinfo=UTC)
"""The clocks of Stockholm change nine days later."""
QUARTER = timedelta(minutes=15)
QUARTERS = 14 * 24 * 4
PATIENCE = silence.Patience(silence.Wait(2, 5), silence.Wait(1, 4), silence.Wait(1, 4), 2)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
cadences = st.builds(
    Cadence,
    st.sampled_from([CADENCE.zone, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]),
    times,
    times,
    times,
    st.booleans(),
    st.integers(1, 3),
    st.integers(1, 5),
    st.booleans(),
    st.integers(0, 4),
    st.booleans(),
    st.integers(0, 2),
)
wishes = st.builds(
    Preferences, st.sampled_from(Only), st.none() | st.integers(0, QUARTERS).map(lambda tick: START + tick * QUARTER)
)


@dataclass(frozen=True, slots=True)
class Search:
    """A stream of mail and of what the reader does, and what is known of it at any moment."""

    events: tuple[Event, ...]
    acts: tuple[Act, ...] = ()
    preferences: Preferences = field(default_factory=Preferences)

    def applications(self, now: datetime) -> list[Application]:
        ids = sorted({event.application for event in self.events} - {0})
        return [self._application(number, now) for number in ids]

    def _application(self, number: int, now: datetime) -> Application:
        events = [event for event in self.events if event.application == number and event.received <= now]
        acts = [act for act in self.acts if act.application == number and act.made <= now]
        ordered = tuple(sorted(events, key=lambda event: event.received))
        return Application(number, f"Employer {number}", "Clerk", "", ordered, tuple(acts))

    def noticed(self, cadence: Cadence, now: datetime) -> Search:
        """With the silences that have come about."""
        known = self.applications(now)
        found = [one for app in known for one in silence.notices(app, PATIENCE, cadence.zone, now)]
        numbered = [replace(one, id=1000 + len(self.events) + number) for number, one in enumerate(found)]
        return replace(self, events=(*self.events, *numbered))

    def facts(self, now: datetime, told: set[int], sent: Sequence[Sent], confirmed: set[int]) -> Facts:
        acts = [act for act in self.acts if act.made <= now]
        return Facts(
            [one for one in self.events if one.kind in TOLD and one.received <= now and one.id not in told],
            sent,
            self.applications(now),
            acts,
            [act for act in acts if act.id not in confirmed],
            self.preferences,
        )


def _event(number: int, tick: int, kind: Kind, employer: int, *, lookback: bool, ahead: int) -> Event:
    received = START + tick * QUARTER
    meeting = (received + days(ahead)).isoformat() if ahead and kind is Kind.INTERVIEW else ""
    details = Details(f"Employer {employer}", "Clerk", interview_at=meeting)
    application = 0 if kind is Kind.UNSURE and employer % 2 else employer
    return replace(mail(kind, received, details), id=number, application=application, lookback=lookback)


@st.composite
def searches(draw: st.DrawFn, most: int = 25) -> Search:
    kind = st.sampled_from([Kind.REJECTION, Kind.REJECTION, *sorted(TOLD - NOTICES), Kind.ACKNOWLEDGEMENT])
    posts = draw(
        st.lists(
            st.tuples(
                st.integers(0, QUARTERS),
                kind,
                st.integers(1, 14),
                st.sampled_from([False, False, True]),
                st.integers(0, 9),
            ),
            max_size=most,
        )
    )
    events = [_event(n, *post[:3], lookback=post[3], ahead=post[4]) for n, post in enumerate(posts, 1)]
    did = draw(
        st.lists(st.tuples(st.integers(0, QUARTERS), st.sampled_from(sorted(Did)), st.integers(1, 14)), max_size=5)
    )
    acts = [
        Act(one, START + tick * QUARTER, application=employer, id=n)
        for n, (tick, one, employer) in enumerate(sorted(did), 1)
    ]
    return Search(tuple(sorted(events, key=lambda event: event.received)), tuple(acts), draw(wishes))


patterns = st.lists(st.integers(0, QUARTERS), min_size=1, max_size=80, unique=True).map(sorted)


@dataclass(slots=True)
class Run:
    """Letters written whenever `due` is asked, each time by what the store knows by then."""

    search: Search
    cadence: Cadence
    told: set[int] = field(default_factory=set)
    confirmed: set[int] = field(default_factory=set)
    written: list[tuple[datetime, Plan]] = field(default_factory=list)

    def facts(self, now: datetime) -> Facts:
        sent = [Sent(plan.kind, moment, plan.about, plan.kind is DAILY) for moment, plan in self.written]
        return self.search.facts(now, self.told, sent, self.confirmed)

    def tick(self, now: datetime) -> None:
        self.search = self.search.noticed(self.cadence, now)
        for plan in due(self.facts(now), self.cadence, now):
            events, acts = {event.id for event in plan.events}, {act.id for act in plan.acts}
            assert not events & self.told
            assert not acts & self.confirmed
            self.told |= events
            self.confirmed |= acts
            self.written.append((now, plan))

    def of(self, *kinds: LetterKind) -> list[datetime]:
        return [now for now, plan in self.written if plan.kind in kinds]


def run(search: Search, cadence: Cadence, ticks: list[int]) -> Run:
    running = Run(search, cadence)
    for tick in ticks:
        running.tick(START + tick * QUARTER)
    return running


LOOSE = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LOOSE
@given(searches(), cadences, patterns)
def test_limits_hold_for_any_mail_and_any_ticks(search: Search, cadence: Cadence, ticks: list[int]) -> None:
    lived = run(search, cadence, ticks)
    for now, plan in lived.written:
        local = now.astimezone(cadence.zone)
        assert plan.kind is RECEIPT or not quiet(local.time(), cadence)
        assert plan.kind not in PATIENT or open_at(now, cadence)
        assert plan.events or plan.acts or plan.about
    on_days = [now.astimezone(cadence.zone).date() for now in lived.of(*PATIENT)]
    assert all(on_days.count(day) <= cadence.most_per_day for day in on_days)
    weekly = cadence.weekly or search.preferences.only is Only.WEEKLY
    for kinds_, most in ((SUPPORTING, cadence.most_per_week), (SUPPORTING - {WEEKLY}, cadence.most_per_week - weekly)):
        moments = lived.of(*kinds_)
        assert all(sum(now - days(7) < other <= now for other in moments) <= most for now in moments)


@LOOSE
@given(searches(), cadences, patterns)
def test_a_week_has_one_weekly_letter_early_in_it(search: Search, cadence: Cadence, ticks: list[int]) -> None:
    weekly = [now.astimezone(cadence.zone) for now in run(search, cadence, ticks).of(WEEKLY)]
    assert all(one.weekday() <= 2 for one in weekly)
    weeks = [one.isocalendar()[:2] for one in weekly]
    assert len(weeks) == len(set(weeks))


@LOOSE
@given(searches(), cadences, patterns)
def test_wishes_are_kept(search: Search, cadence: Cadence, ticks: list[int]) -> None:
    only, paused = search.preferences.only, search.preferences.paused_until
    allowed = {
        Only.NONE: {RECEIPT},
        Only.GOOD_NEWS: {RECEIPT, PROMPT, CORRECTION},
        Only.WEEKLY: set(LetterKind) - {DAILY},
    }.get(only, set(LetterKind))
    for now, plan in run(search, cadence, ticks).written:
        assert plan.kind in allowed
        assert plan.kind is RECEIPT or paused is None or now >= paused


@LOOSE
@given(searches(), cadences, patterns)
def test_a_talk_has_its_letters_once_and_in_time(search: Search, cadence: Cadence, ticks: list[int]) -> None:
    lived = run(search, cadence, ticks)
    named = [plan.about for _, plan in lived.written if plan.about]
    assert len(named) == len(set(named))
    for now, plan in lived.written:
        if plan.talk is None:
            continue
        application = next(one for one in lived.search.applications(now) if one.id == plan.talk.application)
        assert state(application) in (State.TALKING, State.REOPENED)
        (meeting,) = [one for one in meetings(application, cadence.zone) if one.event.id == plan.talk.id]
        assert meeting.at is not None
        if plan.kind is BEFORE:
            assert now <= meeting.at.astimezone(UTC) - timedelta(hours=2)
        else:
            assert 1 <= (now.astimezone(cadence.zone).date() - meeting.day).days <= 4


def left(run: Run) -> Iterator[Event]:
    """What no letter has told, but for silences, which the weekly letter tells while they are news."""
    for event in run.search.events:
        if event.kind in TOLD - NOTICES and event.id not in run.told:
            yield event


@LOOSE
@given(searches(), cadences, patterns, st.sampled_from([Only.DEFAULT, Only.ALL, Only.WEEKLY]))
def test_everything_is_told_once_given_time(search: Search, cadence: Cadence, ticks: list[int], only: Only) -> None:
    """However the ticks fall: afterwards the service wakes whenever a letter is due, and in the end all is told."""
    cadence = replace(cadence, most_per_week=max(cadence.most_per_week, 2))
    lived = run(replace(search, preferences=Preferences(only)), cadence, ticks)
    now: datetime | None = START + QUARTERS * QUARTER
    for _ in range(200):
        now = next_due(lived.facts(now), cadence, now) if now else None
        if now is None:
            break
        lived.tick(now)
    assert now is None
    assert list(left(lived)) == []
    acts = {act.id for act in lived.search.acts}
    assert lived.confirmed in (acts, set()) or lived.confirmed < acts


@LOOSE
@given(searches(), cadences, patterns)
def test_asking_changes_nothing(search: Search, cadence: Cadence, ticks: list[int]) -> None:
    """A plan depends on facts and the time alone: asked in any order, as often as one likes, it is the same."""
    moments = [START + tick * QUARTER for tick in ticks]
    facts = search.facts(moments[-1], set(), (), set())
    forwards = [due(facts, cadence, now) for now in moments]
    backwards = [due(facts, cadence, now) for now in reversed(moments)]
    assert forwards == backwards[::-1]


@LOOSE
@given(searches(), cadences, patterns)
def test_silence_is_told_once_or_twice_and_only_while_it_is_news(
    search: Search, cadence: Cadence, ticks: list[int]
) -> None:
    lived = run(search, cadence, ticks)
    told = [event for _, plan in lived.written for event in plan.events if event.kind in NOTICES]
    assert all(not event.lookback for event in told)
    assert {plan.kind for _, plan in lived.written if set(plan.events) & set(told)} <= {WEEKLY}


@settings(LOOSE, max_examples=60)
@given(
    searches(),
    cadences,
    st.integers(0, QUARTERS),
    st.lists(st.tuples(st.sampled_from(LetterKind), st.integers(0, 30 * 96)), max_size=8),
)
def test_next_due_agrees_with_due(
    search: Search, cadence: Cadence, tick: int, sent: list[tuple[LetterKind, int]]
) -> None:
    now = START + tick * QUARTER
    letters = sorted((now - QUARTER * ago, kind) for kind, ago in sent)
    facts = search.facts(now, set(), [Sent(kind, moment, asked=kind is DAILY) for moment, kind in letters], set())
    grid = [now + step * QUARTER for step in range(9 * 96)]
    expected = next((moment for moment in grid if due(facts, cadence, moment)), None)
    found = next_due(facts, cadence, now)
    assert found == expected or (expected is None and found is not None and found > grid[-1])


@LOOSE
@given(st.lists(st.integers(0, QUARTERS), min_size=1, max_size=12), cadences)
def test_fresh_news_always_has_a_next_letter(ticks: list[int], cadence: Cadence) -> None:
    """Within the horizon, unless the only letters wanted are none."""
    events = tuple(_event(n, tick, Kind.REJECTION, n, lookback=False, ahead=0) for n, tick in enumerate(ticks, 1))
    now = START + QUARTERS * QUARTER
    full = [Sent(DAILY, now - timedelta(minutes=1))] * cadence.most_per_week
    found = next_due(Search(events).facts(now, set(), full, set()), cadence, now)
    assert found is not None
    assert found < now + days(HORIZON)


def test_after_days_off_the_letters_are_the_same_as_in_one_go() -> None:
    """Off from Tuesday to Thursday: one letter with all of it, and nothing twice."""
    desk = Desk()
    desk.enter(mail(Kind.REJECTION, "2026-03-03 09:00"), mail(Kind.REJECTION, "2026-03-04 16:00"))
    desk.enter(mail(Kind.UNSURE, "2026-03-05 11:00"))
    first, *more = desk.letters(at("2026-03-05 10:30"))
    assert (first[0].events, more) == ((1, 2), [])
    assert desk.letters(at("2026-03-05 10:45")) == []
    assert [letter.events for letter, _ in desk.letters(at("2026-03-06 10:00"))] == [(3,)]


def test_ticks_before_the_hour_do_not_add_up() -> None:
    facts = Facts([no("2026-03-02 16:00")])
    moments = [at(f"2026-03-03 {hour:02}:{minute:02}") for hour in range(11) for minute in (0, 30)]
    first = [bool(due(facts, CADENCE, moment)) for moment in moments]
    assert [later - earlier for earlier, later in pairwise(first)].count(1) == 1


# --- What could not be read -----------------------------------------------------------------------------------------


def unread(received: str) -> Event:
    return about(Kind.UNREADABLE, received, "")


def test_what_could_not_be_read_makes_no_letter_by_itself() -> None:
    facts = Facts(unreadable=[unread("2026-03-02 09:00")])
    assert due(facts, CADENCE, at("2026-03-03 12:00")) == ()
    assert next_due(facts, CADENCE, at("2026-03-03 12:00")) is None


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        pytest.param(Kind.REJECTION, 2, id="in the letter of the day"),
        pytest.param(Kind.INTERVIEW, 2, id="in a prompt one"),
        pytest.param(Kind.OFFER, 0, id="not beside an offer"),
    ],
)
def test_the_next_letter_says_what_could_not_be_read(kind: Kind, told: int) -> None:
    unreadable = [unread("2026-03-02 09:00"), unread("2026-03-02 09:01")]
    facts = Facts([about(kind, "2026-03-03 08:00")], unreadable=unreadable)
    (plan,) = due(facts, CADENCE, at("2026-03-03 12:00"))
    assert len(plan.unreadable) == told


def test_of_several_letters_one_says_so() -> None:
    news = [about(Kind.OFFER, "2026-03-03 08:00"), about(Kind.INTERVIEW, "2026-03-03 08:00", "Other")]
    facts = Facts([*news, no("2026-03-02 08:00")], unreadable=[unread("2026-03-02 09:00")])
    plans = due(facts, CADENCE, at("2026-03-03 12:00"))
    assert sum(len(plan.unreadable) for plan in plans) <= 1
