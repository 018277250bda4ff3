"""What a list adds to a log: only what the log does not know, beside mails that came before and that come later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest

from tests.core.letters.desk import ZONE, Desk, at, mail
from triage.core.acts import LISTED, Did
from triage.core.brought import Told
from triage.core.brought.entering import Batch, Entry, Known, entries
from triage.core.journey import State, find, reached, state
from triage.core.letter import LetterKind
from triage.core.situation.week import gather_week
from triage.core.values import NOTICES, Application, Details, Event, Kind, Stage

NOW = at("2026-05-04 10:00")
BATCH = Batch("brought 2026-05-04 08:00:00 jobs.csv", ZONE, NOW)
TOLD = Told(2, "Tidewell", "Analyst", date(2026, 3, 4))
ACK, NO = Kind.ACKNOWLEDGEMENT, Kind.REJECTION


def bring(desk: Desk, *rows: Told) -> tuple[Entry, ...]:
    """Enter a list into the log at the desk, as the store does."""
    keys = {event.key: event.application for event in desk.events if event.brought}
    acts = frozenset(act.key for act in desk.acts if act.key.startswith(LISTED))
    found = entries(rows, Known(tuple(desk.applications), keys, acts), BATCH)
    for entry in found:
        number = entry.known.id if entry.known else len(desk.applications) + 1
        if entry.known is None:
            desk.applications.append(Application(number, entry.told.company, entry.told.role, entry.told.reference))
        desk.enter(*(replace(event, application=number) for event in entry.events), told=True)
        desk.do(*(replace(act, application=number) for act in entry.acts))
    return found


def came(kind: Kind, received: str, company: str = "Tidewell", role: str = "Analyst") -> Event:
    return mail(kind, received, Details(company, role))


@pytest.mark.parametrize("where", State)
@pytest.mark.parametrize("changed", [None, date(2026, 3, 20)])
def test_every_state_is_entered_as_it_is_told(where: State, changed: date | None) -> None:
    desk = Desk()
    bring(desk, replace(TOLD, state=where, changed=changed, stage=Stage.INTERVIEW))
    (one,) = desk.applications
    assert state(one) is where
    assert reached(one) is Stage.INTERVIEW
    assert all(event.brought and event.lookback for event in one.events)
    assert one.events[0].received == at("2026-03-04 12:00")


def test_what_has_no_day_says_so() -> None:
    desk = Desk()
    bring(desk, replace(TOLD, state=State.CLOSED))
    applied, no = desk.applications[0].events
    assert (applied.undated, no.undated) == (False, True)
    assert applied.received < no.received


@pytest.mark.parametrize("where", State)
def test_the_same_list_again_adds_nothing(where: State) -> None:
    desk = Desk()
    row = replace(TOLD, state=where, note="nice people", interview="2026-03-18T10:00")
    assert bring(desk, row, row)
    assert bring(desk, row) == ()
    assert len(desk.applications) == 1


def test_a_status_that_has_changed_since_is_all_that_is_new() -> None:
    desk = Desk()
    bring(desk, TOLD)
    (entry,) = bring(desk, replace(TOLD, state=State.CLOSED))
    assert [event.kind for event in entry.events] == [NO]
    assert [state(one) for one in desk.applications] == [State.CLOSED]


@pytest.mark.parametrize(
    "before",
    [
        [came(ACK, "2026-03-04 09:00")],
        [came(ACK, "2026-03-06 09:00")],
        [came(NO, "2026-04-02 09:00")],
        [came(Kind.INTERVIEW, "2026-03-16 09:00"), came(NO, "2026-04-02 09:00")],
        [came(ACK, "2026-03-04 09:00", role="")],
        [came(ACK, "2026-03-04 09:00", company="Tidewell GmbH")],
    ],
)
def test_a_row_finds_the_application_that_mails_have_told_of(before: list[Event]) -> None:
    desk = Desk()
    desk.enter(*before)
    bring(desk, replace(TOLD, state=State.CLOSED))
    (one,) = desk.applications
    assert state(one) is State.CLOSED
    assert sum(event.kind is NO for event in one.events) == 1


@pytest.mark.parametrize(
    "before",
    [
        came(ACK, "2026-01-04 09:00"),
        came(ACK, "2026-03-04 09:00", role="Plumber"),
        came(ACK, "2026-03-04 09:00", company="Copperhaven"),
    ],
)
def test_another_application_stays_another(before: Event) -> None:
    desk = Desk()
    desk.enter(before)
    bring(desk, TOLD)
    assert len(desk.applications) == 2


def test_two_rows_never_share_an_application() -> None:
    desk = Desk()
    desk.enter(came(ACK, "2026-03-04 09:00", role=""))
    bring(desk, TOLD, replace(TOLD, line=3, role="Planner"))
    assert sorted(one.role for one in desk.applications) == ["", "Planner"]


@pytest.mark.parametrize(
    ("kind", "received"), [(ACK, "2026-03-05 09:00"), (NO, "2026-05-05 09:00"), (Kind.INTERVIEW, "2026-03-20 09:00")]
)
def test_mail_that_comes_later_finds_it(kind: Kind, received: str) -> None:
    desk = Desk()
    bring(desk, TOLD)
    found = find(came(kind, received), desk.applications)
    assert found == desk.applications[0]


# --- A list is from memory, its days are about right. Whichever was there first, list or mail, it comes to the same. --

NO_DAY = replace(TOLD, state=State.CLOSED)
ENDED = replace(NO_DAY, changed=date(2026, 3, 10))
REMOTE = replace(TOLD, role="Analyst (remote)")
FIRST_OF_TWO = (replace(TOLD, applied=date(2026, 1, 8)), replace(TOLD, line=3))
R_99 = mail(ACK, "2026-03-12 09:00", Details("Tidewell", "Analyst", reference="R-99"))
TWO_ROLES = (TOLD, replace(TOLD, line=3, role="Planner"))


@pytest.mark.parametrize("list_first", [True, False])
@pytest.mark.parametrize(
    ("rows", "mails", "number"),
    [
        # It is one application.
        ([TOLD], [came(ACK, "2026-02-20 09:00")], 1),
        ([TOLD], [came(ACK, "2026-02-27 09:00", role="")], 1),
        ([TOLD], [came(ACK, "2026-03-12 09:00")], 1),
        ([TOLD], [came(ACK, "2026-03-12 09:00", company="Tidewell GmbH", role="Analyst (m/w/d)")], 1),
        ([TOLD], [came(ACK, "2026-03-17 09:00", role="Analyst, Hamburg")], 1),
        ([REMOTE], [came(ACK, "2026-03-17 09:00")], 1),
        ([replace(TOLD, role="")], [came(ACK, "2026-03-17 09:00")], 1),
        ([TOLD], [came(ACK, "2026-04-04 09:00")], 1),
        ([TOLD], [came(ACK, "2026-03-12 09:00"), came(NO, "2026-04-02 09:00")], 1),
        ([replace(TOLD, reference="R-17")], [came(ACK, "2026-03-12 09:00")], 1),
        ([NO_DAY], [came(ACK, "2026-02-22 09:00")], 1),
        ([NO_DAY], [came(ACK, "2026-03-12 09:00")], 1),
        ([NO_DAY], [came(ACK, "2026-03-12 09:00", role="")], 1),
        ([NO_DAY], [came(ACK, "2026-03-12 09:00", role="Analyst, Hamburg")], 1),
        ([NO_DAY], [came(NO, "2026-04-02 09:00", role="")], 1),
        ([NO_DAY], [came(NO, "2026-02-26 09:00")], 1),
        ([ENDED], [came(ACK, "2026-02-22 09:00")], 1),
        ([ENDED], [came(NO, "2026-03-20 09:00", role="")], 1),
        ([replace(TOLD, state=State.WITHDRAWN)], [came(ACK, "2026-03-12 09:00")], 1),
        # Which of two: the one at about that day.
        (FIRST_OF_TWO, [came(ACK, "2026-02-27 09:00")], 2),
        (FIRST_OF_TWO, [came(ACK, "2026-03-12 09:00", role="")], 2),
        (TWO_ROLES, [came(ACK, "2026-03-12 09:00"), came(ACK, "2026-03-13 09:00", role="Planner")], 2),
        # It is another one, or nobody can know.
        ([TOLD], [came(ACK, "2026-03-06 09:00", role="Planner")], 2),
        ([TOLD], [came(ACK, "2026-03-06 09:00", role="Senior Analyst")], 2),
        ([TOLD], [came(ACK, "2026-03-06 09:00", company="Copperhaven")], 2),
        ([TOLD], [came(NO, "2026-02-26 09:00")], 2),
        ([NO_DAY], [came(ACK, "2026-04-04 09:00")], 2),
        ([NO_DAY], [came(NO, "2026-02-10 09:00")], 2),
        ([ENDED], [came(ACK, "2026-03-20 09:00")], 2),
        ([replace(TOLD, reference="R-17")], [R_99], 2),
    ],
)
def test_list_and_mail_come_to_the_same(
    rows: Sequence[Told], mails: Sequence[Event], number: int, *, list_first: bool
) -> None:
    desk = Desk()
    if list_first:
        bring(desk, *rows)
        desk.enter(*mails)
    else:
        desk.enter(*mails)
        bring(desk, *rows)
    assert len(desk.applications) == number


@pytest.mark.parametrize("list_first", [True, False])
def test_of_two_rows_the_one_at_about_that_day_is_confirmed(*, list_first: bool) -> None:
    desk = Desk()
    if list_first:
        bring(desk, *FIRST_OF_TWO)
    desk.enter(came(ACK, "2026-02-27 09:00"))
    bring(desk, *FIRST_OF_TWO)
    (confirmed,) = (one for one in desk.applications if one.by_mail)
    days = {event.received.date() for event in confirmed.events}
    assert date(2026, 1, 8) not in days


def test_a_row_that_was_brought_before_keeps_its_application() -> None:
    """A new row for the same work, of some days earlier, is not put into it."""
    desk = Desk()
    bring(desk, TOLD)
    earlier = replace(TOLD, line=3, applied=date(2026, 2, 25))
    bring(desk, TOLD, earlier)
    assert len(desk.applications) == 2


def test_a_day_that_was_mended_in_the_list_begins_nothing_new() -> None:
    desk = Desk()
    bring(desk, TOLD)
    bring(desk, replace(TOLD, applied=date(2026, 3, 9)))
    assert len(desk.applications) == 1


def test_no_letter_tells_it_and_none_counts_it_as_mail() -> None:
    desk = Desk()
    row = replace(TOLD, applied=date(2026, 4, 20), state=State.CLOSED, changed=date(2026, 5, 2))
    bring(desk, row, replace(row, line=3, company="Copperhaven", state=State.WITHDRAWN, note="a note"))
    # What the store leaves out is left out here (`Acts.unconfirmed`).
    desk.confirmed = len(desk.acts)
    letters = desk.letters(NOW)
    assert [letter.kind for letter, _ in letters] == [LetterKind.WEEKLY]
    assert [letter.events for letter, _ in letters] == [()]
    week = gather_week(desk.applications, desk.acts, ZONE, NOW)
    assert {number for _, number in week.mails} == {0}


def test_no_letter_speaks_of_its_last_mail() -> None:
    """It is counted as open, and a silence about it is entered; but there was no mail that could have been the last."""
    desk = Desk()
    bring(desk, replace(TOLD, applied=date(2026, 4, 18)), replace(TOLD, line=3, company="Copperhaven"))
    desk.notice(NOW)
    assert {event.kind for event in desk.events if event.kind in NOTICES} == {Kind.QUIET, Kind.SILENCE}
    assert all(event.lookback for event in desk.events)
    desk.enter(came(NO, "2026-04-30 09:00", company="Marlow"))
    (letter,) = (letter for letter, _ in desk.letters(NOW))
    assert not [item for section in letter.sections for item in section.items if "last mail" in item]


def test_a_talk_of_the_list_has_its_day() -> None:
    desk = Desk()
    bring(desk, replace(TOLD, state=State.TALKING, interview="2026-05-12T14:30"))
    (event,) = (one for one in desk.events if one.kind is Kind.INTERVIEW)
    assert event.details.interview_at == "2026-05-12T14:30"


def test_a_day_is_entered_at_its_noon_and_today_no_later_than_now() -> None:
    assert BATCH.noon(date(2026, 5, 4)) == NOW
    assert BATCH.noon(date(2026, 3, 29)) == datetime.fromisoformat("2026-03-29T10:00:00+00:00"), "summer time has begun"


def test_notes_come_with_it() -> None:
    desk = Desk()
    bring(desk, replace(TOLD, note="nice people"))
    (act,) = desk.acts
    assert (act.kind, act.text, act.application) == (Did.NOTE, "nice people", 1)
