"""What a pattern needs stands in every text that it matches; and most say enough that few texts are tried in full."""

from __future__ import annotations

import re

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tests.core.judging import LANGUAGES
from triage import resources
from triage.core.detect.index import Marks
from triage.core.detect.needed import needed
from triage.core.text import fold


def _sets(*parts: str) -> list[set[str]]:
    return [set(part.split("|")) for part in parts]


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("unfortunately", _sets("unfortunately")),
        (r"\bregret(?:s|ted)?\b", _sets("regret|regrets|regretted")),
        ("not (?:go|move) forward", _sets("not go forward|not move forward")),
        (r"\b(?:we|i) (?:\w+ ){0,3}reject", _sets("reject")),
        ("(?:thank|merci).{0,20}(?:apply|candidature)", _sets("thank|merci", "apply|candidature")),
        ("d[ée]cision", _sets("décision|decision")),
        ("r[a-z]ject|refus", _sets("ject|refus")),
        ("abc+def", _sets("abc", "def")),
        ("abcd{2,3}", _sets("abcd")),
        ("a(?P<value>bcd)", _sets("abcd")),
        ("a(?P<value>[A-Z]+.bcdx)", _sets("bcdx")),
        (r"(?:\d+|abc).xyz", _sets("xyz")),
        (r"c\.v\.", _sets("c.v.")),
        (r"contrat\x{e1}mos", _sets("contratámos")),
        ("(?:abc)?def", _sets("abcdef|def")),
        # Nothing that they need, or nothing that says anything.
        ("(?:abc|def)*", []),
        ("abc{0,2}", []),
        ("(?:reject|.+)", []),
        ("(?:reject|)", []),
        ("ab", []),
        # What is not understood is no reason to skip a pattern.
        ("(?i)reject", []),
        (r"\Qreject\E", []),
        ("[[:alpha:]]reject", []),
        ("reject(", []),
        ("reject)", []),
        (r"\PLreject", []),
        (r"\101reject", []),
        (r"\07reject", []),
        (r"\x{0}reject", _sets("reject")),
        (r"[\x{0}a]reject", _sets("reject")),
    ],
)
def test_what_a_pattern_needs_is_read_off_it(pattern: str, parts: list[set[str]]) -> None:
    found = [set(words) for words in needed(pattern)]
    assert found == [{word[:12] for word in words} for words in parts]


def _pieces() -> st.SearchStrategy[tuple[str, str]]:
    """A pattern, and a text that it matches."""
    word = st.text("abcdeé '", min_size=1, max_size=7).map(lambda text: (text, text))
    some = st.sampled_from(
        [(".", "x"), (r"\w", "y"), ("[a-z]", "b"), ("[bé]", "é"), (r"\b", ""), (r"\.", "."), ("c+", "cc")]
    )
    return st.recursive(word | some, _more, max_leaves=12)


def _more(inner: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    row = st.lists(inner, min_size=1, max_size=4).map(_side_by_side)
    choice = st.tuples(st.lists(inner, min_size=1, max_size=4), st.integers(0, 3)).map(_either)
    times = st.tuples(
        inner, st.sampled_from([("?", 0), ("?", 1), ("*", 2), ("+", 2), ("{0,2}", 0), ("{2}", 2), ("??", 1)])
    )
    return row | choice | times.map(lambda found: (f"(?:{found[0][0]}){found[1][0]}", found[0][1] * found[1][1]))


def _side_by_side(found: list[tuple[str, str]]) -> tuple[str, str]:
    return "".join(pattern for pattern, _ in found), "".join(text for _, text in found)


def _either(found: tuple[list[tuple[str, str]], int]) -> tuple[str, str]:
    ways, number = found
    return f"(?:{'|'.join(pattern for pattern, _ in ways)})", ways[number % len(ways)][1]


@given(_pieces())
def test_what_it_needs_is_in_every_text_that_it_matches(piece: tuple[str, str]) -> None:
    pattern, text = piece
    for match in re.finditer(pattern, text):
        assert all(any(word in match[0] for word in words) for words in needed(pattern)), (match, needed(pattern))


@pytest.mark.parametrize("language", resources.LANGUAGES)
def test_what_our_phrases_need_is_in_all_that_they_match(language: str) -> None:
    signals = LANGUAGES.ear(language).signals.signals
    said = "\n".join(fold(text) for signal in signals for text in (*signal.match, *signal.no_match))
    patterns = {pattern for signal in signals for pattern in signal.patterns}
    found = 0
    for pattern in patterns:
        parts = needed(pattern)
        for match in re2.finditer(f"(?m:{pattern})", said) if parts else ():
            found += 1
            assert all(any(word in match[0] for word in words) for words in parts), (pattern, match[0], parts)
    assert found > len(patterns), "else this shows little"
    assert sum(not needed(pattern) for pattern in patterns) < len(patterns) / 25, "many are tried on every sentence"


def test_of_hundreds_of_phrases_few_are_likely_in_a_sentence() -> None:
    rows = [
        pattern for one in LANGUAGES.ear("en").signals.signals if one.where == "sentence" for pattern in one.patterns
    ]
    likely = Marks([needed(pattern) for pattern in rows]).likely
    assert len(likely("the cat sat on the mat")) < len(rows) / 20
    assert len(likely("unfortunately we have decided to go on with other candidates")) < len(rows) / 10
