"""How a letter looks in Debian's Chromium: on a phone and on a desktop, by day and in the dark.

`*.png` beside this file is how it looked when somebody last looked: `WRITE_SCREENSHOTS=1 pytest tests/rendered`
renders them anew. Look at every one that changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.core.letters.reading import part, said, squeezed
from tests.core.letters.rich import DRAFT, HOSTILE, RICH, mailed
from tests.rendered import chromium
from tests.rendered.chromium import Chromium, Reader
from tests.rendered.looking import Colour, Shades, colour, contrast, shades, texts
from triage.core.page import Letter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not chromium.is_there(), reason="Chromium is not installed (Debian's package `chromium`)."),
]

HERE = Path(__file__).parent
READERS = [
    Reader("phone-light", 360, 800, dark=False, phone=True),
    Reader("phone-dark", 360, 800, dark=True, phone=True),
    Reader("desktop-light", 1280, 900),
    Reader("desktop-dark", 1280, 900, dark=True),
]
PHONE, PHONE_DARK, DESKTOP, DESKTOP_DARK = READERS
PAGE, WORST = (part(mailed(letter), "html") for letter in (RICH, HOSTILE))
each_reader = pytest.mark.parametrize("reader", READERS, ids=[one.name for one in READERS])
each_page = pytest.mark.parametrize("page", [PAGE, WORST], ids=["rich", "hostile"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium.running() as running:
        yield running


def without_sheet(page: str) -> str:
    """As some mail programs show it: they drop every style sheet, and keep what stands in the elements."""
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def plain(page: str) -> str:
    """As it would be with no styles at all."""
    return re.sub(r' style="[^"]*"', "", without_sheet(page))


# --- Facts ----------------------------------------------------------------------------------------------------------


@each_reader
@each_page
def test_nothing_is_wider_than_the_screen(browser: Chromium, page: str, reader: Reader) -> None:
    browser.show(page, reader)
    assert browser.ask("[innerWidth, document.documentElement.scrollWidth]") == [reader.width, reader.width]
    edges = browser.ask("[...document.querySelectorAll('*')].map(one => one.getBoundingClientRect().right)")
    assert max(edges) <= reader.width
    assert all(seen.left >= 0 and seen.right <= reader.width for seen in texts(browser))


@each_reader
@each_page
def test_nothing_is_loaded_and_nothing_runs(browser: Chromium, page: str, reader: Reader) -> None:
    browser.show(page, reader)
    assert browser.asked == []
    assert browser.ask("document.scripts.length + document.images.length + document.links.length") == 0


def test_it_would_be_noticed_if_something_were_loaded(browser: Chromium) -> None:
    browser.show(PAGE.replace("</h1>", '</h1><img src="http://employer.example/x.png">'), PHONE)
    browser.ask("new Promise(done => setTimeout(done, 50))")
    assert browser.asked == ["http://employer.example/x.png"]


@each_reader
@pytest.mark.parametrize("kept", [PAGE, without_sheet(PAGE)], ids=["whole", "sheet-dropped"])
def test_every_text_is_large_and_stands_out(browser: Chromium, kept: str, reader: Reader) -> None:
    browser.show(kept, reader)
    seen = texts(browser)
    assert squeezed("".join(one.text for one in seen)) == "".join(said(RICH))
    assert min(one.size for one in seen) >= 16
    assert min(contrast(one.colour, one.ground) for one in seen) >= 4.5


@each_reader
def test_what_is_drawn_stands_out(browser: Chromium, reader: Reader) -> None:
    """WCAG 2.2, 1.4.11: 3 to 1 for what is no text."""
    browser.show(PAGE, reader)
    ground = _style(browser, ".sheet", "backgroundColor")
    assert contrast(_style(browser, ".unit", "backgroundColor"), ground) >= 3
    assert contrast(_style(browser, ".copy", "borderLeftColor"), ground) >= 3


def _style(browser: Chromium, selector: str, name: str) -> Colour:
    return colour(browser.ask(f"getComputedStyle(document.querySelector('{selector}')).{name}"))


@pytest.mark.parametrize(("lighter", "darker"), [(PHONE, PHONE_DARK), (DESKTOP, DESKTOP_DARK)])
def test_the_dark_is_dark(browser: Chromium, lighter: Reader, darker: Reader) -> None:
    grounds = []
    for reader in (lighter, darker):
        browser.show(PAGE, reader)
        grounds.append({sum(seen.ground) / 3 for seen in texts(browser)})
    by_day, by_night = grounds
    assert min(by_day) > 200
    assert max(by_night) < 60


def test_lines_are_not_too_long_to_read(browser: Chromium) -> None:
    browser.show(PAGE, DESKTOP)
    longest = max(seen.right - seen.left for seen in texts(browser))
    assert longest <= 40 * 17, "about 80 letters"


def test_contrast_is_measured_right() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


# --- Words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", [RICH, HOSTILE], ids=["rich", "hostile"])
def test_the_text_part_says_what_the_page_shows(browser: Chromium, letter: Letter) -> None:
    """Word by word, but for the lines, stars and list marks of the text part."""
    browser.show(part(mailed(letter), "html"), DESKTOP)
    shown, text = browser.ask("document.body.innerText"), part(mailed(letter), "plain")
    assert squeezed(re.sub(r"^\* |^-+$|(?<=  )\*+(?=  )", "", text, flags=re.MULTILINE)) == squeezed(shown)


def test_a_draft_is_copied_as_it_is(browser: Chromium) -> None:
    browser.show(PAGE, DESKTOP)
    assert browser.ask("document.querySelector('.copy').innerText").strip() == DRAFT


def test_what_a_screen_reader_is_given(browser: Chromium) -> None:
    browser.show(PAGE, PHONE)
    heard = browser.heard()
    headings = [(role, words) for role, words in heard if role.startswith("heading")]
    assert headings == [
        ("heading 1", RICH.greeting),
        *(("heading 2", section.heading) for section in RICH.sections if section.heading),
    ]
    (bars,) = (section.bars for section in RICH.sections if section.bars)
    rows = [f"{bar.label} {bar.words}" for bar in bars]
    assert [words for role, words in heard if words in rows] == rows, "a row is one sentence"
    assert [words for role, words in heard if role == "listitem"] == list(RICH.sections[2].items)
    roles = {role for role, _ in heard}
    assert not roles & {"table", "row", "cell", "gridcell", "image", "LayoutTable", "LayoutTableCell"}


# --- Pictures -------------------------------------------------------------------------------------------------------

SAME = 0.004
"""How far apart two pictures may be where the letters are as wide as in the stored ones."""
ALIKE = 0.03
"""And where they are not, as another font is in use: lines then end elsewhere."""
FONT = "Georgia, 'Times New Roman', serif"


@cache
def looked_at(browser: Chromium, page: str, reader: Reader) -> Shades:
    browser.show(page, reader)
    return shades(browser, browser.picture())


def same_font(browser: Chromium) -> bool:
    """Are letters here as wide as those of Liberation Serif, in which the pictures were made?"""
    measured = "context.font = font, context.measureText('Hamburgefonstiv and so on').width"
    fonts = f"""["17px {FONT}", "17px 'Liberation Serif', monospace"]"""
    one, other = browser.ask(
        f"(() => {{ const context = document.createElement('canvas').getContext('2d');"
        f"return {fonts}.map(font => ({measured})) }})()"
    )
    return bool(one == other)


@each_reader
def test_a_letter_looks_as_it_did_when_somebody_looked(browser: Chromium, reader: Reader) -> None:
    path = HERE / f"{reader.name}.png"
    browser.show(PAGE, reader)
    picture = browser.picture()
    if os.environ.get("WRITE_SCREENSHOTS"):
        path.write_bytes(picture)
    now, then = shades(browser, picture), shades(browser, path.read_bytes())
    most, height = (SAME, 0.02) if same_font(browser) else (ALIKE, 0.4)
    assert now.width == then.width
    assert now.height == pytest.approx(then.height, rel=height)
    assert now.distance(then) <= most


def _replaced(one: str, other: str) -> Callable[[str], str]:
    def replace(page: str) -> str:
        assert one in page
        return page.replace(one, other)

    return replace


def _cut(pattern: str) -> Callable[[str], str]:
    def cut(page: str) -> str:
        assert re.search(pattern, page, re.DOTALL)
        return re.sub(pattern, "", page, count=1, flags=re.DOTALL)

    return cut


BROKEN: dict[str, tuple[Reader, Callable[[str], str]]] = {
    "no styles": (DESKTOP, plain),
    "no styles in the dark": (PHONE_DARK, plain),
    "style sheet dropped in the dark": (DESKTOP_DARK, without_sheet),
    "style sheet dropped on a phone": (PHONE, without_sheet),
    "dark text on a dark ground": (DESKTOP_DARK, _replaced("color: #e8e6e0 !important", "color: #2b2a27 !important")),
    "dark text on dark, on a phone": (PHONE_DARK, _replaced("color: #e8e6e0 !important", "color: #2b2a27 !important")),
    "light ground lost": (DESKTOP, _replaced("background-color: #fffdf8", "background-color: #2b2a27")),
    "too wide": (PHONE, _replaced('<p style="', '<p style="width: 900px; ')),
    "not made for phones": (PHONE, _cut("<meta name=.viewport.*?>")),
    "as wide as the screen": (DESKTOP, _replaced("max-width: 35em", "max-width: none")),
    "no bars": (DESKTOP, _cut(r'<table class="bars".*?</table>')),
    "no foot": (DESKTOP, _cut(r'<div class="foot".*?</div>')),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_page_does_not_look_the_same(browser: Chromium, name: str) -> None:
    reader, broken = BROKEN[name]
    assert looked_at(browser, broken(PAGE), reader).distance(looked_at(browser, PAGE, reader)) > SAME


@pytest.mark.parametrize(
    "name", ["no styles", "no styles in the dark", "style sheet dropped in the dark", "light ground lost"]
)
def test_the_worst_is_noticed_in_any_font(browser: Chromium, name: str) -> None:
    reader, broken = BROKEN[name]
    assert looked_at(browser, broken(PAGE), reader).distance(looked_at(browser, PAGE, reader)) > ALIKE


@pytest.mark.parametrize("font", ["sans-serif", "monospace"])
@pytest.mark.parametrize("reader", [PHONE, DESKTOP_DARK], ids=["phone", "desktop-dark"])
def test_another_font_is_nothing_broken(browser: Chromium, font: str, reader: Reader) -> None:
    other = looked_at(browser, _replaced(FONT, font)(PAGE), reader)
    usual = looked_at(browser, PAGE, reader)
    assert other.distance(usual) <= ALIKE
    assert other.height == pytest.approx(usual.height, rel=0.4)
