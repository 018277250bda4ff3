"""The words of the letters: blocks, each with several wordings, read from the files under `templates/<language>/`.

A wording is a small Jinja template over the facts of a letter. People who write well but do not program can
improve and translate them there. What a file lacks or has wrong is told with its name and the line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from triage.core.positions import Place, Positions, positions
from triage.core.wording.blocks import BLOCKS, LISTS, TABLES, TERMS

FEWEST = 4
"""Wordings per block, so that none needs to come again within three letters."""
_TIED = re.compile(r"(?<=«) | (?=[»:;?])")
"""The spaces that French has inside its quotation marks and before these signs: no line may end there."""
_LOOSE = re.compile(r"[ \t\r\n]+")


class WordingError(ValueError):
    """A file of words cannot be used; the text names the file, the line, and what is wrong."""


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
            raise WordingError(f"There is no block '{name}'.")
        variant = max(range(len(variants)), key=lambda one: (age(one, used), -one))
        return Block(name, variant, _render(variants[variant], facts))


def age(variant: int, used: Sequence[int]) -> int:
    """How many uses ago a variant was last used; more than all of them where it never was."""
    return used.index(variant) if variant in used else len(used)


# In a sandbox, for a reader's own words may be somebody else's work.
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)
# Plain text: the HTML part escapes it as a whole, at its one place (`core.compose`).


def _render(wording: str, facts: Mapping[str, object]) -> str:
    return _LOOSE.sub(" ", _ENVIRONMENT.from_string(wording).render(facts)).strip()


@dataclass(frozen=True, slots=True)
class _File:
    """One file as read, and where everything stands in it."""

    name: str
    data: Mapping[str, Any]
    places: Positions

    def error(self, place: Place, message: str) -> WordingError:
        line = self.places.line(place)
        return WordingError(f"{self.name}, line {line}: {message}" if line else f"{self.name}: {message}")


def parse(texts: Mapping[str, str], over: Mapping[str, str] | None = None) -> Wordings:
    """Read the files of words of one language, by the names they are to be called in errors.

    `over`: more such files, in which blocks and terms take the place of others, such as those of formal address.
    Raises WordingError.
    """
    files, more = ([_read(name, text) for name, text in some.items()] for some in (texts, over or {}))
    blocks = _blocks(files) | _blocks(more)
    terms: Mapping[str, Any] = {}
    for file in (*files, *more):
        if "terms" in file.data:
            terms = _merged(terms, file)
            _check_terms(file, terms)
    if not terms:
        raise WordingError("No file of words has the table [terms].")
    missing = [name for name in BLOCKS if name not in blocks]
    if missing:
        raise WordingError(f"No file of words has the block '{missing[0]}'.")
    return Wordings(blocks, terms)


def _blocks(files: Sequence[_File]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for file in files:
        for name, value in file.data.items():
            if name in found:
                raise file.error((name,), f"the block '{name}' stands in another file already.")
            if name != "terms":
                found[name] = _variants(file, name, value)
    return found


def _merged(terms: Mapping[str, Any], file: _File) -> Mapping[str, Any]:
    """With the fixed words of one more file: tables of words entry by entry, anything else as a whole."""
    over = file.data["terms"]
    if not isinstance(over, dict):
        raise file.error(("terms",), "[terms] needs to be a table.")
    tables = {
        name: {**terms[name], **over[name]} for name in terms.keys() & over.keys() if _tables(terms[name], over[name])
    }
    return {**terms, **over, **tables}


def _tables(one: object, other: object) -> bool:
    return isinstance(one, dict) and isinstance(other, dict)


def _read(name: str, text: str) -> _File:
    try:
        return _File(name, tomllib.loads(_TIED.sub("\u00a0", text)), positions(text))
    except tomllib.TOMLDecodeError as error:
        raise WordingError(f"{name} is not valid TOML: {error}.") from error


def _variants(file: _File, name: str, block: object) -> tuple[str, ...]:
    if name not in BLOCKS:
        raise file.error((name,), f"there is no letter with a block '{name}'. Is it misspelt?")
    variants = block.get("wordings") if isinstance(block, dict) else None
    if not isinstance(variants, list) or not all(isinstance(one, str) and one.strip() for one in variants):
        raise file.error((name,), f"the block '{name}' needs `wordings`, a list of texts.")
    fewest = 1 if isinstance(block, dict) and block.get("fixed") is True else FEWEST
    if len(set(variants)) < fewest:
        had = len(set(variants))
        raise file.error(
            (name,), f"the block '{name}' has {had} different wordings; it needs {FEWEST} or `fixed = true`."
        )
    for number, wording in enumerate(variants):
        for problem in _problems(name, wording):
            raise file.error(
                (name, "wordings", number), f"a wording of the block '{name}' {problem}. It says: {wording}"
            )
    return tuple(variants)


def _problems(name: str, wording: str) -> Iterator[str]:
    try:
        _ENVIRONMENT.from_string(wording)
        asked = find_undeclared_variables(_ENVIRONMENT.parse(wording))
    except TemplateError as error:
        yield f"cannot be read: {error}"
        return
    for fact in sorted(asked - BLOCKS[name]):
        yield f"uses '{fact}', which is not there"


def _check_terms(file: _File, terms: Mapping[str, Any]) -> None:
    for name, facts in TERMS.items():
        _check_term(file, name, terms.get(name), facts)
    for name, fewest in LISTS.items():
        words = terms.get(name)
        if not isinstance(words, list) or len(words) < fewest or not all(isinstance(word, str) for word in words):
            raise file.error(("terms", name), f"the list '{name}' in [terms] needs {fewest} texts or more.")
    for name, keys in TABLES.items():
        table = terms.get(name)
        for key in keys.split():
            if not isinstance(table, dict) or not isinstance(table.get(key), str):
                raise file.error(("terms", name), f"the table [terms.{name}] needs a text named '{key}'.")


def _check_term(file: _File, name: str, term: object, facts: str) -> None:
    if not isinstance(term, str):
        raise file.error(("terms",), f"the text '{name}' is missing in [terms].")
    try:
        term.format(**dict.fromkeys(facts.split(), ""))
    except (LookupError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{fact}}}" for fact in facts.split()) or "nothing"
        message = f"the text '{name}' in [terms] may use {known} between braces. It says: {term}"
        raise file.error(("terms", name), message) from error
