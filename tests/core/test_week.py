"""The week that is over: what the reader did, what went well, and when mail came."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.core.letters.desk import ZONE, Desk, at, mail
from triage.core.acts import Act, Did
from triage.core.situation.week import Way, Week, gather_week
from triage.core.values import Details, Event, Kind

NOW = at("2026-03-09 10:00")
"""A Monday: the week is that of the 2nd."""
ACK, INVITE, NO = Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.REJECTION


def came(kind: Kind, received: str, company: str = "Tidewell", **details: str) -> Event:
    return mail(kind, received, replace(Details(company, "Analyst"), **details))  # type: ignore[arg-type]  # its fields


def week(*events: Event, acts: tuple[Act, ...] = ()) -> Week:
    desk = Desk()
    desk.enter(*events)
    desk.do(*acts)
    return gather_week(desk.applications, desk.acts, ZONE, NOW)


def steps(found: Week) -> list[tuple[Way, str, int]]:
    return [(step.way, step.company, step.day.day) for step in found.steps]


def test_seven_days_up_to_yesterday() -> None:
    found = week(
        came(NO, "2026-03-01 23:59", "A"),
        came(NO, "2026-03-02 00:00", "B"),
        came(ACK, "2026-03-04 12:00", "C"),
        came(NO, "2026-03-04 13:00", "D"),
        came(NO, "2026-03-08 23:59", "E"),
        came(NO, "2026-03-09 00:00", "F"),
    )
    assert found.first == date(2026, 3, 2)
    assert [number for _, number in found.mails] == [1, 0, 2, 0, 0, 0, 1]
    assert not found.empty


def test_a_week_on_the_readers_clock() -> None:
    """The clocks change on Sunday the 29th."""
    desk = Desk()
    desk.enter(came(NO, "2026-03-29 03:30"), came(NO, "2026-03-30 00:30", "Other"))
    found = gather_week(desk.applications, (), ZONE, at("2026-03-30 10:00"))
    assert [number for _, number in found.mails] == [0, 0, 0, 0, 0, 0, 1]


def test_nothing_is_an_empty_week() -> None:
    assert week().empty
    assert week(came(Kind.UNSURE, "2026-03-04 12:00")).empty
    assert week(came(ACK, "2026-02-04 12:00"), came(Kind.QUIET, "2026-03-04 12:00")).empty


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([came(ACK, "2026-03-04 12:00")], [(Way.APPLIED, "Tidewell", 4)], id="confirmed"),
        pytest.param([came(INVITE, "2026-03-04 12:00")], [], id="invited at once: nobody knows when it was sent"),
        pytest.param(
            [came(ACK, "2026-02-04 12:00"), came(ACK, "2026-03-04 12:00")], [], id="a second mail is no application"
        ),
        pytest.param(
            [came(INVITE, "2026-02-26 12:00", interview_at="2026-03-05T10:00")],
            [(Way.TALKED, "Tidewell", 5)],
            id="a talk in the week",
        ),
        pytest.param(
            [came(INVITE, "2026-03-05 08:00", interview_at="2026-03-05T15:00")],
            [(Way.TALKED, "Tidewell", 5)],
            id="on the day of its invitation",
        ),
        pytest.param([came(INVITE, "2026-03-05 12:00", interview_at="2026-03-12")], [], id="a talk to come"),
        pytest.param(
            [came(INVITE, "2026-02-26 12:00", interview_at="2026-03-05"), came(NO, "2026-03-03 12:00")],
            [],
            id="a talk they called off",
        ),
        pytest.param(
            [came(INVITE, "2026-02-26 12:00", interview_at="2026-03-05"), came(NO, "2026-03-05 16:00")],
            [(Way.TALKED, "Tidewell", 5)],
            id="and a no on the same day",
        ),
        pytest.param(
            [
                came(INVITE, "2026-02-26 12:00", interview_at="2026-03-03"),
                came(INVITE, "2026-03-02 12:00", interview_at="2026-03-06"),
            ],
            [(Way.TALKED, "Tidewell", 6)],
            id="moved",
        ),
    ],
)
def test_steps_that_show_in_mail(events: list[Event], expected: list[tuple[Way, str, int]]) -> None:
    assert steps(week(*events)) == expected


def test_a_talk_the_reader_withdrew_from_was_none() -> None:
    invitation = came(INVITE, "2026-02-26 12:00", interview_at="2026-03-05")
    act = Act(Did.WITHDREW, at("2026-03-03 12:00"), application=1)
    assert steps(week(invitation, acts=(act,))) == [(Way.WITHDREW, "Tidewell", 3)]


@pytest.mark.parametrize("kind", sorted(Did))
def test_steps_the_reader_told_of(kind: Did) -> None:
    named = {
        Did.STEP: Way.STEP,
        Did.NOTE: Way.NOTED,
        Did.LET_GO: Way.LET_GO,
        Did.WITHDREW: Way.WITHDREW,
    }
    found = week(came(ACK, "2026-02-04 12:00"), acts=(Act(kind, at("2026-03-03 12:00"), application=1),))
    assert steps(found) == ([(named[kind], "Tidewell", 3)] if kind in named else [])


def test_a_step_that_is_about_no_application() -> None:
    found = week(acts=(Act(Did.STEP, at("2026-03-03 12:00")),))
    assert steps(found) == [(Way.STEP, "", 3)]
    assert not found.empty


def test_steps_are_in_order_and_names_pass_the_gate() -> None:
    found = week(
        came(ACK, "2026-03-05 12:00", "www.evil.example"),
        acts=(Act(Did.STEP, at("2026-03-03 12:00")),),
    )
    assert steps(found) == [(Way.STEP, "", 3), (Way.APPLIED, "www[.]evil[.]example", 5)]


@pytest.mark.parametrize(
    ("kind", "human", "thread", "win"),
    [
        (INVITE, False, False, True),
        (Kind.ASSESSMENT, False, False, True),
        (Kind.OFFER, False, False, True),
        (ACK, True, True, True),
        (ACK, True, False, False),
        (ACK, False, True, False),
        (NO, True, True, False),
    ],
)
def test_small_good_things(kind: Kind, human: bool, thread: bool, win: bool) -> None:
    """A person's answer counts where it answers something; that a system confirms an application does not."""
    event = replace(came(kind, "2026-03-04 12:00"), human=human, thread=("<mine>",) if thread else ())
    assert [told.kind for told in week(event).wins] == [kind] * win


def test_wins_are_of_this_week_and_in_order() -> None:
    found = week(
        came(INVITE, "2026-03-01 12:00", "A"),
        came(INVITE, "2026-03-08 12:00", "B"),
        came(INVITE, "2026-03-02 12:00", "C"),
    )
    assert [told.company for told in found.wins] == ["C", "B"]
