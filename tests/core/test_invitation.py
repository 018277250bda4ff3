"""When an interview begins, by calendar parts as the large programs write them, and by hostile ones."""

from __future__ import annotations

import base64
import quopri
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_dates import JUDGE
from triage.core import message
from triage.core.extract.invitation import start
from triage.core.headers import split_header
from triage.core.mime_fallback import MAX_CALENDAR, MAX_CALENDARS, read_plainly
from triage.core.values import Cursor, Kind, Message, RawMessage

RECEIVED = datetime(2026, 3, 10, 9, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "corpus" / "calendar"


def calendar(*lines: str, method: str = "REQUEST", zones: str = "") -> str:
    event = "\r\n".join(lines)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\n{zones}"
        f"BEGIN:VEVENT\r\nUID:1\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def zone(name: str, offset: str, rule: str = "") -> str:
    return (
        f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n{rule}"
        f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("DTSTART:20260324T130000Z", "2026-03-24T13:00+00:00"),
        ("DTSTART:20260324T140000", "2026-03-24T14:00"),
        ("DTSTART;VALUE=DATE:20260324", "2026-03-24"),
        ("DTSTART;TZID=Europe/Berlin:20260324T140000", "2026-03-24T14:00+01:00"),
        ("DTSTART;TZID=Europe/Berlin:20260724T140000", "2026-07-24T14:00+02:00"),
        ("DTSTART;TZID=W. Europe Standard Time:20260324T140000", "2026-03-24T14:00+01:00"),
        ('DTSTART;TZID="Eastern Standard Time":20260324T140000', "2026-03-24T14:00-04:00"),
        ("DTSTART;TZID=/citadel.org/20260101_1/Europe/Berlin:20260324T140000", "2026-03-24T14:00+01:00"),
        ("DTSTART;TZID=Eu\r\n rope/Berlin:2026\r\n\t0324T140000", "2026-03-24T14:00+01:00"),
        ("DTSTART;TZID=Somewhere:20260324T140000", "2026-03-24T14:00 Somewhere"),
        ("DTSTART;TZID=(UTC+01:00) Amsterdam:20260324T140000", None),
        ("DTSTART;TZID=Europe/Berlin:20260324T140000Z", None),
        ("DTSTART:20260301T140000Z", None),
        ("DTSTART:20290324T140000Z", None),
        ("DTSTART:next week", None),
        ("DTSTART;TZID=America:20260324T140000", None),
        ("DTSTART:20260324T130000Z\r\nDTSTART:20260325T130000Z", None),
        ("DTSTART:20260324T130000Z\r\nRRULE:FREQ=SECONDLY", "2026-03-24T13:00+00:00"),
        ("DTSTART:20260324T130000Z\r\nSTATUS:CANCELLED", ""),
        ("BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nDTSTART:20260324T130000Z", "2026-03-24T13:00+00:00"),
    ],
)
def test_when_it_begins(line: str, begins: str | None) -> None:
    assert start([calendar(line)], RECEIVED) == begins


AT_TWO = "DTSTART;TZID=Mine:20260324T140000"


@pytest.mark.parametrize(
    ("calendars", "begins"),
    [
        ([calendar(AT_TWO, zones=zone("Mine", "+0300"))], "2026-03-24T14:00+03:00"),
        ([calendar(AT_TWO, zones=zone("Mine", "+0300")), calendar(AT_TWO)], "2026-03-24T14:00 Mine"),
        ([calendar(AT_TWO, zones=zone("Mine", "-0930"))], "2026-03-24T14:00-09:30"),
        ([calendar(AT_TWO, zones=zone("Mine", "+0100", "RRULE:FREQ=SECONDLY\r\n"))], "2026-03-24T14:00+01:00"),
        ([calendar("DTSTART:20260324T130000Z", method="CANCEL")], ""),
        ([calendar("DTSTART:20260324T130000Z", method="REPLY")], None),
        ([calendar("DTSTART:20260324T130000Z", method="COUNTER")], None),
        (
            [calendar("DTSTART:20260324T130000Z", method="CANCEL"), calendar("DTSTART:20260326T130000Z")],
            "2026-03-26T13:00+00:00",
        ),
        ([calendar("DTSTART:20260326T130000Z\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20260325T090000Z")],
         "2026-03-25T09:00+00:00"),
        ([], None),
        ([""], None),
        (["/etc/passwd"], None),
        (["BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nDTSTART:20260324T130000Z"], None),
        (["END:VEVENT\r\n" * 50], None),
        (["BEGIN:VEVENT\r\n" * 5000], None),
    ],
)  # fmt: skip
def test_what_calendars_say(calendars: list[str], begins: str | None) -> None:
    assert start(calendars, RECEIVED) == begins


def test_one_mails_zone_is_not_anothers() -> None:
    """Programs call every zone of their own the same, and strangers may call theirs as they like."""
    for name in ("Customized Time Zone", "W. Europe Standard Time"):
        line = f"DTSTART;TZID={name}:20260324T140000"
        before = start([calendar(line)], RECEIVED)
        start([calendar(line, zones=zone(name, "-1100"))], RECEIVED)
        assert start([calendar(line)], RECEIVED) == before


HEAD = b"From: Elm Bakery <jobs@elm.example>\r\nTo: kit@reader.example\r\nSubject: Interview\r\nMIME-Version: 1.0\r\n"
SAID = b"We would like to invite you to an interview for the post of Baker."
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "8bit": lambda data: data,
    "base64": base64.encodebytes,
    "quoted-printable": quopri.encodestring,
}
KINDS = {
    "inline": b"Content-Type: text/calendar; charset=utf-8; method=REQUEST",
    "attached": b'Content-Type: application/ics; name="invite.ics"\r\nContent-Disposition: attachment',
    "octets": b'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="Invite.ICS"',
}


def mail(ics: bytes, *, kind: str = "inline", encoding: str = "8bit", said: bytes = SAID, times: int = 1) -> bytes:
    part = b"--q\r\n%s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s\r\n" % (
        KINDS[kind], encoding.encode(), ENCODINGS[encoding](ics)
    )  # fmt: skip
    text = b"--q\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n" % said
    return HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n" + text + part * times + b"--q--\r\n"


def read(data: bytes) -> Message:
    return message.parse(RawMessage(Cursor("home", "INBOX", 1, 1), RECEIVED, data))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_calendar_part_is_kept_however_it_comes(kind: str, encoding: str) -> None:
    ics = calendar("DTSTART:20260324T130000Z", "SUMMARY:Gespräch")
    found = read(mail(ics.encode(), kind=kind, encoding=encoding, times=2))
    assert found.calendar
    assert [text.split() for text in found.calendars] == [ics.split()]
    data = mail(ics.encode(), kind=kind, encoding=encoding).replace(b"\r\n", b"\n")
    assert [text.split() for text in read_plainly(*split_header(data), "broken").calendars] == [ics.split()]


def test_calendars_are_bounded() -> None:
    parts = b"".join(mail(b"X:%d\r\n" % n + b"y" * 90_000)[len(HEAD) :] for n in range(9))
    for kept in (read(HEAD + parts).calendars, read_plainly(*split_header(HEAD + parts), "broken").calendars):
        assert len(kept) <= MAX_CALENDARS
        assert all(len(text) <= MAX_CALENDAR for text in kept)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("exchange", "2026-03-24T14:00+01:00"),
        ("google", "2026-03-24T15:30+00:00"),
        ("teams", "2026-06-16T09:00-04:00"),
        ("exchange-own-zone", "2026-03-24T14:00+01:00"),
        ("google-cancelled", ""),
        ("all-day", "2026-03-24"),
    ],
)
def test_calendars_as_programs_write_them(name: str, begins: str) -> None:
    assert start([(SAMPLES / f"{name}.ics").read_text("utf-8")], RECEIVED) == begins


@pytest.mark.parametrize(
    ("said", "ics", "interview"),
    [
        ("", calendar("DTSTART;TZID=Europe/Berlin:20260324T140000"), "2026-03-24T14:00+01:00"),
        (" It is on 24 March at 14:00.", calendar("DTSTART:20260324T130000Z"), "2026-03-24T13:00+00:00"),
        (" It is on 24 March at 14:00 CET.", calendar("DTSTART;VALUE=DATE:20260324"), "2026-03-24T14:00+01:00"),
        (" It is on 25 March at 14:00.", calendar("DTSTART;VALUE=DATE:20260324"), "2026-03-24"),
        (" It is on 24 March at 14:00.", calendar("DTSTART:20260324T130000Z", method="CANCEL"), ""),
        (" It is on 24 March at 14:00.", calendar("DTSTART:20260324T130000Z", method="REPLY"), "2026-03-24T14:00"),
        (" It is on 24 March at 14:00.", "no calendar", "2026-03-24T14:00"),
    ],
)
def test_the_calendar_knows_better_than_the_words(said: str, ics: str, interview: str) -> None:
    verdict, details = JUDGE.verdict(read(mail(ics.encode(), said=SAID + said.encode())))
    assert verdict.kind is Kind.INTERVIEW
    assert details.interview_at == interview


LINES = [
    "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE",
    "BEGIN:STANDARD", "END:STANDARD", "METHOD:REQUEST", "METHOD:CANCEL", "TZID:Mine", "TZID:", "STATUS:CANCELLED",
    "DTSTART:20260324T140000", "DTSTART;TZID=Mine:20260324T140000", "DTSTART;TZID=:20260324T140000",
    "DTSTART:00010101T000000", "DTSTART:99991231T235959Z", "DTSTART;TZID=Mine:99991231T235959", "DTSTART;VALUE=TEXT:x",
    "DTSTART;VALUE=PERIOD:20260324T140000Z/P1D", "TZOFFSETFROM:+0100", "TZOFFSETTO:-2359", "TZOFFSETTO:+010030",
    "TZOFFSETTO:x", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=YEARLY;BYMONTH=13;BYDAY=9XX",
    "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RRULE:FREQ=YEARLY;BYMONTH=1;UNTIL=00000000",
    "RRULE:FREQ=SECONDLY", "RDATE:20260101T000000", "RDATE;VALUE=PERIOD:x", "RDATE:x", " folded", "\tfolded",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40)), max_size=40))
def test_whatever_a_calendar_says_it_is_read_in_time(lines: list[str]) -> None:
    began = time.process_time()
    found = start(["\r\n".join(lines)], RECEIVED)
    assert time.process_time() - began < 1
    assert found is None or found == "" or "2026-03-10" <= found[:10] <= "2028-03-12"


@pytest.mark.parametrize(
    "flood",
    [
        calendar("DTSTART:20260324T140000\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n" * 2000),
        calendar(AT_TWO, zones=zone("Mine", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1,2,3,4,5,6\r\n" * 200)),
        calendar(AT_TWO, zones=zone("Mine", "+0100", "RDATE:20260101T000000\r\n" * 4000)),
        calendar(AT_TWO, zones=zone("Mine", "+0100") * 900),
        calendar((AT_TWO + "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n") * 900, zones=zone(
            "Mine", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1,2,3,4,5,6,7,8,9,10,11,12,13\r\n")),
        "DTSTART" + ";X=" * 20_000,
        "BEGIN:VEVENT" + "\r\n " * 20_000,
        "RRULE:" + "FREQ=YEARLY;" * 5_000,
        "BEGIN:VTIMEZONE\r\n" * 4_000,
    ],
)  # fmt: skip
def test_floods_take_no_time(flood: str) -> None:
    start([calendar("DTSTART:20260324T140000Z")], RECEIVED)  # the library is loaded once
    began = time.process_time()
    start([flood[:MAX_CALENDAR]] * 3, RECEIVED)
    assert time.process_time() - began < 1
