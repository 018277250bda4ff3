"""The words by which columns, states and stages of a list are known, from `lists.toml`: without case and accents."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from triage.core.journey import State
from triage.core.text import fold
from triage.core.values import Stage

_WORD = re.compile(r"[^\W_]+")
LATER = "later"
"""The status of what was not sent yet."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Each by its words."""

    columns: Mapping[str, str]
    statuses: Mapping[str, str]
    """The values are those of `State`, or `LATER`."""
    stages: Mapping[str, Stage]
    months: Mapping[str, int]


def plain(text: str) -> str:
    """How words are compared."""
    bare = unicodedata.normalize("NFKD", fold(text.replace("ß", "ss")))
    return " ".join(_WORD.findall("".join(char for char in bare if not unicodedata.combining(char))))


def parse(text: str) -> Lists:
    """The table in `lists.toml`."""
    found = tomllib.loads(text)
    months = {word: number for number, names in enumerate(found["months"]["names"], 1) for word in names.split()}
    return Lists(
        columns=_words(found["columns"]),
        statuses=_words(found["status"]) | {state.value.replace("_", " "): state.value for state in State},
        stages={word: Stage(stage) for word, stage in _words(found["stage"]).items()},
        months=months,
    )


def _words(table: Mapping[str, list[str]]) -> dict[str, str]:
    return {plain(word): name for name, words in table.items() for word in words}
