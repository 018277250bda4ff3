"""What a letter may count, and from when on."""

from __future__ import annotations

import pytest

from tests.core.letters.desk import Desk, at, days, mail
from triage.core.acts import Act, Did
from triage.core.situation.counts import Counts, alive, count
from triage.core.situation.standing import history
from triage.core.values import Details, Event, Kind, Stage

NOW = at("2026-03-03 10:00")
ACK, INVITE, NO, OFFER = Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.REJECTION, Kind.OFFER


def came(
    kind: Kind, ago: float, company: str = "Tidewell", role: str = "Analyst", stage: Stage = Stage.UNKNOWN
) -> Event:
    return mail(kind, NOW - days(ago), Details(company, role, stage))


def counted(*events: Event) -> Counts:
    desk = Desk()
    desk.enter(*sorted(events, key=lambda event: event.received))
    return count(desk.applications, NOW, history(desk.applications, NOW))


def many(number: int, ago: float, kind: Kind = NO, role: str = "Analyst") -> list[Event]:
    return [came(kind, ago, f"{kind} {ago} {n}", role) for n in range(number)]


def test_an_empty_log() -> None:
    assert counted() == Counts()


@pytest.mark.parametrize(
    ("events", "week", "fortnight", "ever"),
    [
        pytest.param([came(NO, 6.99)], 1, 1, 1, id="within the week"),
        pytest.param([came(NO, 7)], 0, 1, 1, id="a week ago"),
        pytest.param([came(NO, 14)], 0, 0, 1, id="two weeks ago"),
        pytest.param([came(NO, 2), came(NO, 1)], 1, 1, 1, id="by mail and by portal"),
        pytest.param([came(NO, 20), came(NO, 1)], 1, 1, 1, id="the last no of an application counts"),
        pytest.param([came(ACK, 2), came(Kind.UNSURE, 1)], 0, 0, 0, id="nothing that is no no"),
        pytest.param(many(5, 3), 5, 5, 5, id="five employers"),
    ],
)
def test_refused(events: list[Event], week: int, fortnight: int, ever: int) -> None:
    found = counted(*events)
    assert (found.week, found.fortnight, found.ever) == (week, fortnight, ever)


@pytest.mark.parametrize(
    ("events", "late"),
    [
        ([came(INVITE, 20), came(NO, 2)], 1),
        ([came(NO, 2, stage=Stage.FINAL)], 1),
        ([came(NO, 2, stage=Stage.SCREEN)], 0),
        ([came(INVITE, 40), came(NO, 30)], 0),
    ],
    ids=["invited before", "by its words", "a screening is no talk", "a month ago"],
)
def test_refused_after_a_talk(events: list[Event], late: int) -> None:
    assert counted(*events).late == late


@pytest.mark.parametrize(
    ("events", "weeks", "applications"),
    [
        pytest.param([came(ACK, 0)], 0, 1, id="today"),
        pytest.param([came(ACK, 6.9)], 0, 1, id="not yet a week"),
        pytest.param([came(ACK, 84)], 12, 1, id="twelve weeks"),
        pytest.param([came(ACK, 200, "Old"), came(ACK, 10)], 1, 1, id="another search, long ago"),
        pytest.param([came(ACK, 66, "Old"), came(ACK, 10)], 9, 2, id="eight weeks without mail are no break"),
        pytest.param([came(ACK, 66.1, "Old"), came(ACK, 10)], 1, 1, id="a little more is"),
        pytest.param([came(ACK, 200), came(NO, 10)], 1, 1, id="an old application that is answered now is of both"),
    ],
)
def test_when_the_search_began(events: list[Event], weeks: int, applications: int) -> None:
    found = counted(*events)
    assert (found.weeks, found.applications) == (weeks, applications)


def test_what_ended_before_the_search_began_anew_is_not_among_its_stops() -> None:
    found = counted(came(NO, 300, "Old"), came(ACK, 20), came(NO, 10), *many(2, 5))
    assert (found.early, found.ever, found.stops) == (3, 4, {Stage.APPLICATION: 3})


def test_roles_are_compared_by_their_words() -> None:
    events = [came(ACK, 40, "A", "Data Analyst"), came(ACK, 3, "B", "data-analyst"), came(ACK, 2, "C", "Writer")]
    found = counted(*events, came(ACK, 1, "D", ""))
    assert (found.roles, found.titles) == (2, 2)
    assert counted(came(ACK, 40, "A", "Planner"), came(ACK, 3, "B", "Writer")).titles == 1


def test_answers_and_talks() -> None:
    events = [
        *many(3, 5),
        *many(2, 6, ACK),
        *many(2, 7, INVITE),
        came(OFFER, 3, "Good Firm"),
        came(INVITE, 9, "Good Firm"),
    ]
    found = counted(*events)
    assert (found.answered, found.talks, found.invited, found.good) == (6, 3, 3, 4)


@pytest.mark.parametrize(
    ("kinds", "act", "expected"),
    [
        ((ACK,), None, True),
        ((ACK, INVITE), None, True),
        ((ACK, OFFER), None, True),
        ((NO, INVITE), None, True),
        ((NO,), None, False),
        ((ACK, Kind.SILENCE), None, False),
        ((ACK, Kind.QUIET), None, True),
        ((ACK,), Did.LET_GO, False),
        ((ACK,), Did.WITHDREW, False),
        ((ACK,), Did.NOTE, True),
    ],
)
def test_alive(kinds: tuple[Kind, ...], act: Did | None, expected: bool) -> None:
    desk = Desk()
    desk.enter(*(came(kind, 10 - number) for number, kind in enumerate(kinds)))
    if act:
        desk.do(Act(act, NOW, application=1))
    assert alive(desk.applications[0]) is expected
