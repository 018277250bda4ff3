"""How words are set: narrow lines, pictures of stars, texts set apart, and styles in their places."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
import turbohtml
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from triage.core.compose import setting
from triage.core.compose.setting import LONGEST_BAR, WIDTH
from triage.core.page import Bar

WEEK = (Bar("Mon", 2, "two mails"), Bar("Tue", 0, "nothing came"), Bar("Wednesday", 1, "one mail"))


def test_a_picture_in_text() -> None:
    assert setting.charted(WEEK).splitlines() == [
        "Mon        **  two mails",
        "Tue            nothing came",
        "Wednesday  *   one mail",
    ]


def test_a_picture_of_nothing_draws_nothing() -> None:
    assert setting.charted((Bar("Mon", 0, "no mail"), Bar("Tue", 0, "no mail"))) == "Mon  no mail\nTue  no mail"


def test_long_words_beside_a_bar_stay_in_their_column() -> None:
    first, *others = setting.charted((Bar("Mon", 3, "a word and " * 20),)).splitlines()
    assert first.startswith("Mon  ***  a word")
    assert others
    assert all(re.match(r" {10}\w", line) for line in others)
    assert max(map(len, [first, *others])) <= WIDTH


amounts = st.lists(st.integers(0, 10_000), min_size=1, max_size=8)


@given(amounts)
def test_bars_are_short_and_keep_their_order(counted: list[int]) -> None:
    bars = [Bar("x", amount, "x") for amount in counted]
    drawn = [setting.units(bar, bars) for bar in bars]
    assert max(drawn) <= LONGEST_BAR
    assert all((length == 0) == (amount == 0) for length, amount in zip(drawn, counted, strict=True))
    assert [length for _, length in sorted(zip(counted, drawn, strict=True))] == sorted(drawn)


@given(st.lists(st.integers(0, LONGEST_BAR), min_size=1))
def test_a_bar_has_one_unit_for_each_where_they_fit(counted: list[int]) -> None:
    bars = [Bar("x", amount, "x") for amount in counted]
    assert [setting.units(bar, bars) for bar in bars] == counted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\n ", []),
        ("one", [["one"]]),
        ("one\r\ntwo\n\n\n\nthree\n", [["one", "two"], ["three"]]),
        ("\n  one  \n", [["one"]]),
    ],
)
def test_paragraphs_and_lines_of_a_text_as_it_is(text: str, expected: list[list[str]]) -> None:
    assert setting.stanzas(text) == expected


@pytest.mark.parametrize(("heading", "widest"), [("Still open", 10), ("a word " * 30, WIDTH)])
def test_the_line_below_a_heading_is_as_long(heading: str, widest: int) -> None:
    *lines, below = setting.headed(heading).splitlines()
    assert set(below) == {"-"}
    assert len(below) == max(map(len, lines)) <= widest


def test_a_text_set_apart_stays_apart_where_it_wraps() -> None:
    lines = setting.indented("a word and " * 20).splitlines()
    assert len(lines) > 1
    assert all(line.startswith("  ") and len(line) <= WIDTH for line in lines)


# --- Styles ---------------------------------------------------------------------------------------------------------


def test_rules_go_into_the_elements_and_media_rules_stay() -> None:
    style = "p { color: #111111 } .x { color: #222222 } @media print { p { color: #333333 !important } }"
    page = setting.page(f'<html><head><style>{style}</style></head><body><p>a</p><p class="x">b</p></body></html>')
    assert '<p style="color: #111111;">a</p><p class="x" style="color: #222222;">b</p>' in page
    assert "<style>@media print { p { color: #333333 !important } } </style>" in page


@pytest.mark.parametrize("text", ["<b> &lt;i&gt; \"x\" 'y'", "&amp;amp;", "</p></style><script>", "&#60;b>", "a\xa0b"])
def test_what_jinja_escaped_stays_escaped(text: str) -> None:
    page = setting.page(f'<style>p {{ margin: 0 }}</style><p title="{escape(text)}">{escape(text)}</p>')
    (only,) = turbohtml.parse(page).select("body *")
    assert (only.tag, only.text, only.attr("title")) == ("p", text, text)


def test_no_style_sheet_is_fetched_from_anywhere(tmp_path: Path) -> None:
    """The library can fetch; a reader's own template might ask for it."""
    (tmp_path / "mine.css").write_text("p { color: red }")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        links = [f"http://127.0.0.1:{server.getsockname()[1]}/x.css", str(tmp_path / "mine.css")]
        links.append((tmp_path / "mine.css").as_uri())
        head = "".join(f'<link rel="stylesheet" href="{link}"><style>@import url({link});</style>' for link in links)
        assert "<p>a</p>" in setting.page(f"<html><head>{head}</head><body><p>a</p></body></html>")
        with pytest.raises(TimeoutError):
            server.accept()
