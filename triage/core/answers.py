"""What the reader says about themselves when asked once: what does them good, whom they would tell, and the like.

Letters quote it back sparingly, in the reader's own words. Every question may be left open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from triage.core.characters import line

LONGEST = 80
MOST_GOOD = 12
MOST_PEOPLE = 2


class AnswerError(ValueError):
    """An answer cannot be kept as it is; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Each a line of at most `LONGEST` characters; empty where nothing was said."""

    good: tuple[str, ...] = ()
    """Small things that do the reader good."""
    people: tuple[str, ...] = ()
    """Whom they would like to tell, be it good news or bad."""
    win: str = ""
    """What counts as a good thing in a week of searching."""
    evening: str = ""
    """What they would like to do on the evening of a no."""

    def __bool__(self) -> bool:
        return bool(self.good or self.people or self.win or self.evening)


def given(good: Iterable[str] = (), people: Iterable[str] = (), win: str = "", evening: str = "") -> Answers:
    """The answers as they may be kept: cleaned, none twice. Raises AnswerError."""
    return Answers(
        _lines("good", good, MOST_GOOD), _lines("person", people, MOST_PEOPLE), cleaned(win), cleaned(evening)
    )


def cleaned(text: str) -> str:
    """One line without control characters. Raises AnswerError where it is too long."""
    found = line(text, LONGEST + 1)
    if len(found) > LONGEST:
        raise AnswerError(f"An answer may have {LONGEST} characters; this one has more: {found[:30]}…")
    return found


def _lines(name: str, texts: Iterable[str], most: int) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(filter(None, map(cleaned, texts))))
    if len(found) > most:
        raise AnswerError(f"There is room for {most} answers to '{name}'; these are {len(found)}.")
    return found


def written(answers: Answers) -> str:
    """As they are stored: JSON, and nothing where there is none."""
    return json.dumps(asdict(answers), ensure_ascii=False) if answers else ""


def read(text: str) -> Answers:
    """The answers that `written` made this text of. Raises AnswerError."""
    try:
        found = json.loads(text) if text else {}
        if not isinstance(found, Mapping):
            raise AnswerError("These are no answers.")
        return given(
            _texts(found.get("good", ())),
            _texts(found.get("people", ())),
            _text(found.get("win", "")),
            _text(found.get("evening", "")),
        )
    except (json.JSONDecodeError, RecursionError) as error:
        raise AnswerError("These are no answers.") from error


def _texts(value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise AnswerError("These are no answers.")
    return [_text(one) for one in value]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise AnswerError("These are no answers.")
    return value
