"""The finished mail: headers nobody else has a say in, and two parts that say the same."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
import turbohtml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.letters.reading import elements, parsed, part, say_the_same, skeleton
from tests.core.letters.rich import HOSTILE, NOW, RICH, SEAL, TEMPLATES, mailed
from triage import resources
from triage.core import compose
from triage.core.compose import HEADERS, Seal
from triage.core.compose.setting import WIDTH
from triage.core.letter import LetterKind
from triage.core.page import Bar, Enclosure, Letter, Section

HTML = resources.templates(None)["letter.html.j2"]


# --- Headers --------------------------------------------------------------------------------------------------------


def header_names(data: bytes) -> list[str]:
    """As a mail server sees them: the lines before the first empty one, folded ones joined."""
    head = data.partition(b"\r\n\r\n")[0].decode("ascii")
    return [line.partition(":")[0] for line in re.sub(r"\r\n[ \t]", " ", head).split("\r\n")]


@pytest.mark.parametrize("letter", [RICH, HOSTILE], ids=["rich", "hostile"])
def test_the_headers_are_ours_and_no_others(letter: Letter) -> None:
    assert sorted(header_names(mailed(letter).data)) == sorted(HEADERS)


def test_what_the_headers_say() -> None:
    message = parsed(mailed(RICH))
    assert (message["From"], message["To"]) == ("triage <robin@example.org>", "Robin <robin@example.org>")
    assert (message["Subject"], message["Date"]) == (
        "Your week, Monday 9 March",
        "Mon, 09 Mar 2026 10:00:00 +0100",
    )
    assert message["Message-ID"] == mailed(RICH).message_id
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "en")
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(one["Content-Transfer-Encoding"] == "quoted-printable" for one in message.iter_parts())


@pytest.mark.parametrize(
    "name", ["Robin Åkesson", "株式会社 花子", 'Robin "R" Example, PhD', "x" * 90, "", "Robin <b>"]
)
def test_a_reader_of_any_name(name: str) -> None:
    again = compose.compose(RICH, "<1@example.org>", replace(SEAL, name=name), TEMPLATES, NOW)
    assert sorted(header_names(again.data)) == sorted(HEADERS)
    (to,) = parsed(again)["To"].addresses
    assert (to.display_name, to.addr_spec) == (name, "robin@example.org")


@pytest.mark.parametrize("letter", [RICH, HOSTILE], ids=["rich", "hostile"])
def test_lines_end_and_fit_as_mail_asks(letter: Letter) -> None:
    """RFC 5322, 2.1.1 and 2.3: CRLF only, no line over 998, and these stay within 78."""
    data = mailed(letter).data
    assert data.replace(b"\r\n", b"").count(b"\n") == data.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    data.decode("ascii")


@given(data=st.binary(max_size=400))
@settings(max_examples=50, deadline=None)
def test_a_file_that_goes_along_comes_out_as_it_was(data: bytes) -> None:
    with_it = replace(RICH, enclosed=Enclosure("copy.zip", data))
    composed = mailed(with_it)
    assert composed == mailed(with_it)
    assert sorted(header_names(composed.data)) == sorted(HEADERS)
    assert max(len(line) for line in composed.data.split(b"\r\n")) <= 78
    message = parsed(composed)
    assert [one.get_content_type() for one in message.iter_parts()] == ["multipart/alternative", "application/zip"]
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("copy.zip", data)
    say_the_same(RICH, composed)


# --- The seal -------------------------------------------------------------------------------------------------------


def test_an_id_depends_on_what_is_told_and_on_the_secret_alone() -> None:
    ids = {
        SEAL.message_id(LetterKind.DAILY, ["a", "b"]),
        SEAL.message_id(LetterKind.PROMPT, ["a", "b"]),
        SEAL.message_id(LetterKind.DAILY, ["a"]),
        replace(SEAL, secret=b"another").message_id(LetterKind.DAILY, ["a", "b"]),
    }
    assert len(ids) == 4
    assert SEAL.message_id(LetterKind.DAILY, ["b", "a"]) in ids
    assert all(re.fullmatch(r"<[0-9a-f]{40}@example\.org>", one) for one in ids)


@pytest.mark.parametrize("mark", ["", "x", "é", "0" * 40])
def test_a_mark_that_is_not_ours(mark: str) -> None:
    assert not SEAL.made("<1@example.org>", mark)


def test_a_mark_is_good_for_one_letter_only() -> None:
    mark = SEAL.mark("<1@example.org>")
    assert SEAL.made("<1@example.org>", mark)
    assert not SEAL.made("<2@example.org>", mark)
    assert not Seal(SEAL.reader, SEAL.name, SEAL.language, b"another").made("<1@example.org>", mark)


def test_every_letter_carries_its_mark() -> None:
    message = parsed(mailed(RICH))
    assert SEAL.made(message["Message-ID"], message[compose.MARK])


# --- The two parts --------------------------------------------------------------------------------------------------


def test_both_parts_say_all_of_a_letter_that_has_everything() -> None:
    say_the_same(RICH, mailed(RICH))


def test_the_text_part_is_narrow_and_plain() -> None:
    lines = part(mailed(RICH), "plain").splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert all(line == line.rstrip() for line in lines)
    assert not [pair for pair in pairwise(lines) if pair == ("", "")]
    assert re.fullmatch(r"[\w\s.,:?&“”*-]*", "".join(lines)), "no drawings of lines"


def test_a_text_to_copy_is_set_apart() -> None:
    text, html = part(mailed(RICH), "plain"), part(mailed(RICH), "html")
    assert "\n\n  Dear Ms Okafor,\n\n  thank you for" in text
    assert "\n\n  Kind regards\n  Robin\n\n" in text
    (block,) = turbohtml.parse(html).select(".copy")
    assert "border: 1px solid" in str(block.attr("style"))
    assert "Kind regards<br>Robin</p>" in html


words = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60),
    st.lists(
        st.sampled_from(
            ["<", ">", "&", '"', "'", "</p>", "<b>", "<img src=x onerror=alert(1)>", "&lt;", "]]>", "<!--", "{{ 7*7 }}"]
        )
    ).map("".join),
)
amounts = st.integers(0, 200)


def _letter(said: tuple[str, ...], lines: list[str], amount: int) -> Letter:
    greeting, heading, paragraph, label, counted, item, footer = said
    bars = (Bar(label[:10], amount, counted), Bar("Tue", 3, counted))
    section = Section(heading or "-", (paragraph,), bars, (item,), "\n".join(lines))
    return replace(RICH, greeting=greeting, sections=(section, section), footer=(footer,))


@settings(max_examples=100, deadline=None)
@given(st.tuples(*[words] * 7), st.lists(words, max_size=4), amounts)
@example(("<script>alert(1)</script>",) * 7, ["</style></title><script>"], 1)
@example(("{{ 7*7 }}",) * 7, ["{% for x in y %}{0.__class__}%s"], 1)
@example(("x" * 80,) * 7, ["https://" + "y" * 80], 1)
@example(("---",) * 7, ["* *", "", "--"], 13)
def test_no_word_is_more_than_a_word(said: tuple[str, ...], lines: list[str], amount: int) -> None:
    """Whatever stands anywhere in a letter: the same elements and attributes, narrow lines, the same text twice."""
    letter = _letter(said, lines, amount)
    tame = ["x" if line.strip() else "" for line in "\n".join(lines).splitlines()]
    harmless = _letter(("x",) * 7, tame, amount)
    composed = mailed(letter)
    assert skeleton(part(composed, "html")) == skeleton(part(mailed(harmless), "html"))
    assert max(map(len, part(composed, "plain").splitlines())) <= WIDTH
    say_the_same(letter, composed)


def test_the_same_letter_is_the_same_bytes() -> None:
    assert mailed(RICH) == mailed(RICH)


# --- The page -------------------------------------------------------------------------------------------------------

TAGS = """
    html head meta title style body div p h1 h2 ul li br table tbody tr td span
"""


@pytest.mark.parametrize("letter", [RICH, HOSTILE], ids=["rich", "hostile"])
def test_the_page_loads_nothing_and_runs_nothing(letter: Letter) -> None:
    html = part(mailed(letter), "html")
    assert {one.tag for one in elements(html)} <= set(TAGS.split())
    attributes = {name for one in elements(html) for name in one.attrs}
    assert attributes <= {"lang", "charset", "name", "content", "style", "class", "role", "aria-hidden"}
    assert not re.search(r"https?:|url\(|@import|src=|href=|\son\w+=", HTML)
    assert not [one for one in elements(html) if re.search(r"url|//|import", str(one.attr("style")))]


def test_the_page_has_one_heading_above_all_others_and_real_lists() -> None:
    tags = [one.tag for one in elements(part(mailed(RICH), "html"))]
    headings = [tag for tag in tags if re.fullmatch(r"h\d", tag)]
    assert headings == ["h1", "h2", "h2", "h2"]
    assert (tags.count("ul"), tags.count("li")) == (1, 3)


def test_the_page_names_its_language_and_takes_both_schemes() -> None:
    html = part(mailed(RICH), "html")
    assert [one.tag for one in elements(html) if one.attr("lang") == "en"] == ["html", "div"]
    assert '<meta name="color-scheme" content="light dark">' in html


def test_tables_are_for_the_eye_only() -> None:
    page = turbohtml.parse(part(mailed(RICH), "html"))
    (table,) = page.select("table")
    assert table.attr("role") == "presentation"
    assert page.select("td.told")[0].text.split() == ["Monday", "two", "mails,", "one", "step"]
    assert [len(list(one.select(".unit"))) for one in page.select("td.drawn")] == [3, 0, 1, 5, 2]
    assert {one.attr("aria-hidden") for one in page.select("td.drawn")} == {"true"}


def test_letters_are_large_enough() -> None:
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", HTML)]
    assert sizes
    assert min(sizes) >= 16
