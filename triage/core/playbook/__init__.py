"""The playbook: what became of every tip of the two articles, and which of them fits a situation.

The rows are data (`templates/playbook.toml`), their words lie with all other words of a language. Most stand in a
letter whenever they are true; where one of several is to be chosen, its trigger must fire, its place must be allowed
(`allowance`), and the one that was written longest ago comes next.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from triage.core.letter import LetterKind
from triage.core.playbook.triggers import TRIGGERS
from triage.core.positions import positions
from triage.core.situation import Situation
from triage.core.situation.told import LATER
from triage.core.values import Reason
from triage.core.wording import WordingError
from triage.core.wording.blocks import BLOCKS

FILE = "playbook.toml"


class Place(StrEnum):
    """Where a tip stands in a letter; explained at the head of the data file."""

    LINE = "line"
    CONTEXT = "context"
    STEP = "step"
    TODAY = "today"
    TONIGHT = "tonight"
    PLAN = "plan"
    BEFORE = "before"
    SET_UP = "set-up"
    OUT = "out"


CHOSEN = frozenset({Place.CONTEXT, Place.STEP, Place.TODAY, Place.TONIGHT, Place.PLAN, Place.BEFORE, Place.SET_UP})
"""Places for which a trigger decides."""


@dataclass(frozen=True, slots=True)
class Tip:
    """One row: a tip of an article, and what the letters make of it. `minutes` is the time box its words state."""

    tip: str
    says: str
    place: Place
    blocks: tuple[str, ...]
    when: str
    trigger: str
    minutes: int
    again: timedelta
    source: str
    why: str

    def fires(self, now: Situation) -> bool:
        """Does it fit, whatever else the letter holds?"""
        return bool(self.trigger) and TRIGGERS[self.trigger](now)


@dataclass(frozen=True, slots=True)
class Playbook:
    """All rows, in the order of the articles."""

    tips: tuple[Tip, ...]

    def fitting(self, place: Place, now: Situation, given: Mapping[str, datetime]) -> tuple[str, ...]:
        """The blocks that may stand there now, those first that were written longest ago, or never."""
        if place not in allowance(now):
            return ()
        blocks = dict.fromkeys(
            block
            for tip in self.tips
            if tip.place is place and tip.fires(now)
            for block in tip.blocks
            if block not in given or now.now - given[block] >= tip.again
        )
        return tuple(sorted(blocks, key=lambda block: given[block].timestamp() if block in given else 0.0))


def allowance(now: Situation) -> frozenset[Place]:
    """What a letter may ask or offer in this situation. Every letter says what happened; this is about what is more.

    No task in a heavy week, none on the day of a no in the last round or of one with feedback in it, none beside good
    news, which has its own, none after the first no at the first stage, and none where the role itself was stopped.
    """
    if now.kind is LetterKind.BEFORE:
        return frozenset({Place.BEFORE})
    if now.kind is LetterKind.WEEKLY:
        return frozenset() if now.heavy or now.final or now.good else frozenset({Place.PLAN, Place.SET_UP})
    if now.kind is not LetterKind.DAILY or not now.rejections or now.good:
        return frozenset()
    if now.heavy or now.final:
        return frozenset({Place.TONIGHT})
    return _daily(now)


def _daily(now: Situation) -> frozenset[Place]:
    found = {Place.TONIGHT, Place.TODAY}
    first_of_all = now.counts.ever <= 1 and all(no.stage not in LATER for no in now.rejections)
    if now.glad or any(no.feedback or no.external for no in now.rejections):
        return frozenset(found)
    if now.counts.week in (1, 3, 4) and now.tone != "gentle":
        found.add(Place.CONTEXT)
    if not first_of_all:
        found.add(Place.STEP)
    return frozenset(found)


def restraint(now: Situation) -> str:
    """The block to use in place of a step where none may be given, or an empty string."""
    if now.heavy or now.final:
        return "no-step-heavy"
    if now.rejections and all(no.reason is Reason.POSITION_CLOSED for no in now.rejections):
        return "no-step-external"
    return "" if Place.STEP in allowance(now) else "no-step"


def parse(text: str, known: Collection[str] = BLOCKS) -> Playbook:
    """Read the playbook, whose tips are told in blocks that are `known`. Raises WordingError, which names the line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WordingError(f"{FILE} is not valid TOML: {error}.") from error
    places = positions(text)
    rows = data.get("row")
    if not isinstance(rows, list) or not rows:
        raise WordingError(f"{FILE} needs rows, each a table [[row]].")
    tips = []
    for number, row in enumerate(rows):
        try:
            tips.append(_tip(row, known))
        except ValueError as error:
            raise WordingError(f"{FILE}, line {places.line(('row', number))}: {error}") from error
    return Playbook(tuple(tips))


def _tip(row: Mapping[str, Any], known: Collection[str]) -> Tip:
    unknown = sorted(row.keys() - _KEYS)
    if unknown:
        raise ValueError(f"'{unknown[0]}' is not known here; a row has {', '.join(_KEYS)}.")
    place, trigger = _place(row.get("place")), row.get("trigger", "")
    if (place in CHOSEN) != bool(trigger) or (trigger and trigger not in TRIGGERS):
        raise ValueError(f"`trigger` is '{trigger}'; for a place to choose for, it is one of {', '.join(TRIGGERS)}.")
    blocks = row.get("blocks", [])
    if not isinstance(blocks, list) or not all(isinstance(block, str) for block in blocks):
        raise ValueError("`blocks` needs to be a list of names.")
    if not set(blocks) <= set(known):
        raise ValueError(f"there is no block '{next(one for one in blocks if one not in known)}'. Is it misspelt?")
    if bool(blocks) == (place is Place.OUT):
        raise ValueError("`blocks` names at least one block, and none where the tip is kept out.")
    return Tip(
        place=place,
        blocks=tuple(blocks),
        trigger=trigger,
        minutes=_number(row, "minutes"),
        again=timedelta(days=_number(row, "again")),
        why=_text(row, "why") if place is Place.OUT else "",
        **{name: _text(row, name) for name in ("tip", "says", "when", "source")},
    )


_KEYS = ("tip", "says", "place", "blocks", "when", "trigger", "minutes", "again", "source", "why")


def _place(value: object) -> Place:
    if value not in tuple(Place):
        raise ValueError(f"`place` is '{value}', and must be one of {', '.join(Place)}.")
    return Place(str(value))


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"`{name}` needs a text.")
    return value


def _number(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"`{name}` needs a whole number, 0 or more.")
    return value


def rows(playbook: Playbook) -> Iterator[tuple[str, ...]]:
    """As a table: the tip, what it says, when, where and how it is told, how long it takes, what speaks for it."""
    for tip in playbook.tips:
        told = ", ".join(tip.blocks) or f"kept out: {tip.why}"
        yield (
            tip.tip,
            tip.says,
            tip.when,
            str(tip.place),
            told,
            f"{tip.minutes} min" if tip.minutes else "-",
            tip.source,
        )


__all__ = [
    "CHOSEN",
    "FILE",
    "Place",
    "Playbook",
    "Tip",
    "allowance",
    "parse",
    "restraint",
    "rows",
]
