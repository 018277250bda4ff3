"""From the log to the mail: every letter there is, and employers who are called whatever they like."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.letters.desk import Desk, mail
from tests.core.letters.reading import parsed, part, say_the_same, skeleton
from tests.core.letters.scenes import NOW, SCENES
from triage.core.compose import HEADERS
from triage.core.compose.setting import WIDTH
from triage.core.letter import Composed
from triage.core.page import Letter
from triage.core.values import Details, Kind


@pytest.mark.parametrize("name", SCENES)
def test_every_letter_says_the_same_twice_and_fits(name: str) -> None:
    written = SCENES[name]().desk().letters(NOW)
    assert written
    for letter, mailed in written:
        say_the_same(letter, mailed)
        assert sorted(parsed(mailed).keys()) == sorted(HEADERS)
        lines = part(mailed, "plain").splitlines()
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
    assert parsed(mailed).keys() == parsed(harmless).keys()
    assert {name: parsed(mailed)[name] for name in ("From", "To", "Subject", "Date")} == {
        name: parsed(harmless)[name] for name in ("From", "To", "Subject", "Date")
    }
    assert max(map(len, part(mailed, "plain").splitlines())) <= WIDTH
    say_the_same(letter, mailed)


def _about(company: str, role: str, kind: Kind) -> tuple[Letter, Composed]:
    desk = Desk()
    desk.enter(mail(kind, "2026-03-03 08:40", Details(company or "-", role or "-")))
    ((letter, mailed),) = desk.letters(NOW)
    return letter, mailed
