"""What the tests of detection share: the shipped data files, and mails from the corpus as Message values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from triage import resources
from triage.core.detect import Detector
from triage.core.detect.languages import Languages
from triage.core.detect.senders import parse_senders
from triage.core.extract.naming import Names
from triage.core.extract.zones import Zones
from triage.core.model.reader import Model
from triage.core.text import split_quoted
from triage.core.values import Address, Message

_DATA = Path(__file__).parents[2] / "triage/core/detect/data"
_MAILS = Path(__file__).parents[1] / "corpus/mails"

SENDERS = parse_senders((_DATA / "senders.toml").read_text("utf-8"))
_TEXTS = {path.stem: path.read_text("utf-8") for path in sorted(_DATA.glob("??.toml"))}
LANGUAGES = Languages(_TEXTS, (_DATA / "languages.toml").read_text("utf-8"))
EARS = [LANGUAGES.ear(language) for language in _TEXTS]
NAMES = Names(resources.names())
ZONES = Zones(resources.zones())
DETECTOR = Detector(LANGUAGES, SENDERS)
"""By signals alone: what the network adds is tested where it is at home."""
MODEL = Model(resources.arrays("weights"))
READER = frozenset({"kit@reader.example"})
RECEIVED = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One mail of the corpus and what is expected of it."""

    id: str
    kind: str
    message: Message
    expected: tuple[tuple[str, Any], ...]


def message(text: str, *, subject: str = "", sender: str = "", forwarded: bool = False, bulk: bool = False) -> Message:
    """A message as the parser would make it of such a text."""
    name, address = parseaddr(sender)
    own, quoted = split_quoted(text)
    return Message(
        key="k",
        message_id="<m@x>",
        received=RECEIVED,
        sender=Address(name, address.lower()),
        recipients=(),
        subject=subject,
        text=own,
        quoted=quoted,
        forwarded=forwarded,
        bulk=bulk,
    )


def corpus() -> list[Case]:
    """Every mail of every language in the corpus."""
    return [_case(row) for path in sorted(_MAILS.glob("*.toml")) for row in _rows(path)]


def _rows(path: Path) -> list[dict[str, Any]]:
    return list(tomllib.loads(path.read_text("utf-8"))["mail"])


def _case(row: dict[str, Any]) -> Case:
    mail = message(row["body"], subject=row["subject"], sender=row["from"], bulk=row.get("bulk", False))
    mail = replace(mail, forwarded=row.get("forwarded", False), calendar=row.get("calendar", False))
    details = ("company", "role", "stage", "reason", "reapply", "deadline", "interview_at", "reference")
    return Case(
        row["id"],
        row["kind"],
        mail,
        tuple((name, row[name]) for name in details if name in row),
    )
