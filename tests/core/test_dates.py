"""Which of the dates in a mail is the interview's, and which is a deadline."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage.cli.build import judge
from triage.core import message
from triage.core.values import Address, Cursor, Details, Kind, Message, RawMessage

SAMPLE = Path(__file__).parents[2] / "triage" / "demo" / "sample"
SCRIPT = tomllib.loads((SAMPLE / "search.toml").read_text(encoding="utf-8"))
JUDGE = judge(frozenset({"robin@ekholm.example"}))
DATES = {
    "03-tidewell.eml": ("", "2026-03-04T09:30"),
    "07-brackwater-homes.eml": ("", "2026-03-05"),
    "11-tallow-finch.eml": ("", "2026-03-10T10:00+01:00"),
    "15-proofbench.eml": ("2026-03-11", ""),
    "20-tallow-finch.eml": ("", "2026-03-12"),
    "25-skarv-maps.eml": ("", "2026-03-16T13:00"),
    "36-skarv-maps.eml": ("2026-03-27", ""),
}
"""Deadline and interview of the demo's mails that ask for something; all others name neither."""


def dates(details: Details) -> tuple[str, str]:
    return details.deadline, details.interview_at


@pytest.mark.parametrize("row", SCRIPT["mail"], ids=lambda row: row["file"])
def test_the_dates_of_the_demo(row: dict[str, object]) -> None:
    received = row["received"]
    assert isinstance(received, datetime)
    at = received.replace(tzinfo=ZoneInfo(SCRIPT["time_zone"])).astimezone(UTC)
    raw = RawMessage(Cursor("", "", 0, 0), at, (SAMPLE / str(row["file"])).read_bytes())
    _, details = JUDGE.verdict(message.parse(raw))
    assert dates(details) == DATES.get(str(row["file"]), ("", ""))


@pytest.mark.parametrize(
    ("said", "deadline", "interview"),
    [
        (
            "Thank you for applying on Tuesday. We would like to invite you to an interview. Date: 1 December 2026. "
            "We will get back to everyone by Friday 4 December.",
            "",
            "2026-12-01",
        ),
        (
            "The advert closed on 30 November and our office is closed until 27 November. We would like to invite you "
            "to an interview. When: 2 December 2026 at 11:00.",
            "",
            "2026-12-02T11:00",
        ),
        (
            "We would like to invite you to an interview on Tuesday 1 December 2026 at 3pm EST.",
            "",
            "2026-12-01T15:00 EST",
        ),
        ("We would like to invite you to an interview. Thank you for calling on Friday.", "", ""),
        (
            "We would like to invite you to an interview on 3 December at 10:00. Please confirm by 30 November.",
            "2026-11-30",
            "2026-12-03T10:00",
        ),
    ],
)
def test_a_date_is_told_only_where_it_is_meant(said: str, deadline: str, interview: str) -> None:
    read = Message(
        key="1",
        message_id="<1@elm.example>",
        received=datetime(2026, 11, 21, 9, tzinfo=UTC),
        sender=Address("Elm Bakery", "jobs@elm.example"),
        recipients=(),
        subject="Your application for Baker",
        text=said,
    )
    verdict, details = JUDGE.verdict(read)
    assert verdict.kind is Kind.INTERVIEW
    assert dates(details) == (deadline, interview)
