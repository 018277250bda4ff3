"""Turns the faults pydantic found into sentences: file and line, key, what was expected, what was found.

A text from the file is never repeated: it may be a password that someone put in the wrong place. A number is,
where a number belongs, and a word that is nearly one of those allowed is answered with the one meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time
from difflib import get_close_matches
from types import UnionType
from typing import get_args
from zoneinfo import available_timezones

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from triage.config.model import Config
from triage.config.table import Table
from triage.config.tables import TABLES, field_of, heading, kind, owners, place_of, table_of, within
from triage.core.positions import Place, positions

_SECRET = re.compile(r"pass|secret|token|credential|^pw$|^pwd$|api_?key", re.IGNORECASE)
_UNQUOTED: dict[object, re.Pattern[str]] = {int: re.compile("[0-9]{1,5}"), bool: re.compile("true|false")}
"""Values that someone may have put between quotation marks where none belong."""

_NEARLY = 0.85
"""How like the name of a setting a key has to be, which looks like a password's, to be taken for that setting."""

_BILLION = 10**9
"""From here on a number is not repeated: it helps nobody, and Python may refuse to write it out."""

_NOUNS: tuple[tuple[type | UnionType, str], ...] = (
    (bool, "true or false"),
    (str, "a text that does not fit"),
    (int | float, "a number"),
    (list, "a list"),
    (dict, "a table"),
)


def problems(errors: Iterable[ErrorDetails], text: str, name: str) -> tuple[str, ...]:
    """One sentence a fault, in the order of the file. `text` is the file, `name` what it is called."""
    lines = positions(text)
    found = [(lines.line(_place(error)), _sentence(error)) for error in errors if _first_cause(error)]
    return tuple(f"{name}:{line}: {told}" if line else f"{name}: {told}" for line, told in sorted(found))


def _place(error: ErrorDetails) -> Place:
    """Where the setting at fault is written, or would be."""
    place = place_of(error["loc"])
    if error["type"].startswith("union_tag") and isinstance(error["input"], dict):
        return (*place, "kind")
    key = error.get("ctx", {}).get("key")
    return (*place, key) if key and error["type"] == "sentence" else place


def _first_cause(error: ErrorDetails) -> bool:
    """Is this a fault of its own, and not the consequence of another one that is told as well?"""
    if error["type"] == "too_short":
        return not error["input"]
    return error["type"] != "default_factory_not_called"


def _sentence(error: ErrorDetails) -> str:
    place = _place(error)
    told = f"{_label(place)}: {_fault(error, place)}"
    return told if told.endswith("?") else f"{told}."


def _fault(error: ErrorDetails, place: Place) -> str:
    table, key = table_of(error["loc"]), [part for part in place if isinstance(part, str)][-1]
    if error["type"] == "extra_forbidden":
        return _unknown(key, within(place) or str(place[0]), table)
    if error["type"] == "sentence":
        return error["msg"]
    if error["type"].startswith("union_tag"):
        return _wrong_kind(str(place[0]), error["input"])
    field = field_of(table, key)
    if error["type"] == "missing":
        return f"this is missing; write {field.description}"
    return f"expected {field.description}, found {_found(error['input'], field)}"


def _wrong_kind(name: str, value: object) -> str:
    if not isinstance(value, dict):
        return f"expected a table, found {_noun(value)}"
    kinds = [kind(table) for owner, table in TABLES if owner == name]
    near = get_close_matches(value["kind"], kinds, 1) if isinstance(value["kind"], str) else []
    meant = f'; did you mean "{near[0]}"?' if near else ""
    return f"expected {_alternatives(kinds)}, found {_noun(value['kind'])}{meant}"


def _label(place: Place) -> str:
    """How a person finds the setting: the heading above it and its key."""
    if len(place) == 1 and any(name == place[0] for name, _ in TABLES):
        return heading(str(place[0]))
    if inner := within(place):
        return f"{heading(inner)} {_shown(str(place[-1]))}"
    keys = " ".join(_shown(part) for part in place[1:] if isinstance(part, str))
    return f"{heading(str(place[0]))} {keys}".rstrip() if len(place) > 1 else _shown(str(place[0]))


def _shown(key: str) -> str:
    """A key from the file, safe to print on a terminal."""
    return key[:40] if key.isprintable() else ascii(key[:40])


def _unknown(key: str, name: str, table: type[Table]) -> str:
    if _SECRET.search(key) and not get_close_matches(key, table.model_fields, 1, _NEARLY):
        option = " --client-secret-stdin" if "oauth" in name else ""
        return f"passwords do not belong in this file; take this line out and run `triage login{option}` instead"
    if kinds := [kind(other) for owner, other in owners(key) if owner == name and table is not Config]:
        return f'this is for kind = {_alternatives(kinds)}, and this table is of kind = "{kind(table)}"'
    known = list(dict.fromkeys(row for row, _ in TABLES)) if table is Config else list(table.model_fields)
    if near := get_close_matches(key, known, 1):
        return f"there is no such setting; did you mean {heading(near[0]) if table is Config else near[0]}?"
    if homes := dict.fromkeys(heading(owner) for owner, _ in owners(key)):
        return f"this setting belongs under {' or '.join(homes)}"
    return f"there is no such setting here; there are {', '.join(known)}"


def _alternatives(words: list[str]) -> str:
    *first, last = (f'"{word}"' for word in words)
    return f"{', '.join(first)} or {last}" if first else last


def _found(value: object, field: FieldInfo) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and field.annotation is int and abs(value) < _BILLION:
        return str(value)
    if isinstance(value, str) and (meant := _meant(value, field)):
        return f"{_noun(value)}; did you mean {meant}?"
    return _noun(value)


def _noun(value: object) -> str:
    if value in ("", []):
        return "nothing in it"
    return next((noun for kinds, noun in _NOUNS if isinstance(value, kinds)), "a date or a time")


def _meant(text: str, field: FieldInfo) -> str:
    """What was probably meant, as it is to be written; empty where that cannot be told."""
    if unquoted := _UNQUOTED.get(field.annotation):
        return f"{text} without quotation marks" if unquoted.fullmatch(text) else ""
    if field.annotation is time:
        return f'"0{text}"' if re.fullmatch(r"[0-9]:[0-5][0-9]", text) else ""
    words = {word.lower(): word for word in _words(field)}
    near = get_close_matches(text.lower(), list(words), 1)
    return f'"{words[near[0]]}"' if near else ""


def _words(field: FieldInfo) -> Iterable[str]:
    if "time zone" in (field.description or ""):
        return available_timezones()
    return [word for word in get_args(field.annotation) if isinstance(word, str)]
