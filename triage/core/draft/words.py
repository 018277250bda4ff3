"""The words of drafts for employers, read from `templates/<language>/drafts.toml`: plain texts with facts in braces.

Anything that only the reader knows is a gap in square brackets, which nobody can overlook before sending.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import Any

from triage.core.wording import WordingError

BLOCKS: Mapping[str, frozenset[str]] = {
    "feedback": frozenset({"role", "date"}),
    "feedback_screen": frozenset({"role"}),
    "thanks": frozenset({"role", "date"}),
    "thanks_talk": frozenset({"role", "date"}),
    "follow_up": frozenset({"role", "date"}),
    "follow_up_promised": frozenset({"role", "date", "promised"}),
    "withdrawal": frozenset({"role"}),
}
"""Every block, and the facts its wordings may use."""
SUBJECTS = ("feedback", "thanks", "follow_up", "withdrawal")
GAPS = ("role", "date", "me")
FEWEST = 2
GAP = re.compile(r"\[[^\[\]{}]+\]")
_BREAK = re.compile(r"\n\s*\n")
_LONGEST_SUBJECT = 60


@dataclass(frozen=True, slots=True)
class Words:
    """All drafts of one language. A wording's paragraphs are parted by empty lines."""

    blocks: Mapping[str, tuple[str, ...]]
    subjects: Mapping[str, str]
    gaps: Mapping[str, str]
    greeting: str
    closing: str
    months: tuple[str, ...]
    day: str
    first: str
    """How the first of a month is written, where that is another way."""

    def date(self, day: date) -> str:
        """A day as it stands in a sentence."""
        pattern = self.first if day.day == 1 else self.day
        return pattern.format(day=day.day, month=self.months[day.month - 1])


def parse(text: str) -> Words:
    """Read a file of drafts. Raises WordingError, which names what is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WordingError(f"The file of drafts is not valid TOML: {error}.") from error
    terms = _table(data, "terms")
    day = _text(terms, "day", {"day", "month"})
    return Words(
        blocks={name: _wordings(name, _table(data, name).get("wordings")) for name in BLOCKS},
        subjects={kind: _subject(_table(terms, "subjects"), kind) for kind in SUBJECTS},
        gaps={name: _gap(_table(terms, "gaps"), name) for name in GAPS},
        greeting=_text(terms, "greeting"),
        closing=_text(terms, "closing"),
        months=_months(terms.get("months")),
        day=day,
        first=_text(terms, "first", {"day", "month"}) if "first" in terms else day,
    )


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    if not isinstance(found, dict):
        raise WordingError(f"The file of drafts needs a table '{name}'.")
    return found


def _wordings(name: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) and one.strip() for one in given):
        raise WordingError(f"The draft '{name}' needs `wordings`, a list of texts.")
    if len(set(given)) < FEWEST:
        raise WordingError(f"The draft '{name}' needs {FEWEST} different wordings or more.")
    for one in given:
        _check(f"A wording of the draft '{name}'", one, BLOCKS[name])
    return tuple(_BREAK.sub("\n\n", one.strip()) for one in given)


def _subject(subjects: Mapping[str, Any], kind: str) -> str:
    """It becomes a header: one short line, the same for every employer, and nothing a mail program would decode."""
    found = _text(subjects, kind)
    if len(found) > _LONGEST_SUBJECT or not found.isprintable() or "=?" in found:
        raise WordingError(f"The subject '{kind}' of drafts has to be one plain line of {_LONGEST_SUBJECT} characters.")
    return found


def _gap(gaps: Mapping[str, Any], name: str) -> str:
    found = _text(gaps, name)
    if not GAP.fullmatch(found):
        raise WordingError(f"The gap '{name}' of drafts has to stand in square brackets, such as [{name}].")
    return found


def _months(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) != 12 or not all(isinstance(one, str) and one for one in given):
        raise WordingError("The list 'months' of drafts needs the names of the twelve months.")
    return tuple(given)


def _text(table: Mapping[str, Any], name: str, facts: Iterable[str] = ()) -> str:
    found = table.get(name)
    if not isinstance(found, str) or not found.strip():
        raise WordingError(f"The text '{name}' of drafts is missing.")
    _check(f"The text '{name}' of drafts", found, facts)
    return found.strip()


def _check(what: str, text: str, facts: Iterable[str]) -> None:
    """Nothing between braces but these facts: no attribute, no index, no format of any kind."""
    known = frozenset(facts)
    try:
        pieces: Sequence[tuple[str, str | None, str | None, str | None]] = list(Formatter().parse(text))
    except ValueError as error:
        raise WordingError(f"{what} cannot be read: {error}. It says: {text}") from error
    for _, fact, spec, conversion in pieces:
        if fact is not None and (fact not in known or spec or conversion):
            names = ", ".join(f"{{{one}}}" for one in sorted(known)) or "nothing"
            raise WordingError(f"{what} may use {names} between braces. It says: {text}")
