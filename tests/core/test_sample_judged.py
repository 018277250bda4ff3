"""The sample mailbox of the demo, judged: it was written without looking at the phrases that judge it."""

from __future__ import annotations

import tomllib
from datetime import UTC
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.core.judging import DETECTOR, LANGUAGES, NAMES, SENDERS, ZONES
from triage.core import message
from triage.core.extract import Extractor
from triage.core.values import Cursor, Details, Kind, RawMessage, Verdict

FOLDER = Path(str(files("triage"))) / "demo/sample"
ROWS: list[dict[str, Any]] = tomllib.loads((FOLDER / "search.toml").read_text("utf-8"))["mail"]
READER = frozenset({"robin@ekholm.example"})
EXTRACTOR = Extractor(LANGUAGES, SENDERS, NAMES, ZONES)
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])

KNOWN_DIFFERENCES: dict[tuple[str, str], str] = {}
"""(file, what differs) to the reason why it may. Empty is what it should be."""


def _judged(row: dict[str, Any]) -> tuple[Verdict, Details]:
    raw = RawMessage(Cursor("", "", 0, 0), row["received"].replace(tzinfo=UTC), (FOLDER / row["file"]).read_bytes())
    mail = message.parse(raw)
    verdict = DETECTOR.judge(mail, READER)
    return verdict, EXTRACTOR.details(mail, verdict)


@each_row
def test_every_mail_of_the_sample_is_what_the_script_says(row: dict[str, Any]) -> None:
    verdict, _ = _judged(row)
    assert verdict.kind == row["kind"], verdict.evidence


@each_row
def test_its_details_are_what_the_script_says(row: dict[str, Any]) -> None:
    refused = row["kind"] == Kind.REJECTION
    wanted = {name: row[name] for name in ("company", "role", *(("stage", "reason") if refused else ()))}
    _, details = _judged(row)
    found = {name: getattr(details, name) for name in wanted}
    assert {name for name in wanted if wanted[name] != found[name]} == _excused(row["file"]), found


def _excused(file: str) -> set[str]:
    return {name for mail, name in KNOWN_DIFFERENCES if mail == file}
