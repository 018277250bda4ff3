"""No cell of a table that we write is taken for a formula, on whatever side of the world it is opened."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.cli.exporting import written
from triage.core.brought.cells import guarded, unguarded

SIGNS = "=+-@"
_EDGES = st.sampled_from(["=", "+", "-", "@", "＝", "\t", "\r", '"', "'", ",", ";", "|", "\n", " ", "﹢", "“", "x"])
CELLS = st.text(max_size=30) | st.lists(_EDGES, max_size=8).map("".join)


def calculated(cell: str) -> bool:
    """Would a spreadsheet begin to calculate?"""
    bare = unicodedata.normalize("NFKC", cell.lstrip(' \t\r\n"“”„«»'))
    return bare[:1] in tuple(SIGNS)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+49 30",
        "-cmd",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        '"=1',
        "'=1",
        "＝1",
        "﹢1",
        "x;=1",
        "x,=1",
        'x";"=1',
        "x|@1",
    ],
)
def test_a_formula_is_guarded(text: str) -> None:
    assert "'" in guarded(text)
    assert not calculated(guarded(text))


@pytest.mark.parametrize("text", ["Tidewell", "C++ developer", "Smith-Jones", "a@b.example", "O'Neill", "1-2", "a; b"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=4), st.sampled_from(",;\t|"))
def test_no_cell_is_calculated_whatever_the_delimiter(rows: list[list[str]], delimiter: str) -> None:
    text = written(("a", "b", "c"), rows)
    for cells in csv.reader(io.StringIO(text), delimiter=delimiter):
        assert not [cell for cell in cells if calculated(cell)]


@given(CELLS)
def test_a_guard_comes_off_again(text: str) -> None:
    plain = unguarded(guarded(text))
    assert guarded(plain) == guarded(text)
    assert "'" in text or plain == " ".join("".join(c if c.isprintable() else " " for c in text).split())


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4))
def test_every_row_is_there(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(written(("a", "b"), rows))))
    assert [len(row) for row in read] == [2] * (len(rows) + 1)
