"""The report in Debian's Chromium: it loads nothing, fits a telephone and a sheet of paper, and is read in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.letters.desk import ZONE
from tests.core.report.searches import LANGUAGES, NOW, TEMPLATES, many, rich, words
from tests.rendered import chromium
from tests.rendered.chromium import Chromium, Reader
from tests.rendered.looking import colour, contrast, texts
from triage.core.report import Kept, gather
from triage.core.report.page import render
from triage.core.values import Details

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not chromium.is_there(), reason="Chromium is not installed (Debian's package `chromium`)."),
]


def page(kept: Kept, language: str = "en") -> str:
    return render(gather(kept, ZONE, NOW), words(language), language, TEMPLATES)


def worst() -> Kept:
    """Names as long as can be, without a place to break."""
    long = "W" * 300 + "<script>document.title='x'</script>\u202e"
    kept = rich()
    made = [
        replace(one, company=long, role=long, events=tuple(replace(e, details=Details(long, long)) for e in one.events))
        for one in kept.applications
    ]
    return replace(kept, applications=made)


READERS = [
    Reader("phone", 360, 800, phone=True),
    Reader("phone-dark", 360, 800, dark=True, phone=True),
    Reader("desktop", 1280, 900),
    Reader("desktop-dark", 1280, 900, dark=True),
    Reader("zoomed", 640, 450),  # 1280 at 200 %
]
PAGES = {"rich": page(rich()), "worst": page(worst()), "empty": page(Kept()), "many": page(many(60))}
each_reader = pytest.mark.parametrize("reader", READERS, ids=[one.name for one in READERS])
each_page = pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium.running() as running:
        yield running


def opened(html: str) -> str:
    return html.replace("<details", "<details open")


@each_reader
@each_page
def test_it_fits_and_loads_nothing(browser: Chromium, html: str, reader: Reader) -> None:
    browser.show(opened(html), reader)
    assert browser.ask("[innerWidth, document.documentElement.scrollWidth]") == [reader.width, reader.width]
    assert (browser.asked, browser.said) == ([], [])
    assert browser.ask("document.scripts.length + document.images.length + document.links.length") == 0


@each_reader
def test_every_text_can_be_read(browser: Chromium, reader: Reader) -> None:
    browser.show(opened(PAGES["rich"]), reader)
    seen = [one for one in texts(browser) if one.right - one.left > 1]
    assert min(one.size for one in seen) >= 14
    assert min(contrast(one.colour, one.ground) for one in seen) >= 4.5


@each_reader
def test_what_is_drawn_stands_out(browser: Chromium, reader: Reader) -> None:
    """WCAG 2.2, 1.4.11: 3 to 1 for what is no text."""
    browser.show(PAGES["rich"], reader)
    ground = colour(browser.ask("getComputedStyle(document.querySelector('section')).backgroundColor"))
    for selector, name in [(".bar", "backgroundColor"), (".line", "backgroundColor"), (".piece", "borderTopColor")]:
        drawn = browser.ask(f"getComputedStyle(document.querySelector('{selector}')).{name}")
        assert contrast(colour(drawn), ground) >= 3
    inks = browser.ask("[...document.querySelectorAll('.glyph')].map(one => getComputedStyle(one).color)")
    assert min(contrast(colour(ink), ground) for ink in inks) >= 3


def test_its_policy_holds_even_where_a_template_does_not(browser: Chromium) -> None:
    """A template of somebody else's may ask for a picture or a script: the policy in the head keeps it from leaving."""
    evil = "<img src='http://employer.example/x.png'><script>document.title = 'run'</script></main>"
    browser.show(PAGES["rich"].replace("</main>", evil), READERS[2])
    browser.ask("new Promise(done => setTimeout(done, 50))")
    assert browser.ask("document.title") == "The search at a glance"
    assert [line for line in browser.said if "Content Security Policy" in line]
    assert browser.loaded == []


def test_bars_are_as_long_as_their_numbers(browser: Chromium) -> None:
    browser.show(PAGES["rich"], READERS[2])
    script = """[...document.querySelectorAll('.bars tbody tr')].map(row => [
        parseInt(row.querySelector('.number').innerText), row.querySelector('.bar').getBoundingClientRect().width,
        row.querySelector('.drawn').getBoundingClientRect().width, row.closest('table').innerText])"""
    tables: dict[str, list[tuple[int, float]]] = {}
    for number, width, whole, table in browser.ask(script):
        tables.setdefault(table, []).append((number, width / whole))
    assert len(tables) == 3
    for rows in tables.values():
        most = max(number for number, _ in rows)
        assert [share for _, share in rows] == pytest.approx([number / most for number, _ in rows], abs=0.02)


def test_columns_are_as_high_as_their_numbers(browser: Chromium) -> None:
    browser.show(PAGES["many"], READERS[0])
    script = """[...document.querySelectorAll('.strip')].map(strip => [...strip.querySelectorAll('.column')].map(one =>
        [parseInt(one.innerText || '0'), one.querySelector('i')?.getBoundingClientRect().height ?? 0]))"""
    for strip in browser.ask(script):
        most, tallest = max(strip)
        assert [height / tallest for _, height in strip] == pytest.approx([n / most for n, _ in strip], abs=0.06)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_screen_reader_is_given(browser: Chromium, language: str) -> None:
    browser.show(page(rich(), language), READERS[2])
    heard = browser.heard()
    headings = [role for role, _ in heard if role.startswith("heading")]
    assert headings.count("heading 1") == 1
    assert all(int(role[-1]) <= 3 for role in headings)
    roles = {role for role, _ in heard}
    assert {"figure", "table", "row", "rowheader", "columnheader"} <= roles
    assert "image" not in roles


@pytest.mark.parametrize("name", PAGES)
def test_it_can_be_printed(browser: Chromium, name: str) -> None:
    browser.show(PAGES[name], READERS[2])
    printed = browser.printed()
    assert printed.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 1 <= pages <= 40


def test_it_opens_from_a_file(browser: Chromium, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(PAGES["rich"], encoding="utf-8")
    browser.open(path.as_uri())
    assert browser.ask("document.title") == "The search at a glance"
    assert (browser.asked, browser.said) == ([path.as_uri()], [])
