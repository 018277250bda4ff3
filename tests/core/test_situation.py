"""The facts of a letter, and the one gate through which words of strangers reach it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.letters.desk import ROBIN, ZONE, Desk, at, mail
from triage.core.letter import LetterKind, Plan
from triage.core.situation import LONGEST, Situation, shown
from triage.core.values import Details, Event, Kind, Reason, Stage

NOW = at("2026-03-03 10:00")

AUTO_LINKED = re.compile(
    r"""(?ix) ://                                   # any scheme with a host
    | \bwww\.\S                                     # what begins like a web address
    | [^\s.] \. (?!js\b) [^\W\d_]{2}                  # what ends like one (node.js does not)
    | \S@\S                                         # a mail address
    | \b(?:mailto|tel|sms|file|javascript|data):\S  # schemes without a host
    | \\\\\w                                        # a Windows share
    """
)
"""What mail programs turn into a link by themselves."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tidewell", "Tidewell"),
        ("  Tide \t well\u00a0", "Tide well"),
        ("Tide\r\nBcc: robin", "Tide Bcc: robin"),
        ("Tide\u2028well\u2029\x85\x0bend", "Tide well end"),
        ("Tide\x00\x07well", "Tidewell"),
        ("\x1b[31mTide\x1b[0m", "[31mTide[0m"),
        ("\x9b31mTide", "31mTide"),
        ("Tide\u202ellew\u2066", "Tidellew"),
        ("T\u200bi\u200dd\u2060e\ufeffwell\u00ad", "Tidewell"),
        ("Tide\U000e0041well\ue000\ud800", "Tidewell"),
        ("https://evil.example/a?b=c", "https[:]//evil[.]example/a?b=c"),
        ("HTTP://EVIL.EXAMPLE", "HTTP[:]//EVIL[.]EXAMPLE"),
        ("ht\u200btps://evil.example", "https[:]//evil[.]example"),
        ("gopher://x", "gopher[:]//x"),
        ("www.evil.example", "www[.]evil[.]example"),
        ("www.1", "www[.]1"),
        ("e\u0301vile\u0301.com", "e\u0301vile\u0301[.]com"),
        ("and so on...", "and so on..."),
        ("Booking.com", "Booking[.]com"),
        ("почта.рф", "почта[.]рф"),
        ("evil。com", "evil[。]com"),
        ("evil．com", "evil[．]com"),
        ("jobs@evil.example", "jobs at evil[.]example"),
        ("mailto:jobs", "mailto[:]jobs"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("tel:+4612345", "tel[:]+4612345"),
        (r"\\host\share", r"\ host\share"),
        ("{{7*7}}", "{{7*7}}"),
        ("{0.__class__}", "{0.__class__}"),
        ("%s %(x)s $x ${x}", "%s %(x)s $x ${x}"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Entwickler:in (m/w/d)", "Entwickler:in (m/w/d)"),
        ("U.S. Steel, J.P. Morgan", "U.S. Steel, J.P. Morgan"),
        ("Node.js Developer, C++/C#, v1.2", "Node.js Developer, C++/C#, v1.2"),
        ("Åland & Søn – 東京 é", "Åland & Søn – 東京 é"),
        ("x" * 500, "x" * (LONGEST - 1) + "…"),
        ("a" * 79 + " b", "a" * 79 + "…"),
        ("x" * LONGEST, "x" * LONGEST),
        (" \u200b ", ""),
        ("", ""),
    ],
)
def test_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


PIECES = [
    "https://",
    "www.",
    ".com",
    "..co",
    "mailto:",
    "a.b",
    "\\\\a",
    "@b",
    "{{",
    "&amp;",
    *"\r\n\t\0\x1b\u202e\u200b\u2028.@:/[]",
]
hostile = st.lists(st.one_of(st.text(max_size=5), st.text(max_size=120), st.sampled_from(PIECES))).map("".join)


@given(hostile)
@example("a.\u200bcom")
@example("www\u200b.a.b")
@example("\\\\\\host")
@example("http:\n//a")
@example(":://a")
@example("WWW..AA")
@example("0" * 73 + "{WWW. 00")
@example("0" * 115 + "WWW. 00000")
def test_shown_holds_for_any_text(text: str) -> None:
    line = shown(text)
    assert len(line) <= LONGEST
    assert line == " ".join(line.split())
    assert len(line.splitlines()) <= 1
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]
    assert not AUTO_LINKED.search(line)
    assert shown(line) == line


# --- Gathering ------------------------------------------------------------------------------------------------------


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
    assert (now.week, now.ever, now.heavy) == (week, ever, heavy)


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
    assert (now.week, now.ever, len(now.events)) == (2, 2, 3)
