"""The words of the letters: blocks, each with several wordings, read from `templates/<language>/blocks.toml`.

A wording is a small Jinja template over the facts of a letter. People who write well but do not program can
improve and translate them there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError
from jinja2.meta import find_undeclared_variables

FEWEST = 4
"""Wordings per block, so that none needs to come again within three letters."""

_ANY = frozenset({"n", "week", "open"})
_ONE = _ANY | {"who", "application", "day", "time", "days", "talks"}
_ABOUT_THE_LETTER = """
    opening-several opening-heavy opening-summary opening-unsure feeling-several
    no-step no-step-heavy no-step-external unsure unsure-later close support colophon
"""
_ABOUT_ONE_MAIL = """
    opening-application opening-screen opening-interview opening-final wait
    feeling-application feeling-talked feeling-final
    says-not_stated says-other_candidate says-skills_gap says-position_filled says-position_closed
    says-overqualified says-location_or_visa says-other not-said feedback reapply
    step-compare-ad step-better-answer step-keeps step-columns step-friend step-conversation
    good-interview good-interview-next good-assessment good-assessment-next good-offer good-offer-next
"""
BLOCKS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_ABOUT_THE_LETTER.split(), _ANY),
    **dict.fromkeys(_ABOUT_ONE_MAIL.split(), _ONE),
    "good-interview-when": _ONE | {"when"},
    "good-deadline": _ONE | {"deadline"},
}
"""Every block a letter can ask for, and the facts its wordings may use."""

TERMS: Mapping[str, str] = {
    "subject_daily": "weekday",
    "subject_prompt": "weekday",
    "subject_summary": "weekday",
    "hello": "name",
    "hello_nameless": "",
    "greeting_daily": "date",
    "greeting_prompt": "date",
    "greeting_summary": "date",
    "someone": "",
    "figures": "week ever open",
    "application_for": "role",
    "application": "",
    "at": "date time",
    "at_yours": "date time",
    "at_zone": "date time zone",
    "day": "weekday day month",
    "item": "who role what day",
    "item_no_role": "who what day",
    "with_feedback": "",
    "item_unsure": "who day time line",
    "more": "n",
    "item_open": "who role day",
    "item_open_no_role": "who day",
}
"""The fixed words, and what may stand between braces in each."""
LISTS = {"weekdays": 7, "months": 12, "numbers": 1}
"""Lists of fixed words, and how many there must be at least."""
TABLES = {
    "heading": "mail mails step today unsure earlier open support",
    "what": "rejection interview assessment offer unsure",
}
"""Tables of fixed words; `what` may say more, by reason or by stage."""


class WordingError(ValueError):
    """A block file cannot be used; the text names the block and what is wrong."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a letter, chosen and written."""

    name: str
    variant: int
    text: str


@dataclass(frozen=True, slots=True)
class Wordings:
    """All blocks of one language, and its fixed words: `terms`, such as subjects, headings and month names."""

    blocks: Mapping[str, tuple[str, ...]]
    terms: Mapping[str, Any]

    def write(self, name: str, facts: Mapping[str, object], used: Sequence[int]) -> Block:
        """The block `name`, in the wording used longest ago, or never (`used`: variants, newest first)."""
        variants = self.blocks.get(name)
        if variants is None:
            raise WordingError(f"The block file has no block '{name}'.")
        variant = max(range(len(variants)), key=lambda one: (age(one, used), -one))
        return Block(name, variant, _render(variants[variant], facts))


def age(variant: int, used: Sequence[int]) -> int:
    """How many uses ago a variant was last used; more than all of them where it never was."""
    return used.index(variant) if variant in used else len(used)


_ENVIRONMENT = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701
# Plain text: the HTML part escapes it as a whole, at its one place (`core.compose`).


def _render(wording: str, facts: Mapping[str, object]) -> str:
    return " ".join(_ENVIRONMENT.from_string(wording).render(facts).split())


def parse(text: str) -> Wordings:
    """Read a block file. Raises WordingError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WordingError(f"The block file is not valid TOML: {error}.") from error
    terms = data.pop("terms", {})
    _check_terms(terms)
    missing = [name for name in BLOCKS if name not in data]
    if missing:
        raise WordingError(f"The block file has no block '{missing[0]}'.")
    return Wordings({name: _variants(name, block) for name, block in data.items()}, terms)


def _variants(name: str, block: object) -> tuple[str, ...]:
    variants = block.get("wordings") if isinstance(block, dict) else None
    if not isinstance(variants, list) or not all(isinstance(one, str) and one.strip() for one in variants):
        raise WordingError(f"The block '{name}' needs `wordings`, a list of texts.")
    fewest = 1 if isinstance(block, dict) and block.get("fixed") is True else FEWEST
    if len(set(variants)) < fewest:
        raise WordingError(
            f"The block '{name}' has {len(set(variants))} different wordings; it needs {FEWEST} or `fixed = true`."
        )
    for one in variants:
        _check(name, one)
    return tuple(variants)


def _check(name: str, wording: str) -> None:
    try:
        _ENVIRONMENT.from_string(wording)
        asked = find_undeclared_variables(_ENVIRONMENT.parse(wording))
    except TemplateError as error:
        raise WordingError(f"A wording of the block '{name}' cannot be read: {error}. It says: {wording}") from error
    for fact in sorted(asked - BLOCKS.get(name, asked)):
        raise WordingError(f"A wording of the block '{name}' uses '{fact}', which is not there. It says: {wording}")


def _check_terms(terms: object) -> None:
    if not isinstance(terms, dict):
        raise WordingError("The block file's [terms] needs to be a table.")
    for name, facts in TERMS.items():
        _check_term(name, terms.get(name), facts)
    for name, fewest in LISTS.items():
        words = terms.get(name)
        if not isinstance(words, list) or len(words) < fewest or not all(isinstance(word, str) for word in words):
            raise WordingError(f"The list '{name}' in [terms] needs {fewest} texts or more.")
    for name, keys in TABLES.items():
        table = terms.get(name)
        for key in keys.split():
            if not isinstance(table, dict) or not isinstance(table.get(key), str):
                raise WordingError(f"The table [terms.{name}] needs a text named '{key}'.")


def _check_term(name: str, term: object, facts: str) -> None:
    if not isinstance(term, str):
        raise WordingError(f"The text '{name}' is missing in [terms].")
    try:
        term.format(**dict.fromkeys(facts.split(), ""))
    except (LookupError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{fact}}}" for fact in facts.split()) or "nothing"
        raise WordingError(f"The text '{name}' in [terms] may use {known} between braces. It says: {term}") from error
