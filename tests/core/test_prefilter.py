"""The words of the quick look: a text of plain ASCII is cut by a shorter way, to the same words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage.core.characters import clean
from triage.core.model.prefilter import present
from triage.core.model.said import Said

TEXTS = st.text(st.sampled_from("aBz'`-_.,19 \n\t\x00\x1f\x7f"), max_size=60) | st.text(
    "aB ", min_size=60, max_size=120
)


@given(TEXTS)
def test_plain_text_has_the_same_words_as_any_other(text: str) -> None:
    # One letter is no word, so this one changes the way and not the words.
    assert present(Said("", "", (text,))) == present(Said("", "", (text, "é")))


@given(st.text(max_size=60).map(clean))  # as every message's text is
def test_it_does_not_matter_how_often_or_where_a_word_stands(text: str) -> None:
    words = text.split()
    assert present(Said("", "", (text,))) == present(Said("", "", (" ".join(reversed(words)), text)))


def test_words_are_small_letters() -> None:
    assert present(Said("Bo Berg", "Re: OFFER no. 7", ("Don’t miss the Straße", "x"), "old")) == {
        "bo", "berg", "re", "offer", "no", "don", "miss", "the", "strasse", "old",
    }  # fmt: skip
