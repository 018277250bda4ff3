"""When nothing comes: how long a wait may be at each stage, and what is entered once it is longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.letters.desk import ZONE, Desk, at, days, mail
from triage.core.acts import Act, Did
from triage.core.journey import State, state
from triage.core.journey.silence import Patience, Wait, may_ask, notices
from triage.core.values import NOTICES, Details, Event, Kind, Stage

ACK, INVITE, TASK, NO, OFFER = (
    Kind.ACKNOWLEDGEMENT,
    Kind.INTERVIEW,
    Kind.ASSESSMENT,
    Kind.REJECTION,
    Kind.OFFER,
)
FIRST = "2026-02-02 09:00"


def desk(*kinds: Kind, first: str = FIRST, **details: str) -> Desk:
    """One application with a mail every day from then on; the details are those of the last one."""
    made = Desk()
    for number, kind in enumerate(kinds, 1):
        said = replace(Details("Tidewell", "Analyst"), **(details if number == len(kinds) else {}))  # type: ignore[arg-type]  # fields of Details
        made.enter(mail(kind, at(first) + days(number - 1), said), told=True)
    return made


def come_about(made: Desk, now: datetime, patience: Patience | None = None) -> list[tuple[Kind, datetime]]:
    found = notices(made.applications[0], patience or Patience(), ZONE, now)
    return [(event.kind, event.received) for event in found]


FAR = at("2026-12-01 09:00")


def waits(made: Desk) -> dict[Kind, int]:
    """Days from the last mail on."""
    last = made.events[-1].received
    return {kind: round((moment - last) / days(1)) for kind, moment in come_about(made, FAR)}


@pytest.mark.parametrize(
    ("kinds", "details", "expected"),
    [
        pytest.param((ACK,), {}, {Kind.QUIET: 14, Kind.SILENCE: 45}, id="after an application"),
        pytest.param((ACK, TASK), {}, {Kind.QUIET: 7, Kind.SILENCE: 21}, id="after a task"),
        pytest.param((ACK, INVITE), {}, {Kind.QUIET: 7, Kind.SILENCE: 30}, id="after an invitation without a date"),
        pytest.param((ACK,), {"stage": Stage.SCREEN}, {Kind.QUIET: 7, Kind.SILENCE: 21}, id="after a screening"),
        pytest.param(
            (ACK, INVITE),
            {"interview_at": "2026-02-13T10:00"},
            {Kind.QUIET: 7 + 10, Kind.SILENCE: 30 + 10},
            id="from the talk on",
        ),
        pytest.param(
            (ACK,), {"answer_by": "2026-02-23"}, {Kind.QUIET: 23, Kind.SILENCE: 29}, id="they named a day: three weeks"
        ),
        pytest.param((ACK,), {"answer_by": "2026-05-04"}, {Kind.QUIET: 93, Kind.SILENCE: 99}, id="or three months"),
        pytest.param((ACK,), {"answer_by": "2026-02-04"}, {Kind.QUIET: 4, Kind.SILENCE: 10}, id="or two days"),
        pytest.param(
            (ACK, INVITE),
            {"answer_by": "2026-02-06"},
            {Kind.QUIET: 5, Kind.SILENCE: 30},
            id="after a talk they get the usual time",
        ),
        pytest.param(
            (ACK, INVITE),
            {"interview_at": "2026-02-13T10:00", "answer_by": "2026-02-05"},
            {Kind.QUIET: 7 + 10, Kind.SILENCE: 30 + 10},
            id="a day before the talk is about the talk",
        ),
        pytest.param((ACK,), {"answer_by": "soon"}, {Kind.QUIET: 14, Kind.SILENCE: 45}, id="no day at all"),
        pytest.param((NO,), {}, {}, id="closed"),
        pytest.param((ACK, OFFER), {}, {}, id="an offer"),
        pytest.param((NO, INVITE), {}, {Kind.QUIET: 7, Kind.SILENCE: 30}, id="re-opened"),
    ],
)
def test_how_long_a_wait_is_usual(kinds: tuple[Kind, ...], details: dict[str, str], expected: dict[Kind, int]) -> None:
    assert waits(desk(*kinds, **details)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-02-16 08:59", []),
        ("2026-02-16 09:00", [Kind.QUIET]),
        ("2026-03-19 08:59", [Kind.QUIET]),
        ("2026-03-19 09:00", [Kind.QUIET, Kind.SILENCE]),
    ],
)
def test_a_silence_is_dated_to_the_moment_the_wait_became_long(now: str, expected: list[Kind]) -> None:
    assert [kind for kind, _ in come_about(desk(ACK), at(now))] == expected


def test_the_readers_own_patience_counts() -> None:
    patience = Patience(application=Wait(3, 5))
    assert [moment for _, moment in come_about(desk(ACK), FAR, patience)] == [at(FIRST) + days(3), at(FIRST) + days(5)]


def test_the_clock_may_change_meanwhile() -> None:
    """Both talks are at six in the evening at the latest: an hour apart in UTC."""
    winter = desk(INVITE, first="2026-03-20 09:00", interview_at="2026-03-27")
    summer = desk(INVITE, first="2026-03-20 09:00", interview_at="2026-03-30")
    assert come_about(winter, FAR)[0][1] == at("2026-03-27 18:00") + days(7)
    assert come_about(summer, FAR)[0][1] == at("2026-03-30 18:00") + days(7)


def test_each_is_entered_once() -> None:
    made = desk(ACK)
    for day in range(1, 60):
        made.notice(at(FIRST) + days(day))
    assert [event.kind for event in made.events] == [ACK, Kind.QUIET, Kind.SILENCE]
    assert state(made.applications[0]) is State.SILENT


def test_a_mail_ends_a_silence_and_another_may_follow() -> None:
    made = desk(ACK)
    made.notice(at(FIRST) + days(45))
    made.enter(mail(ACK, at(FIRST) + days(50), Details("Tidewell", "Analyst")), told=True)
    assert state(made.applications[0]) is State.OPEN
    made.notice(at(FIRST) + days(64))
    assert [event.kind for event in made.events[-2:]] == [ACK, Kind.QUIET]


@pytest.mark.parametrize("act", [Did.LET_GO, Did.WITHDREW])
def test_what_the_reader_has_ended_goes_quiet_no_more(act: Did) -> None:
    made = desk(ACK)
    made.do(Act(act, at("2026-02-10 09:00"), application=1))
    assert come_about(made, FAR) == []


@pytest.mark.parametrize(("days_after", "old"), [(14, False), (28, False), (28.01, True), (300, True)])
def test_one_that_came_about_long_ago_is_no_news(days_after: float, old: bool) -> None:
    (quiet, *_) = notices(desk(ACK).applications[0], Patience(), ZONE, at(FIRST) + days(days_after))
    assert quiet.lookback is old


def test_a_notice_says_whose_silence_it_is() -> None:
    made = desk(ACK, INVITE)
    (quiet, _) = notices(made.applications[0], Patience(), ZONE, FAR)
    assert (quiet.details.company, quiet.details.role, quiet.details.stage) == ("Tidewell", "Analyst", Stage.INTERVIEW)
    assert quiet.details.answer_by == ""
    assert (quiet.application, quiet.mailbox, quiet.message_id, quiet.folder) == (1, "home", "", "")


def test_a_notice_names_the_day_that_was_promised() -> None:
    for event in notices(desk(ACK, answer_by="2026-02-23").applications[0], Patience(), ZONE, FAR):
        assert event.details.answer_by == "2026-02-23"


def test_their_names_differ_and_stay_the_same() -> None:
    made = desk(ACK)
    keys = [event.key for event in notices(made.applications[0], Patience(), ZONE, FAR)]
    assert len(set(keys)) == 2
    assert keys == [event.key for event in notices(made.applications[0], Patience(), ZONE, FAR + days(9))]


def test_an_application_of_silences_alone_has_none() -> None:
    made = desk(ACK)
    empty = replace(made.applications[0], events=())
    assert list(notices(empty, Patience(), ZONE, FAR)) == []


@pytest.mark.parametrize(
    ("quiet", "now", "expected"),
    [
        ("2026-03-02 18:00", "2026-03-03 23:00", False),
        ("2026-03-02 18:00", "2026-03-04 00:00", True),
        ("2026-03-05 18:00", "2026-03-08 23:00", False),  # Thursday: Friday and Monday
        ("2026-03-05 18:00", "2026-03-09 00:00", True),
        ("2026-03-07 18:00", "2026-03-09 12:00", False),
        ("2026-03-07 18:00", "2026-03-10 00:00", True),
    ],
)
def test_the_one_question_waits_two_working_days(quiet: str, now: str, expected: bool) -> None:
    assert may_ask(mail(Kind.QUIET, quiet), ZONE, at(now)) is expected


mails = st.lists(
    st.tuples(
        st.sampled_from([ACK, INVITE, TASK, NO, OFFER, Kind.UNSURE]),
        st.integers(0, 200),
        st.sampled_from(["", "2026-03-01", "2026-06-30", "never", "2026-02-30"]),
    ),
    min_size=1,
    max_size=6,
)


@given(mails, st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_whatever_came_a_silence_follows_the_last_mail_and_ends_nothing_twice(
    stream: list[tuple[Kind, int, str]], looks: list[int]
) -> None:
    made = Desk()
    for kind, day, promised in sorted(stream, key=lambda one: one[1]):
        said = Details("Tidewell", "Analyst", answer_by=promised, interview_at=promised)
        made.enter(mail(kind, at(FIRST) + days(day), said), told=True)
    for look in sorted(looks):
        made.notice(at(FIRST) + days(look))
    keys = [event.key for event in made.events]
    assert len(keys) == len(set(keys))
    for event in made.events:
        if event.kind in NOTICES:
            assert event.received > _last_mail(made, event) - timedelta(seconds=1)
            assert event.received <= at(FIRST) + days(max(looks))


def _last_mail(made: Desk, notice: Event) -> datetime:
    return max(one.received for one in made.events if one.kind not in NOTICES and one.received <= notice.received)
