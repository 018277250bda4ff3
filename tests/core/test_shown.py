"""The one gate through which words of strangers reach a letter, a table or a log."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.core.shown import LONGEST, shown

AUTO_LINKED = re.compile(
    r"""(?ix) ://                                   # any scheme with a host
    | \bwww\.\S                                     # what begins like a web address
    | [^\s.] \. (?!js\b) [^\W\d_]{2}                  # what ends like one (node.js does not)
    | \S@\S                                         # a mail address
    | \b(?:mailto|tel|sms|file|javascript|data):\S  # schemes without a host
    | \\\\\w                                        # a Windows share
    """
)
"""What mail programs turn into a link by themselves."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tidewell", "Tidewell"),
        ("  Tide \t well\u00a0", "Tide well"),
        ("Tide\r\nBcc: robin", "Tide Bcc: robin"),
        ("Tide\u2028well\u2029\x85\x0bend", "Tide well end"),
        ("Tide\x00\x07well", "Tidewell"),
        ("\x1b[31mTide\x1b[0m", "[31mTide[0m"),
        ("\x9b31mTide", "31mTide"),
        ("Tide\u202ellew\u2066", "Tidellew"),
        ("T\u200bi\u200dd\u2060e\ufeffwell\u00ad", "Tidewell"),
        ("Tide\U000e0041well\ue000\ud800", "Tidewell"),
        ("https://evil.example/a?b=c", "https[:]//evil[.]example/a?b=c"),
        ("HTTP://EVIL.EXAMPLE", "HTTP[:]//EVIL[.]EXAMPLE"),
        ("ht\u200btps://evil.example", "https[:]//evil[.]example"),
        ("gopher://x", "gopher[:]//x"),
        ("www.evil.example", "www[.]evil[.]example"),
        ("www.1", "www[.]1"),
        ("e\u0301vile\u0301.com", "e\u0301vile\u0301[.]com"),
        ("and so on...", "and so on..."),
        ("Booking.com", "Booking[.]com"),
        ("почта.рф", "почта[.]рф"),
        ("evil。com", "evil[。]com"),
        ("evil．com", "evil[．]com"),
        ("jobs@evil.example", "jobs at evil[.]example"),
        ("mailto:jobs", "mailto[:]jobs"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("tel:+4612345", "tel[:]+4612345"),
        (r"\\host\share", r"\ host\share"),
        ("{{7*7}}", "{{7*7}}"),
        ("{0.__class__}", "{0.__class__}"),
        ("%s %(x)s $x ${x}", "%s %(x)s $x ${x}"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Entwickler:in (m/w/d)", "Entwickler:in (m/w/d)"),
        ("U.S. Steel, J.P. Morgan", "U.S. Steel, J.P. Morgan"),
        ("Node.js Developer, C++/C#, v1.2", "Node.js Developer, C++/C#, v1.2"),
        ("Åland & Søn – 東京 é", "Åland & Søn – 東京 é"),
        ("x" * 500, "x" * (LONGEST - 1) + "…"),
        ("a" * 79 + " b", "a" * 79 + "…"),
        ("x" * LONGEST, "x" * LONGEST),
        (" \u200b ", ""),
        ("", ""),
    ],
)
def test_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


PIECES = [
    "https://",
    "www.",
    ".com",
    "..co",
    "mailto:",
    "a.b",
    "\\\\a",
    "@b",
    "{{",
    "&amp;",
    *"\r\n\t\0\x1b\u202e\u200b\u2028.@:/[]",
]
hostile = st.lists(st.one_of(st.text(max_size=5), st.text(max_size=120), st.sampled_from(PIECES))).map("".join)


@given(hostile)
@example("a.\u200bcom")
@example("www\u200b.a.b")
@example("\\\\\\host")
@example("http:\n//a")
@example(":://a")
@example("WWW..AA")
@example("0" * 73 + "{WWW. 00")
@example("0" * 115 + "WWW. 00000")
def test_shown_holds_for_any_text(text: str) -> None:
    line = shown(text)
    assert len(line) <= LONGEST
    assert line == " ".join(line.split())
    assert len(line.splitlines()) <= 1
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]
    assert not AUTO_LINKED.search(line)
    assert shown(line) == line


@pytest.mark.parametrize("longest", [1, 2, 40, 600])
def test_shown_to_another_length(longest: int) -> None:
    assert shown("x" * 700, longest) == "x" * (longest - 1) + "…"
    assert shown("x" * longest, longest) == "x" * longest
