"""The finished mail: headers nobody else has a say in, and two parts that say the same."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise

import pytest
import turbohtml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.letters.desk import SEAL, TEMPLATES, ZONE, Desk, mail
from tests.core.letters.scenes import NOW, ONE_BEFORE, SCENES, Scene, no
from triage import resources
from triage.core import compose
from triage.core.compose import HEADERS, WIDTH, Seal
from triage.core.content import Letter, Section
from triage.core.letter import Composed, LetterKind
from triage.core.values import Details, Kind

HTML = resources.templates(None)["letter.html.j2"]
EVERY = st.sampled_from(list(SCENES))


def parsed(mailed: Composed) -> EmailMessage:
    message = message_from_bytes(mailed.data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(mailed: Composed, kind: str) -> str:
    body = parsed(mailed).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def squeezed(text: str) -> str:
    return "".join(text.split())


def said(letter: Letter) -> list[str]:
    """Every text of a letter, in its order."""
    sections = [text for one in letter.sections for text in (one.heading, *one.paragraphs, *one.items) if text]
    return [squeezed(text) for text in (letter.greeting, *sections, *letter.footer)]


def elements(html: str) -> list[turbohtml.Element]:
    return list(turbohtml.parse(html).select("*"))


def skeleton(html: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every element with its attributes, without the texts."""
    return [(one.tag, sorted((name, str(one.attr(name))) for name in one.attrs)) for one in elements(html)]


def html_texts(html: str) -> list[str]:
    return [squeezed(one.text) for one in elements(html) if one.tag in ("h1", "p", "h2", "li")]


def written(scene: Scene) -> tuple[Letter, Composed]:
    ((letter, mailed),) = scene.desk().letters(NOW)
    return letter, mailed


# --- Headers --------------------------------------------------------------------------------------------------------


def header_names(data: bytes) -> list[str]:
    """As a mail server sees them: the lines before the first empty one, folded ones joined."""
    head = data.partition(b"\r\n\r\n")[0].decode("ascii")
    return [line.partition(":")[0] for line in re.sub(r"\r\n[ \t]", " ", head).split("\r\n")]


@pytest.mark.parametrize("name", SCENES)
def test_the_headers_are_ours_and_no_others(name: str) -> None:
    assert sorted(header_names(written(SCENES[name]())[1].data)) == sorted(HEADERS)


def test_what_the_headers_say() -> None:
    _, mailed = written(SCENES["first-no"]())
    message = parsed(mailed)
    assert (message["From"], message["To"]) == ("triage <robin@example.org>", "Robin <robin@example.org>")
    assert (message["Subject"], message["Date"]) == ("Your note for Tuesday", "Tue, 03 Mar 2026 10:00:00 +0100")
    assert message["Message-ID"] == mailed.message_id
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "en")
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(one["Content-Transfer-Encoding"] == "quoted-printable" for one in message.iter_parts())


@pytest.mark.parametrize(
    "name", ["Robin Åkesson", "株式会社 花子", 'Robin "R" Example, PhD', "x" * 90, "", "Robin <b>"]
)
def test_a_reader_of_any_name(name: str) -> None:
    letter, mailed = written(SCENES["first-no"]())
    again = compose.compose(letter, mailed.message_id, replace(SEAL, name=name), TEMPLATES, NOW.astimezone(ZONE))
    assert sorted(header_names(again.data)) == sorted(HEADERS)
    (to,) = parsed(again)["To"].addresses
    assert (to.display_name, to.addr_spec) == (name, "robin@example.org")


def test_lines_end_and_fit_as_mail_asks() -> None:
    """RFC 5322, 2.1.1 and 2.3: CRLF only, no line over 998, and these stay within 78."""
    for make in SCENES.values():
        data = written(make())[1].data
        assert data.replace(b"\r\n", b"").count(b"\n") == data.replace(b"\r\n", b"").count(b"\r") == 0
        assert max(len(line) for line in data.split(b"\r\n")) <= 78
        data.decode("ascii")


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
    message = parsed(written(SCENES["first-no"]())[1])
    assert SEAL.made(message["Message-ID"], message[compose.MARK])


# --- The two parts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENES)
def test_both_parts_say_all_of_the_letter(name: str) -> None:
    letter, mailed = written(SCENES[name]())
    _say_the_same(letter, mailed)


def _say_the_same(letter: Letter, mailed: Composed) -> None:
    expected = said(letter)
    assert html_texts(part(mailed, "html")) == expected
    left = squeezed(part(mailed, "plain"))
    for text in expected:
        before, found, left = left.partition(text)
        assert found
        assert not before.strip("-*")
    assert not left


@pytest.mark.parametrize("name", SCENES)
def test_the_text_part_is_narrow_and_plain(name: str) -> None:
    lines = part(written(SCENES[name]())[1], "plain").splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert all(line == line.rstrip() for line in lines)
    assert not [pair for pair in pairwise(lines) if pair == ("", "")]


hostile = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["<", ">", "&", '"', "'", "</p>", "<b>", "<img src=x onerror=alert(1)>", "&lt;", "]]>", "<!--", "\r\n"]
        )
    ).map("".join),
)


@settings(max_examples=150, deadline=None)
@given(hostile, hostile, st.sampled_from([Kind.REJECTION, Kind.OFFER, Kind.UNSURE]))
@example("<script>alert(1)</script>", "</style></title><script>", Kind.REJECTION)
@example("Tide\r\nBcc: x@evil.example", "=?utf-8?q?x?=\n\nbody", Kind.REJECTION)
@example("x" * 80, "https://" + "y" * 80, Kind.REJECTION)
@example("{{ 7*7 }}", "{% for x in y %}{0.__class__}%s", Kind.OFFER)
@example("---", "* *", Kind.REJECTION)
def test_no_word_of_a_mail_is_more_than_a_word(company: str, role: str, kind: Kind) -> None:
    """Whatever employers are called: the same elements and attributes, the same headers, the same text twice."""
    letter, mailed = _about(company, role, kind)
    _, harmless = _about("Tidewell", "Analyst", kind)
    assert skeleton(part(mailed, "html")) == skeleton(part(harmless, "html"))
    assert header_names(mailed.data) == header_names(harmless.data)
    assert {name: parsed(mailed)[name] for name in ("From", "To", "Subject", "Date")} == {
        name: parsed(harmless)[name] for name in ("From", "To", "Subject", "Date")
    }
    assert max(map(len, part(mailed, "plain").splitlines())) <= WIDTH
    _say_the_same(letter, mailed)


def _about(company: str, role: str, kind: Kind) -> tuple[Letter, Composed]:
    desk = Desk()
    desk.enter(mail(kind, "2026-03-03 08:40", Details(company or "-", role or "-")))
    ((letter, mailed),) = desk.letters(NOW)
    return letter, mailed


def test_the_same_letter_is_the_same_bytes() -> None:
    scene = Scene(ONE_BEFORE, (no(),))
    assert written(scene)[1] == written(scene)[1]


def test_a_letter_of_one_long_word() -> None:
    letter, mailed = written(SCENES["first-no"]())
    long = replace(letter, sections=(Section("", ("x" * 300,), ("y" * 300,)),))
    again = compose.compose(long, mailed.message_id, SEAL, TEMPLATES, NOW)
    assert max(map(len, part(again, "plain").splitlines())) <= WIDTH


# --- The page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["first-no", "three-at-once", "invitation"])
def test_the_page_loads_nothing_and_runs_nothing(name: str) -> None:
    tags = {one.tag for one in elements(part(written(SCENES[name]())[1], "html"))}
    assert tags <= {"html", "head", "meta", "title", "style", "body", "div", "p", "h1", "h2", "ul", "li"}
    assert not re.search(r"https?:|url\(|@import|src=|href=|\son\w+=", HTML)


def test_the_page_names_its_language_and_takes_both_schemes() -> None:
    page = part(written(SCENES["first-no"]())[1], "html")
    assert '<html lang="en">' in page
    assert '<meta name="color-scheme" content="light dark">' in page


def test_letters_are_large_enough() -> None:
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", HTML)]
    assert sizes
    assert min(sizes) >= 16


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(css: str, name: str) -> list[str]:
    return re.findall(rf"(?<![\w-]){name}: (#[0-9a-f]{{6}})", css)


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_stands_out_on_every_ground(dark: bool) -> None:
    media = HTML[HTML.index("@media") : HTML.index("</style>")]
    css = media if dark else HTML.replace(media, "")
    texts, grounds = colours(css, "color"), colours(css, "background")
    assert len(texts) >= 2
    assert len(grounds) >= 2
    assert min(contrast(text, ground) for text in texts for ground in grounds) >= 4.5


def test_contrast_is_measured_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
