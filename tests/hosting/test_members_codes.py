"""Codes and handles: not to be guessed, not to be mistyped, and nothing of a person in them; and the text agreed to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import InputError
from triage.hosting import codes
from triage.hosting.consent import LANGUAGES, Offer, consent

MISREAD = {"0": "0Oo", "1": "1IiLl"}


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=20, max_size=20), st.data())
def test_a_code_counts_however_it_was_read_out(code: str, data: st.DataObject) -> None:
    typed = [data.draw(st.sampled_from(MISREAD.get(one, one + one.lower()))) for one in code]
    between = [data.draw(st.sampled_from(["", " ", "-", "--"])) for _ in code]
    spaced = "".join(gap + one for gap, one in zip(between, typed, strict=True))
    assert codes.digest(spaced) == codes.digest(code)


@pytest.mark.parametrize(
    "typed", ["", "ABCD", "ABCD-1234-ABCD-1234-ABC", "ABCD-1234-ABCD-1234-ABCDE", "U" * 20, "é" * 20]
)
def test_what_cannot_be_a_code_is_a_sentence_and_is_not_repeated(typed: str) -> None:
    with pytest.raises(InputError, match="not a whole code") as error:
        codes.digest(typed)
    assert len(typed) < 5 or typed not in str(error.value)


def test_codes_and_handles_are_never_the_same_twice() -> None:
    assert len({codes.digest(codes.made()) for _ in range(500)}) == 500
    handles = {codes.handle() for _ in range(500)}
    assert len(handles) == 500
    assert all(re.fullmatch("m-[0-9a-z]{8}", handle) for handle in handles)


def test_a_code_is_a_hundred_bits() -> None:
    letters = "".join(codes.made().replace("-", "") for _ in range(400))
    assert len(codes.made().replace("-", "")) == 20
    assert len(set(letters)) == 32


def test_the_text_says_the_same_in_every_language() -> None:
    offer = Offer("The Desk", "desk@example.org", "https://example.org/privacy")
    texts = [consent(language, offer) for language in LANGUAGES]
    assert len({len(text.paragraphs) for text in texts}) == 1
    assert [text.name.partition("/")[2] for text in texts] == list(LANGUAGES)
    assert len({text.name.partition("/")[0] for text in texts}) == 1
    for text in texts:
        whole = " ".join(text.paragraphs)
        assert whole.count("The Desk") == 1
        assert whole.count("desk@example.org") == 2
        assert whole.endswith("https://example.org/privacy")
        assert text.ask.endswith("?")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_name_it_still_is_a_whole_text(language: str) -> None:
    text = " ".join(consent(language, Offer()).paragraphs)
    assert not re.search(r"[{}]|,\.| \.|\s$", text)
    assert text[0].isupper()
