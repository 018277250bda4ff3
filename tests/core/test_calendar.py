"""Talks and deadlines as a calendar: what moved keeps its name, what is off says so, and nothing rings or tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from tests.core.letters.desk import ZONE, Desk, at, mail
from tests.core.report.searches import LANGUAGES, words
from triage.core.acts import Act, Did
from triage.core.calendar import Entry, entries, written
from triage.core.values import Details, Event, Kind

INVITE, NO = Kind.INTERVIEW, Kind.REJECTION
TIDEWELL = Details("Tidewell", "Analyst")


def came(kind: Kind, received: str, **details: str) -> Event:
    return mail(kind, received, replace(TIDEWELL, **details))  # type: ignore[arg-type]  # its fields


def dates(*events: Event, acts: tuple[Act, ...] = ()) -> tuple[Entry, ...]:
    desk = Desk()
    desk.enter(*events)
    desk.do(*acts)
    return entries(desk.applications, ZONE)


INVITED = came(INVITE, "2026-03-02 09:00", interview_at="2026-03-12T14:00")


@pytest.mark.parametrize(
    ("said", "at_"),
    [
        ("2026-03-12T14:00", datetime(2026, 3, 12, 13, tzinfo=UTC)),
        ("2026-03-12T14:00-05:00", datetime(2026, 3, 12, 19, tzinfo=UTC)),
        ("2026-03-29T02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-07-12T14:00", datetime(2026, 7, 12, 12, tzinfo=UTC)),
        ("2026-03-12", date(2026, 3, 12)),
        ("2026-03-12T14:00 IST", date(2026, 3, 12)),
    ],
)
def test_when_it_is(said: str, at_: datetime | date) -> None:
    (entry,) = dates(came(INVITE, "2026-03-02 09:00", interview_at=said))
    assert entry.at == at_
    assert entry.words == ("2026-03-12 14:00 IST" if "IST" in said else "")


def test_what_has_moved_keeps_its_name() -> None:
    (first,) = dates(INVITED)
    moved = came(INVITE, "2026-03-10 09:00", interview_at="2026-03-16T10:00")
    (entry,) = dates(INVITED, moved)
    assert (entry.uid, entry.day, entry.before, entry.changes) == (first.uid, date(2026, 3, 16), date(2026, 3, 12), 1)
    assert entry.stamp > first.stamp


def test_what_is_confirmed_changes_nothing() -> None:
    again = came(INVITE, "2026-03-10 09:00", interview_at="2026-03-12T14:00")
    assert dates(INVITED, again) == dates(INVITED)


def test_a_second_talk_is_another_one() -> None:
    second = came(INVITE, "2026-03-13 09:00", interview_at="2026-03-20T10:00")
    found = dates(INVITED, second)
    assert len({entry.uid for entry in found}) == 2
    assert [entry.changes for entry in found] == [0, 0]


@pytest.mark.parametrize(
    ("events", "acts", "off"),
    [
        ([came(NO, "2026-03-11 09:00")], (), True),
        ([came(NO, "2026-03-12 10:00")], (), True),
        ([came(NO, "2026-03-12 15:00")], (), False),
        ([came(NO, "2026-03-20 09:00")], (), False),
        ([], (Act(Did.WITHDREW, at("2026-03-10 09:00"), application=1),), True),
        ([], (Act(Did.WITHDREW, at("2026-03-15 09:00"), application=1),), False),
    ],
)
def test_what_is_off_says_so(events: list[Event], acts: tuple[Act, ...], off: bool) -> None:
    (entry,) = dates(INVITED, *events, acts=acts)
    assert entry.off is off
    assert entry.changes == off


def test_a_deadline_is_a_day_and_comes_once() -> None:
    task = came(Kind.ASSESSMENT, "2026-03-02 09:00", deadline="2026-03-09")
    again = came(Kind.ASSESSMENT, "2026-03-04 09:00", deadline="2026-03-09")
    (entry,) = dates(task, again)
    assert (entry.what, entry.at, entry.changes) == ("deadline", date(2026, 3, 9), 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file(language: str) -> None:
    task = came(Kind.ASSESSMENT, "2026-03-02 09:00", deadline="2026-03-09")
    moved = came(INVITE, "2026-03-10 09:00", interview_at="2026-03-16T10:00")
    found = dates(task, INVITED, moved, came(NO, "2026-03-11 09:00"))
    data = written(found, words(language))
    read = Calendar.from_ical(data)
    due, talk = sorted(read.walk("VEVENT"), key=lambda event: str(event["uid"]) != found[0].uid)
    assert not read.walk("VALARM")
    assert (due.decoded("dtstart"), due.decoded("dtend")) == (date(2026, 3, 9), date(2026, 3, 10))
    assert talk.decoded("dtstart") == datetime(2026, 3, 16, 9, tzinfo=UTC)
    assert (talk["status"], talk["class"], talk["sequence"]) == ("CANCELLED", "PRIVATE", 2)
    assert "Tidewell" in str(talk["summary"])
    for word in ("rejection", "Absage", "refus", "rechaz", " no "):
        assert word.encode() not in data.replace(b"\r\n ", b"")
    assert written(found, words(language)) == data, "the same bytes for the same dates"


def test_words_of_mails_cannot_add_to_the_file() -> None:
    hostile = Details("X\r\nEND:VEVENT\nBEGIN:VALARM\u202e;,", "\\n", interview_at="2026-03-12T14:00")
    data = written(dates(mail(INVITE, "2026-03-02 09:00", hostile)), words("en"))
    read = Calendar.from_ical(data)
    assert [one.name for one in read.walk()] == ["VCALENDAR", "VEVENT"]
    assert not read.errors
