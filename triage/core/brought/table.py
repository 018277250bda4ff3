"""A file of comma-separated values (RFC 4180, and what spreadsheets make of it) as a heading and rows of cells.

Its encoding and its delimiter are told by the file itself: by its first bytes, and by which delimiter makes headings
of the first line that are known.
"""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_BYTES = 20_000_000
_DELIMITERS = ",;\t|"
_SAID = re.compile(r"sep=(.)\n", re.IGNORECASE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class TableError(ValueError):
    """The file is no table; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, and the line of the file on which it begins."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The first row that has cells, and those below."""

    heading: tuple[str, ...]
    rows: tuple[Row, ...]


def read(data: bytes, known: Callable[[str], bool]) -> Table:
    """The table in a file. `known`: is this a heading that is understood? Raises TableError."""
    if len(data) > MOST_BYTES:
        raise TableError("is larger than 20 MB")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise TableError("is a spreadsheet of its own kind; save it as CSV first")
    text = decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    said = _SAID.match(text)
    text, skipped = (text[said.end() :], 1) if said else (text, 0)
    rows = max(_tried(text, said[1] if said else _DELIMITERS), key=lambda found: _fits(found, known))
    if not rows:
        raise TableError("has no row")
    return Table(rows[0].cells, tuple(Row(row.line + skipped, row.cells) for row in rows[1:]))


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16, or what Windows writes in Western Europe (cp1252). Raises TableError."""
    for mark, name in ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return _strictly(data[len(mark) :], name)
    if b"\0" in data[:1000]:  # half of the bytes of English text in UTF-16
        return _strictly(data, "utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(data, "cp1252")


def _strictly(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise TableError("has letters in an encoding that is not known; save it as UTF-8") from error


def _tried(text: str, delimiters: str) -> list[list[Row]]:
    """The rows that have something in them, by each delimiter that fits the file. Raises TableError where none does."""
    found, wrong = [], TableError("has no row")
    for one in delimiters:
        try:
            found.append(list(_read(text, one)))
        except TableError as error:
            wrong = error
    if not found:
        raise wrong
    return found


def _read(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(_LINE.findall(text), delimiter=delimiter)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(begins, tuple(cell.strip() for cell in cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise TableError(f"cannot be read from line {begins} on ({error})") from error


def _fits(rows: list[Row], known: Callable[[str], bool]) -> tuple[int, int]:
    heading = rows[0].cells if rows else ()
    return sum(map(known, heading)), len(heading)
