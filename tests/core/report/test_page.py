"""The page of the report: what it says, in every language, and that it says the same in its pictures and its tables.

`*.txt` beside this file is what it said when somebody last read it; `WRITE_PAGES=1 pytest tests/core/report` writes it.
"""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.letters.desk import ZONE
from tests.core.report.searches import LANGUAGES, NOW, TEMPLATES, chance, many, rich, words
from triage import resources
from triage.core.report import Kept, gather
from triage.core.report.page import render
from triage.core.report.weeks import Series
from triage.core.report.words import parse
from triage.core.values import Application
from triage.core.wording import WordingError

HERE = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
each_language = pytest.mark.parametrize("language", LANGUAGES)


def page(kept: Kept, language: str = "en") -> str:
    return render(gather(kept, ZONE, NOW), words(language), language, TEMPLATES)


class _Reader(HTMLParser):
    """Takes a page apart: its tags with what they say of themselves, the words a person reads, and its tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.bars: list[str] = []
        self.cells: list[list[list[str]]] = []
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._silent += tag == "style"
        if tag == "table":
            self.cells.append([])
        elif tag == "tr":
            self.cells[-1].append([])
        elif tag in ("td", "th"):
            self.cells[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag == "style"

    def handle_data(self, data: str) -> None:
        if self._silent or not data.strip():
            return
        self.words.append(" ".join(data.split()))
        if self.tags[-1][0] in ("td", "th") and self.cells and self.cells[-1]:
            self.cells[-1][-1][-1] += data


@each_language
def test_what_it_says(language: str) -> None:
    path = HERE / f"{language}.txt"
    said = "\n".join(_Reader(page(rich(), language)).words) + "\n"
    if os.environ.get("WRITE_PAGES"):
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@each_language
def test_it_needs_nothing_else_and_leads_nowhere(language: str) -> None:
    read = _Reader(page(rich(), language))
    names = {tag for tag, _ in read.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "a", "base", "video", "audio"}
    policies = [said["content"] for tag, said in read.tags if said.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [POLICY]
    links = [(tag, said) for tag, said in read.tags if {"href", "src", "srcset"} & said.keys()]
    assert all(tag == "use" and str(said["href"]).startswith("#g-") for tag, said in links)
    assert "url(" not in page(rich(), language)
    assert [said["lang"] for tag, said in read.tags if tag == "html"] == [language]


def test_every_picture_is_hidden_from_who_listens_and_has_its_table() -> None:
    read = _Reader(page(rich()))
    figures = sum(tag == "figure" for tag, _ in read.tags)
    assert figures == sum(tag == "figcaption" for tag, _ in read.tags) == 3
    assert sum("numbers" in str(said.get("class")) for tag, said in read.tags if tag == "table") == 3
    drawings = [said for tag, said in read.tags if set(str(said.get("class")).split()) & {"track", "strip", "drawn"}]
    assert drawings
    assert all(said.get("aria-hidden") == "true" for said in drawings)
    heads = [said for tag, said in read.tags if tag == "th"]
    assert heads
    assert all(said.get("scope") in ("row", "col") for said in heads)


def test_pictures_show_what_their_tables_say() -> None:
    html = page(rich())
    strips = re.findall(
        r'<div class="strip s-(\w+)".*?<div class="columns">(.*?)</div>\s*<div class="marks">', html, re.S
    )
    drawn = {name: [int(cell or 0) for cell in re.findall(r'class="column">(\d*)', cells)] for name, cells in strips}
    found = gather(rich(), ZONE, NOW).weeks
    assert set(drawn) == {"good", "applied", "no"}
    assert all(numbers == [one.numbers[Series(series)] for one in found.stretches] for series, numbers in drawn.items())
    table = next(rows for rows in _Reader(html).cells if rows[0][0] == "by week")
    assert [int(cell) for cell in table[-1][1:]] == [found.total(series) for series in Series]
    assert len(table) == len(found.stretches) + 2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32).map(chance), st.sampled_from(LANGUAGES))
def test_no_word_of_a_mail_is_more_than_a_word(every: list[Application], language: str) -> None:
    html = page(Kept(every), language)
    read = _Reader(html)
    assert "script" not in {tag for tag, _ in read.tags}
    assert not re.search("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    assert "https://phish" not in html


def test_it_stays_small_however_long_the_log_is() -> None:
    large = page(many(5_000))
    assert len(large.encode()) < 600_000
    assert "4,676" not in large
    assert "4676 older applications" in large


@each_language
def test_it_does_not_judge(language: str) -> None:
    said = " ".join(_Reader(page(rich(), language)).words).casefold()
    for word in ("failure", "failed", "success", "congratulations", "great job", "misserfolg", "échec", "fracaso", "!"):
        assert word not in said


# --- Words ----------------------------------------------------------------------------------------------------------


@each_language
def test_words_do_not_say_you(language: str) -> None:
    """One file does for every form of address."""
    own = {
        "en": "you|your",
        "de": "du|dein\\w*|sie|ihr\\w*|dich|dir",
        "fr": "tu|vous|ton|ta|tes|votre|vos",
        "es": "tu|tus|usted|su|sus|te",
    }
    said = re.sub(r"^\s*#.*$|^Sie |(?<=[.:] )Sie ", "", resources.report(language, None), flags=re.MULTILINE)
    found = re.findall(rf"(?i)(?<![\w'])(?:{own[language]})(?![\w'])", said)
    assert [word for word in found if word not in ("ihrem", "su", "ihren", "sie")] == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "', 'titel = "', "the text 'title' is missing"),
        ('since = "since {day}"', 'since = "since {night}"', "may use {day}"),
        ('percent = "{n}%"', 'percent = "{n.real.__class__}%"', "may use {n}"),
        ('[win]\ninterview = "', '[win]\ninterwiev = "', "[win] needs a text named 'interview'"),
        ('have_ended = { one = ', 'have_ended = { on = ', "needs the forms"),
        ('short_months = ["Jan", ', "short_months = [", "needs 12 texts"),
        ("[unit]", "[unit", "is not valid TOML"),
    ],
)  # fmt: skip
def test_a_file_of_words_that_cannot_be_used_is_named(old: str, new: str, says: str) -> None:
    text = resources.report("en", None)
    assert old in text
    with pytest.raises(WordingError, match=re.escape(says)) as error:
        parse("en/report.toml", text.replace(old, new, 1))
    assert str(error.value).startswith("en/report.toml")
