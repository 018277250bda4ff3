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

FEWEST = 4
"""Wordings per block, so that none needs to come twice in a row."""


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
    return Wordings({name: _variants(name, block) for name, block in data.items()}, terms)


def _variants(name: str, block: object) -> tuple[str, ...]:
    variants = block.get("wordings") if isinstance(block, dict) else None
    if not isinstance(variants, list) or not all(isinstance(one, str) for one in variants):
        raise WordingError(f"The block '{name}' needs `wordings`, a list of texts.")
    fixed = isinstance(block, dict) and block.get("fixed", False)
    if len(variants) < FEWEST and not fixed:
        raise WordingError(f"The block '{name}' has {len(variants)} wordings; it needs {FEWEST} or `fixed = true`.")
    for one in variants:
        _check(name, one)
    return tuple(variants)


def _check(name: str, wording: str) -> None:
    try:
        _ENVIRONMENT.from_string(wording)
    except TemplateError as error:
        raise WordingError(f"A wording of the block '{name}' cannot be read: {error}. It says: {wording}") from error
