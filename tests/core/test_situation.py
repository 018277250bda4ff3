"""The facts of a letter, gathered from the whole log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from tests.core.letters.desk import ROBIN, ZONE, Desk, at, mail
from triage.core.acts import Act, Did
from triage.core.letter import LetterKind, Plan, Sent
from triage.core.situation import Situation
from triage.core.values import Details, Event, Kind, Reason, Stage

NOW = at("2026-03-03 10:00")


def gathered(*events: Event, before: tuple[Event, ...] = (), kind: LetterKind = LetterKind.DAILY) -> Situation:
    desk = Desk(ROBIN)
    desk.enter(*before, told=True)
    desk.enter(*events)
    return desk.situation(Plan(kind, tuple(desk.events[len(before) :])), NOW)


def no(received: str = "2026-03-03 08:00", **details: object) -> Event:
    known = replace(Details("Tidewell", "Analyst"), **details)  # type: ignore[arg-type]  # fields of Details
    return mail(Kind.REJECTION, received, known)


def test_events_go_where_they_belong() -> None:
    kinds = (Kind.REJECTION, Kind.INTERVIEW, Kind.OFFER, Kind.ASSESSMENT, Kind.UNSURE)
    events = [mail(kind, "2026-03-03 08:00", Details(f"Employer {kind}")) for kind in kinds]
    old = replace(no(), lookback=True)
    now = gathered(*events, old)
    assert [one.kind for one in now.rejections] == [Kind.REJECTION]
    assert [one.kind for one in now.good] == [Kind.INTERVIEW, Kind.OFFER, Kind.ASSESSMENT]
    assert [one.kind for one in now.unsure] == [Kind.UNSURE]
    assert [one.id for one in now.earlier] == [6]


def test_names_pass_the_gate() -> None:
    now = gathered(no(company="Evil\r\nBcc: x@y.zz", role="\u202eedoc"))
    assert (now.rejections[0].company, now.rejections[0].role) == ("Evil Bcc: x at y[.]zz", "edoc")


def test_a_name_that_is_nothing_visible_gives_way_to_the_domain() -> None:
    assert gathered(no(company="\u200b\u202e")).rejections[0].name == "jobs[.]example"


@pytest.mark.parametrize(
    ("earlier", "week", "ever", "heavy"),
    [
        ([], 1, 1, False),
        (["2026-02-24 10:01"], 2, 2, False),
        (["2026-02-24 10:00"], 1, 2, False),
        (["2026-02-25 10:00"] * 3, 4, 4, False),
        (["2026-02-25 10:00"] * 4, 5, 5, True),
        (["2026-02-20 10:00"] * 9, 1, 10, False),
    ],
)
def test_counting_the_week(earlier: list[str], week: int, ever: int, heavy: bool) -> None:
    before = tuple(no(received, company=f"Employer {n}") for n, received in enumerate(earlier))
    now = gathered(no(), before=before)
    assert (now.counts.week, now.counts.ever, now.heavy) == (week, ever, heavy)


def test_the_furthest_is_the_latest_stage_and_then_the_latest_mail() -> None:
    screened = no(company="A", stage=Stage.SCREEN)
    talked = [no(f"2026-03-03 0{hour}:00", company=f"B{hour}", stage=Stage.INTERVIEW) for hour in (8, 9)]
    furthest = gathered(screened, *talked).furthest
    assert furthest is not None
    assert furthest.company == "B9"


def test_facts_about_one_application() -> None:
    first = mail(Kind.ACKNOWLEDGEMENT, "2026-02-01 09:00", Details("Tidewell", "Analyst"))
    invited = mail(Kind.INTERVIEW, "2026-02-10 09:00", Details("Tidewell", "Analyst"))
    told = gathered(no(role="", feedback=("Clear maps.",), reapply=True), before=(first, invited)).rejections[0]
    assert (told.role, told.days, told.talks, told.stage) == ("Analyst", 29, 1, Stage.INTERVIEW)
    assert (told.feedback, told.reapply, told.received) == (1, True, datetime(2026, 3, 3, 8, tzinfo=ZONE))


@pytest.mark.parametrize(
    ("at_", "when"),
    [
        ("", None),
        ("2026-03-12", date(2026, 3, 12)),
        ("2026-03-12T14:30", datetime.fromisoformat("2026-03-12T14:30")),
        ("2026-03-12T14:30+00:00", datetime(2026, 3, 12, 15, 30, tzinfo=ZONE)),
        ("2026-03-12T23:30:00+00:00", datetime(2026, 3, 13, 0, 30, tzinfo=ZONE)),
        ("2026-03", None),
        ("2026-02-30", None),
        ("next week!", None),
        ("soon", None),
    ],
)
def test_dates_as_precise_as_the_mail(at_: str, when: datetime | date | None) -> None:
    details = Details("Tidewell", "Analyst", deadline=at_, interview_at=at_)
    told = gathered(mail(Kind.INTERVIEW, "2026-03-03 08:00", details)).good[0]
    assert told.when == when
    assert told.deadline == (when.date() if isinstance(when, datetime) else when)


@pytest.mark.parametrize(
    ("stored", "when", "zone", "moved"),
    [
        ("2026-03-12T14:30", "2026-03-12 14:30", "", False),
        ("2026-03-12T14:30+01:00", "2026-03-12 14:30", "", False),
        ("2026-03-12T14:30+00:00", "2026-03-12 15:30", "", True),
        ("2026-03-12T20:30-05:00", "2026-03-13 02:30", "", True),
        ("2026-03-12T14:30 IST", "2026-03-12 14:30", "IST", False),
        ("2026-03-12T14:30 a.example time", "2026-03-12 14:30", "a[.]example time", False),
    ],
)
def test_whose_time_it_is(stored: str, when: str, zone: str, moved: bool) -> None:
    told = gathered(mail(Kind.INTERVIEW, "2026-03-03 08:00", Details("Tidewell", interview_at=stored))).good[0]
    assert (f"{told.when:%Y-%m-%d %H:%M}", told.zone, told.moved) == (when, zone, moved)


def test_open_applications_latest_first_without_closed_and_long_silent_ones() -> None:
    before = [
        mail(Kind.ACKNOWLEDGEMENT, day, Details(company))
        for company, day in (
            ("Quiet", "2026-01-10 09:00"),
            ("Second", "2026-02-01 09:00"),
            ("First", "2026-03-01 09:00"),
        )
    ]
    now = gathered(
        no(), before=(*before, mail(Kind.ACKNOWLEDGEMENT, "2026-02-20 09:00", Details("Tidewell", "Analyst")))
    )
    assert [one.company for one in now.still_open] == ["First", "Second"]


@pytest.mark.parametrize(
    ("kind", "received", "glad"),
    [
        (Kind.INTERVIEW, "2026-03-02 10:01", True),
        (Kind.INTERVIEW, "2026-03-02 10:00", False),
        (Kind.OFFER, "2026-03-03 09:00", True),
        (Kind.ACKNOWLEDGEMENT, "2026-03-03 09:00", False),
    ],
)
def test_a_mixed_day(kind: Kind, received: str, glad: bool) -> None:
    assert gathered(no(), before=(mail(kind, received, Details("Other")),)).glad is glad


@pytest.mark.parametrize("reason", sorted(Reason))
def test_only_a_stopped_role_is_an_outside_reason(reason: Reason) -> None:
    assert gathered(no(reason=reason)).rejections[0].external is (reason is Reason.POSITION_CLOSED)


def test_a_no_that_comes_twice_is_one() -> None:
    """By mail and by portal: one application, one no, and both mails count as told."""
    now = gathered(
        no(company="Skarv", role="Clerk"),
        no(company="Skarv", role="Clerk", stage=Stage.INTERVIEW),
        no(company="Halden", role="Clerk"),
    )
    assert [(one.company, one.stage) for one in now.rejections] == [
        ("Skarv", Stage.INTERVIEW),
        ("Halden", Stage.APPLICATION),
    ]
    assert (now.counts.week, now.counts.ever, len(now.events)) == (2, 2, 3)


# --- Silence, skills, endings ---------------------------------------------------------------------------------------


def test_quiet_and_then_silent_before_a_letter_could_say_so_is_silent() -> None:
    before = tuple(mail(Kind.ACKNOWLEDGEMENT, "2026-01-10 09:00", Details(name, "Clerk")) for name in ("A", "B"))
    notices = (
        mail(Kind.QUIET, "2026-02-20 09:00", Details("A", "Clerk")),
        mail(Kind.QUIET, "2026-02-20 09:00", Details("B", "Clerk")),
        mail(Kind.SILENCE, "2026-02-27 09:00", Details("A", "Clerk")),
    )
    now = gathered(*notices, before=before, kind=LetterKind.WEEKLY)
    assert [one.company for one in now.quiet] == ["B"]
    assert [one.company for one in now.silent] == ["A"]
    assert len(now.events) == 3
    assert (now.silent[0].waited, now.silent[0].last) == (48, date(2026, 1, 10))


@pytest.mark.parametrize(
    ("lines", "skill"),
    [
        (("You know SQL well.", "We missed more SQL."), "SQL"),
        (("PostgreSQL was fine.", "PostgreSQL and SQL again.", "SQL!"), "PostgreSQL"),
        (("You know SQL well.",), ""),
        (("SQL, SQL and SQL.",), ""),
        (("Your presentation was clear.", "A clear presentation."), ""),
        (("Some C++ is missing.", "We need C++ daily."), "C++"),
        ((), ""),
    ],
)
def test_a_skill_is_named_by_two_employers(lines: tuple[str, ...], skill: str) -> None:
    before = tuple(no("2026-02-10 09:00", company=f"E{n}", feedback=(line,)) for n, line in enumerate(lines))
    assert gathered(no(), before=before).skill == skill


@pytest.mark.parametrize(
    ("received", "stage", "then", "company"),
    [
        ("2026-02-25 09:00", Stage.FINAL, None, "A"),
        ("2026-02-17 09:59", Stage.FINAL, None, ""),
        ("2026-02-25 09:00", Stage.INTERVIEW, None, ""),
        ("2026-02-25 09:00", Stage.FINAL, Kind.INTERVIEW, ""),
    ],
    ids=["days ago", "longer ago", "no last round", "re-opened since"],
)
def test_what_ended_in_a_last_round(received: str, stage: Stage, then: Kind | None, company: str) -> None:
    before = [no(received, company="A", stage=stage)]
    if then:
        before.append(mail(then, "2026-02-27 09:00", Details("A", "Analyst")))
    ended = gathered(no(), before=tuple(before)).ended
    assert (ended.company if ended else "") == company


def test_the_promised_day_and_who_wrote() -> None:
    event = replace(no(answer_by="2026-03-13"), human=True)
    told = gathered(event).rejections[0]
    assert (told.promised, told.human) == (date(2026, 3, 13), True)


def test_what_is_fresh_was_heard_of_in_the_last_ten_days() -> None:
    before = tuple(
        mail(Kind.ACKNOWLEDGEMENT, day, Details(company))
        for company, day in (("New", "2026-02-22 09:00"), ("Old", "2026-02-21 09:00"))
    )
    now = gathered(no(), before=before)
    assert [one.company for one in now.still_open] == ["New", "Old"]
    assert [one.company for one in now.fresh] == ["New"]


@pytest.mark.parametrize("act", [Did.LET_GO, Did.WITHDREW])
def test_what_the_reader_has_ended_is_not_open(act: Did) -> None:
    desk = Desk()
    desk.enter(mail(Kind.ACKNOWLEDGEMENT, "2026-03-01 09:00"), told=True)
    desk.do(Act(act, at("2026-03-02 09:00"), application=1))
    assert desk.situation(Plan(LetterKind.WEEKLY), NOW).still_open == ()


@pytest.mark.parametrize(("sent", "first"), [(LetterKind.PROMPT, True), (LetterKind.DAILY, False)])
def test_the_first_letter_of_the_day_knows_that_it_is_the_first(sent: LetterKind, first: bool) -> None:
    desk = Desk()
    desk.enter(no())
    assert desk.situation(Plan(LetterKind.DAILY, tuple(desk.events)), NOW).first
    desk.sent.append(Sent(sent, at("2026-03-01 09:00")))
    assert desk.situation(Plan(LetterKind.DAILY, tuple(desk.events)), NOW).first is first
