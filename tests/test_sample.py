"""The sample mailbox of `triage demo` and its script agree, are sound mail, and name nobody real."""

from __future__ import annotations

import email
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage.core.values import MAIL, Kind, Reason, Stage

FOLDER = Path(str(files("triage"))) / "demo" / "sample"
SCRIPT = tomllib.loads((FOLDER / "search.toml").read_text(encoding="utf-8"))
# An @ after a space is a rule of a style sheet, not an address.
HOST = re.compile(r"(?:(?<=\S)@|https?://)([\w.-]*\w)")


@dataclass(frozen=True, slots=True)
class Row:
    """One mail of the script: when it arrives, and what it is."""

    file: str
    received: datetime
    kind: str
    company: str
    role: str
    stage: str
    reason: str


ROWS = tuple(Row(**row) for row in SCRIPT["mail"])
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.file)


def raw(row: Row) -> bytes:
    return (FOLDER / row.file).read_bytes()


def parse(row: Row) -> EmailMessage:
    return email.message_from_bytes(raw(row), policy=default)


def leaves(mail: EmailMessage) -> list[EmailMessage]:
    return [part for part in mail.walk() if not part.is_multipart()]


def readable(mail: EmailMessage) -> str:
    """Every header and every text part, decoded, on one line."""
    headers = [str(value) for value in mail.values()]
    texts = [part.get_content() for part in leaves(mail) if part.get_content_maintype() == "text"]
    return " ".join(" ".join(headers + texts).split())


def test_every_row_has_its_file_and_every_file_its_row() -> None:
    assert [row.file for row in ROWS] == sorted(path.name for path in FOLDER.glob("*.eml"))


def test_rows_stand_in_order_of_arrival() -> None:
    times = [row.received for row in ROWS]
    assert times == sorted(set(times))


def test_the_search_lasts_three_weeks_from_a_monday() -> None:
    start: date = SCRIPT["start"]
    assert start.weekday() == 0
    assert {(row.received.date() - start).days // 7 for row in ROWS} == {0, 1, 2}


def test_there_is_enough_mail_and_every_kind_of_it() -> None:
    kinds = Counter(row.kind for row in ROWS)
    assert len(ROWS) >= 25
    assert set(kinds) == MAIL | {Kind.UNSURE}
    assert kinds[Kind.REJECTION] >= 9


def test_the_rejections_differ_in_stage_and_reason() -> None:
    rejections = [row for row in ROWS if row.kind == Kind.REJECTION]
    assert {row.stage for row in rejections} == set(Stage) - {Stage.UNKNOWN}
    assert len({row.reason for row in rejections}) >= 5


def test_most_rejections_end_an_application_the_log_knows() -> None:
    known: set[tuple[str, str]] = set()
    told = []
    for row in ROWS:
        if row.kind == Kind.REJECTION:
            told.append((row.company, row.role) in known)
        known.add((row.company, row.role))
    assert told.count(True) > len(told) / 2


def test_one_company_has_two_roles() -> None:
    applications = {(row.company, row.role) for row in ROWS if row.company}
    assert max(Counter(company for company, _ in applications).values()) == 2


@each_row
def test_expectation_uses_the_words_of_the_core(row: Row) -> None:
    assert (Kind(row.kind) is Kind.REJECTION) == (Reason(row.reason) is not Reason.NONE)
    assert (row.kind == Kind.REJECTION) == (Stage(row.stage) is not Stage.UNKNOWN)
    assert (row.kind in {Kind.OTHER, Kind.JOB_ALERT}) == (row.company == "") == (row.role == "")


@pytest.mark.parametrize("row", [row for row in ROWS if row.company], ids=lambda row: row.file)
def test_company_and_role_can_be_read_in_the_mail(row: Row) -> None:
    text = readable(parse(row)).casefold()
    assert row.company.casefold() in text
    assert row.role.casefold() in text


@each_row
def test_mail_is_sound(row: Row) -> None:
    mail = parse(row)
    assert b"\r" not in raw(row)
    assert [part.defects for part in mail.walk() if part.defects] == []
    assert [name for name, value in mail.items() if value.defects] == []
    assert all(part.get_content() for part in leaves(mail))


@each_row
def test_date_header_is_the_time_of_arrival(row: Row) -> None:
    received = row.received.replace(tzinfo=ZoneInfo(SCRIPT["time_zone"]))
    assert parsedate_to_datetime(parse(row)["Date"]) == received


@each_row
def test_mail_is_for_the_reader_and_from_nobody_real(row: Row) -> None:
    mail = parse(row)
    assert mail["To"].addresses[0].addr_spec in SCRIPT["reader"]
    hosts = HOST.findall(readable(mail))
    assert len(hosts) >= 2
    assert [host for host in hosts if not host.endswith(".example")] == []


def test_each_mail_has_its_own_message_id_but_one_that_has_none() -> None:
    ids = Counter(parse(row)["Message-ID"] for row in ROWS)
    assert set(ids.values()) == {1}
    assert None in ids


@pytest.mark.parametrize(
    "pattern",
    [
        "^Subject: =\\?utf-8\\?",
        "^From: =\\?iso-8859-1\\?",
        "^Content-Type: text/plain; charset=iso-8859-1",
        "^Content-Type: text/plain; charset=utf-8; format=flowed",
        "^Content-Type: text/calendar; .*method=REQUEST",
        "^Content-Type: application/pdf",
        "^Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64",
        "^Content-Transfer-Encoding: 8bit",
        "^MIME-Version: 1.0\nContent-Type: text/html",
        "^List-Unsubscribe: ",
        "^In-Reply-To: ",
        "^> ",
    ],
)
def test_mailbox_shows_the_shapes_real_mail_has(pattern: str) -> None:
    assert any(re.search(pattern, raw(row).decode("utf-8"), re.MULTILINE) for row in ROWS)
