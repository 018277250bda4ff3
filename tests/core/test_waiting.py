"""The day by which an employer says it will answer."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.judging import EARS, LANGUAGES
from triage.cli.build import judge
from triage.core.detect.times import times_of
from triage.core.extract.waiting import WAITED_FOR, Waiting, plain
from triage.core.values import Address, Kind, Message

TOLD = tomllib.loads((Path(__file__).parents[1] / "corpus/waiting.toml").read_text(encoding="utf-8"))
TUESDAY = datetime(2026, 3, 3, 10, tzinfo=UTC)
WORDS = sorted(
    {word for ear in EARS for word in ear.signals.times.words} | {"we will", "2-3", "31.2.", "wir melden uns"}
)


def until(said: str, language: str = "en", received: datetime = TUESDAY, meeting: str = "") -> str:
    return Waiting([LANGUAGES.ear(language)]).until(Kind.ACKNOWLEDGEMENT, [said], received, meeting)


def _told() -> Iterator[tuple[str, str, str]]:
    for language, rows in TOLD.items():
        yield from ((language, said, day) for said, day in rows["told"])
        yield from ((language, said, "") for said in rows["silent"])


@pytest.mark.parametrize(("language", "said", "day"), list(_told()))
def test_what_employers_say(language: str, said: str, day: str) -> None:
    assert until(said, language) == day


@pytest.mark.parametrize("language", [ear.language for ear in EARS])
def test_every_language_has_enough_of_both(language: str) -> None:
    assert len(TOLD[language]["told"]) >= 12
    assert len(TOLD[language]["silent"]) >= 8


@pytest.mark.parametrize(
    ("received", "said", "day"),
    [
        ("2026-01-31", "You will hear from us within a month.", "2026-02-28"),
        ("2026-12-15", "We will let you know by 10 January.", "2027-01-10"),
        ("2026-12-15", "We will let you know by the end of next month.", "2027-01-31"),
        ("2026-03-07", "We will let you know next week.", "2026-03-13"),
        ("2026-03-07", "We will let you know by the end of this week.", "2026-03-13"),
        ("2026-03-06", "We will let you know in two working days.", "2026-03-10"),
        ("2026-03-06", "We will let you know by Friday.", "2026-03-13"),
        ("2026-03-06", "We will let you know by Wednesday next week.", "2026-03-11"),
        ("2026-03-07", "We will let you know in five working days.", "2026-03-13"),
        ("2026-03-06", "We will let you know by 4/20/2026.", "2026-04-20"),
        ("2026-03-06", "We will let you know by 20/4/2026.", "2026-04-20"),
        ("2026-03-06", "We will let you know by 4/5/2026.", ""),
        ("2026-03-20", "We will let you know by 10 March.", ""),
        ("2026-03-20", "We will let you know by 31 June.", ""),
        ("2026-03-20", "We will let you know by 20 March 2029.", ""),
        ("2026-03-20", "We will let you know within 200 weeks.", ""),
    ],
)
def test_days_count_from_the_mail(received: str, said: str, day: str) -> None:
    assert until(said, received=datetime.fromisoformat(received).replace(tzinfo=UTC)) == day


def test_the_later_of_two_days_counts() -> None:
    said = ["You will hear from us within two weeks.", "If you have heard nothing by 10 April, please assume a no."]
    assert Waiting(EARS).until(Kind.ACKNOWLEDGEMENT, said, TUESDAY) == "2026-04-10"


@pytest.mark.parametrize(
    ("meeting", "day"), [("2026-03-12T10:00+01:00", "2026-03-19"), ("2026-03-12", "2026-03-19"), ("", "")]
)
def test_a_week_after_the_talk_counts_from_the_talk(meeting: str, day: str) -> None:
    assert until("We will let you know within a week of the interview.", meeting=meeting) == day


def test_the_day_of_the_talk_is_not_that_of_the_answer() -> None:
    assert until("I will call you on Thursday.", meeting="2026-03-05T15:00") == ""


@pytest.mark.parametrize("kind", sorted(set(Kind) - WAITED_FOR))
def test_other_mail_promises_nothing(kind: Kind) -> None:
    assert Waiting(EARS).until(kind, ["You will hear from us within three weeks."], TUESDAY) == ""


def test_it_is_among_the_details() -> None:
    read = Message(
        key="1",
        message_id="<1@elm.example>",
        received=TUESDAY,
        sender=Address("Elm Bakery", "jobs@elm.example"),
        recipients=(),
        subject="Your application for Baker",
        text="We have received your application. You will hear from us within three weeks.",
    )
    verdict, details = judge(frozenset({"robin@ekholm.example"})).verdict(read)
    assert (verdict.kind, details.answer_by, details.deadline) == (Kind.ACKNOWLEDGEMENT, "2026-03-24", "")


@given(st.lists(st.sampled_from(WORDS) | st.integers(0, 99_999).map(str) | st.text(max_size=5)), st.datetimes())
def test_it_is_total_and_within_a_year(words: list[str], received: datetime) -> None:
    said = [f"{start} {' '.join(words)}" for start in ("We will answer within", "Wir melden uns bis")]
    day = Waiting(EARS).until(Kind.UNSURE, said, received.replace(tzinfo=UTC))
    assert not day or timedelta(0) <= date.fromisoformat(day) - received.date() <= timedelta(days=366)


@given(st.text())
def test_plain_text_is_that_of_a_keyboard(text: str) -> None:
    assert plain(text).isascii()


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"week": "week weeks week"}, "`week` of week"),
        ({"week": "Woche"}, "`Woche` of week"),
        ({"weekday": ["monday"]}, "weekday is no role"),
        ({"age": "epoch"}, "age is no role"),
        ({"number": {"two": "two"}}, "number is no role"),
    ],
)
def test_a_faulty_table_of_time_says_where(table: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        times_of(table)
