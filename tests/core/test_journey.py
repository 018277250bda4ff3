"""Which application an event belongs to, and where it stands then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.letters.desk import Desk, at, mail
from triage.core import journey
from triage.core.journey import State, find, normal, stage_of, state, talks
from triage.core.values import Application, Details, Event, Kind, Stage

ACK, INVITE, TASK, OFFER, NO = Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OFFER, Kind.REJECTION


def application(number: int, company: str, role: str = "", reference: str = "", *kinds: Kind) -> Application:
    """An application with one mail a day from 1 March on; an acknowledgement where no kinds are given."""
    events = tuple(
        replace(
            mail(kind, f"2026-03-0{day} 09:00", Details(company, role)),
            id=10 * number + day,
            message_id=f"<{number}-{day}>",
        )
        for day, kind in enumerate(kinds or (ACK,), 1)
    )
    return Application(number, company, role, reference, events)


def event(kind: Kind = NO, company: str = "", role: str = "", reference: str = "", *thread: str) -> Event:
    details = Details(company, role, reference=reference)
    return replace(mail(kind, "2026-03-09 09:00", details), thread=thread)


ANALYST = application(1, "Tidewell", "Data Analyst", "R-17")
WRITER = application(2, "Tidewell", "Technical Writer", "R-18")
UNNAMED = application(3, "Skarv Maps")
CLOSED = application(4, "Halden Rail", "Planner", "", ACK, NO)
SAME_NUMBER = application(5, "Northlight", "Editor", "R-17")
OFFERED = application(6, "Jobfjord", "Editor", "", ACK, OFFER)
ALL = (ANALYST, WRITER, UNNAMED, CLOSED, SAME_NUMBER, OFFERED)


@pytest.mark.parametrize(
    ("incoming", "found"),
    [
        pytest.param(event(NO, "Tidewell", "", "R-18"), WRITER, id="reference before company"),
        pytest.param(event(NO, "", "", "R-18"), WRITER, id="reference alone"),
        pytest.param(event(NO, "Tidewell", "", "R-17"), ANALYST, id="a number is the employer's own"),
        pytest.param(event(NO, "Northlight", "", "R-17"), SAME_NUMBER, id="another employer's same number"),
        pytest.param(event(NO, "Nobody", "", "R-18"), None, id="a number at an employer not known"),
        pytest.param(event(NO, "Tidewell", "", "R-99"), None, id="an unknown number, two open there"),
        pytest.param(event(NO, "", "", "", "<2-1>"), WRITER, id="thread"),
        pytest.param(event(NO, "Tidewell", "Data Analyst", "", "<2-1>"), WRITER, id="thread before role"),
        pytest.param(event(NO, "Tidewell", "Data Analyst", "", "<x>"), ANALYST, id="a thread nobody knows"),
        pytest.param(event(NO, "TIDEWELL", "data   analyst"), ANALYST, id="case and spaces"),
        pytest.param(event(NO, "Tidewell", "Data-Analyst"), ANALYST, id="punctuation"),
        pytest.param(event(NO, "Tidewell", "Editor"), None, id="a third role is a third application"),
        pytest.param(event(NO, "Tidewell"), None, id="company alone, two open: nobody guesses"),
        pytest.param(event(NO, "Skarv Maps"), UNNAMED, id="company alone, one open"),
        pytest.param(event(NO, "Skarv Maps", "Geodata Analyst"), UNNAMED, id="the first to name the role"),
        pytest.param(event(NO, "Halden Rail"), None, id="closed is not used again by company alone"),
        pytest.param(event(NO, "Halden Rail", "Planner"), CLOSED, id="a second no to the same role"),
        pytest.param(event(ACK, "Halden Rail", "Planner"), None, id="applied once more after the no"),
        pytest.param(event(INVITE, "Halden Rail", "Planner"), CLOSED, id="re-opened"),
        pytest.param(event(NO, "Jobfjord"), None, id="what has an offer is not closed by company alone"),
        pytest.param(event(NO, "", "Data Analyst"), None, id="a role without a company says nothing"),
        pytest.param(event(NO), None, id="nothing to go by"),
    ],
)
def test_find(incoming: Event, found: Application | None) -> None:
    assert find(incoming, ALL) == found


def test_of_two_alike_the_newest_counts() -> None:
    again = replace(application(7, "Halden Rail", "Planner"), id=7)
    assert find(event(NO, "Halden Rail", "Planner"), (*ALL, again)) == again


def test_an_acknowledgement_that_came_before_the_no_belongs_to_it() -> None:
    late = replace(event(ACK, "Halden Rail", "Planner"), received=at("2026-02-28 09:00"))
    assert find(late, ALL) == CLOSED


def test_two_roles_stay_two_over_a_whole_search() -> None:
    desk = Desk()
    for kind, role in ((ACK, "Editor"), (ACK, "Writer"), (INVITE, "Editor"), (NO, "Writer")):
        desk.enter(mail(kind, "2026-03-03 09:00", Details("Tidewell", role)))
    assert [(a.role, state(a)) for a in desk.applications] == [("Editor", State.TALKING), ("Writer", State.CLOSED)]


@pytest.mark.parametrize("kind", [Kind.UNSURE, Kind.OUTREACH, Kind.OTHER, Kind.JOB_ALERT, Kind.UNREADABLE])
def test_what_begins_no_application(kind: Kind) -> None:
    assert kind not in journey.BEGINNERS


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((ACK,), State.OPEN),
        ((Kind.UNSURE,), State.OPEN),
        ((ACK, INVITE), State.TALKING),
        ((ACK, TASK), State.TALKING),
        ((ACK, INVITE, ACK), State.TALKING),
        ((ACK, OFFER), State.OFFERED),
        ((ACK, OFFER, INVITE), State.OFFERED),
        ((ACK, OFFER, NO), State.CLOSED),
        ((NO,), State.CLOSED),
        ((NO, ACK), State.CLOSED),
        ((NO, Kind.UNSURE), State.CLOSED),
        ((NO, INVITE), State.REOPENED),
        ((NO, TASK, INVITE), State.REOPENED),
        ((NO, INVITE, NO), State.CLOSED),
        ((NO, OFFER), State.OFFERED),
    ],
)
def test_state(kinds: tuple[Kind, ...], expected: State) -> None:
    assert state(application(1, "Tidewell", "", "", *kinds)) is expected


@pytest.mark.parametrize(
    ("kinds", "said", "expected"),
    [
        ((NO,), Stage.UNKNOWN, Stage.APPLICATION),
        ((ACK, NO), Stage.UNKNOWN, Stage.APPLICATION),
        ((ACK, TASK, NO), Stage.UNKNOWN, Stage.SCREEN),
        ((ACK, INVITE, NO), Stage.UNKNOWN, Stage.INTERVIEW),
        ((ACK, INVITE, TASK, NO), Stage.SCREEN, Stage.INTERVIEW),
        ((ACK, INVITE, NO), Stage.FINAL, Stage.FINAL),
        ((ACK, NO, INVITE), Stage.UNKNOWN, Stage.APPLICATION),
    ],
)
def test_stage_is_the_furthest_of_mail_and_log(kinds: tuple[Kind, ...], said: Stage, expected: Stage) -> None:
    known = application(1, "Tidewell", "", "", *kinds)
    refusal = known.events[kinds.index(NO)]
    told = replace(refusal, details=replace(refusal.details, stage=said))
    assert stage_of(told, known) is expected


def test_talks_counts_the_invitations_before() -> None:
    known = application(1, "Tidewell", "", "", ACK, INVITE, INVITE, NO, INVITE)
    assert talks(known, known.events[3]) == 2


@given(st.text())
def test_normal_is_idempotent(name: str) -> None:
    assert normal(normal(name)) == normal(name)


@given(st.lists(st.tuples(st.sampled_from(sorted(journey.BEGINNERS)), st.sampled_from(["", "Editor", "Writer"]))))
def test_every_event_of_a_search_has_one_application(stream: list[tuple[Kind, str]]) -> None:
    desk = Desk()
    for kind, role in stream:
        desk.enter(mail(kind, "2026-03-03 09:00", Details("Tidewell", role)))
    entered = [event.id for known in desk.applications for event in known.events]
    assert sorted(entered) == [event.id for event in desk.events]
