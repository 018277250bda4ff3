"""Answers to the questions at set-up: what is kept of them, what is refused, and that they come back unchanged."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core import answers
from triage.core.answers import LONGEST, MOST_GOOD, AnswerError, Answers, read, written

ANY = st.text(max_size=LONGEST + 20)


def test_answers_are_kept_in_the_readers_own_words() -> None:
    said = answers.given(["walk by the canal", "ring Jo: 20:15 @ the café"], ["Ana"], "one talk", "soup, then bed")
    assert said == Answers(("walk by the canal", "ring Jo: 20:15 @ the café"), ("Ana",), "one talk", "soup, then bed")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a   walk\t", "a walk"),
        ("a\nwalk\r\n", "a walk"),
        ("a\x1b[2J walk\x00", "a[2J walk"),
        ("ma\u200bil \u202eevil", "mail evil"),
        ("\ud800", ""),
        ("", ""),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * LONGEST + "   ", "x" * LONGEST),
        ("🌳" * LONGEST, "🌳" * LONGEST),
    ],
)
def test_an_answer_is_one_plain_line(typed: str, kept: str) -> None:
    assert answers.cleaned(typed) == kept


@pytest.mark.parametrize("typed", ["x" * (LONGEST + 1), "word " * 40, "x" * 1_000_000])
def test_an_answer_that_is_too_long_is_refused_and_not_cut(typed: str) -> None:
    with pytest.raises(AnswerError, match=f"{LONGEST} characters"):
        answers.cleaned(typed)


def test_empty_answers_and_the_same_one_twice_are_left_out() -> None:
    assert answers.given(["tea", " ", "tea ", ""], ["", "Ana"]) == Answers(("tea",), ("Ana",))


@pytest.mark.parametrize(
    ("good", "people", "said"),
    [
        ([str(n) for n in range(MOST_GOOD + 1)], [], "room for 12 answers to 'good'; these are 13"),
        ([], ["Ana", "Bo", "Cy"], "room for 2 answers to 'person'; these are 3"),
    ],
)
def test_there_is_room_for_so_many(good: list[str], people: list[str], said: str) -> None:
    with pytest.raises(AnswerError, match=said):
        answers.given(good, people)


def test_nothing_said_is_nothing_stored() -> None:
    assert (written(Answers()), read("")) == ("", Answers())
    assert not Answers()
    assert all((Answers(good=("x",)), Answers(people=("x",)), Answers(win="x"), Answers(evening="x")))


@given(st.lists(ANY, max_size=MOST_GOOD), st.lists(ANY, max_size=2), ANY, ANY)
def test_what_is_kept_comes_back_and_has_no_controls(
    good: list[str], people: list[str], win: str, evening: str
) -> None:
    try:
        said = answers.given(good, people, win, evening)
    except AnswerError:
        return
    assert read(written(said)) == said
    assert all(text == " ".join(text.split()) for text in (*said.good, *said.people, said.win, said.evening))


KEYS = st.sampled_from(["good", "people", "win", "evening", "else"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
TREES = st.recursive(LEAVES, lambda some: st.lists(some) | st.dictionaries(KEYS, some))


@given(st.text() | TREES.map(json.dumps))
def test_reading_answers_or_refuses_and_nothing_else_happens(text: str) -> None:
    with suppress(AnswerError):
        assert isinstance(read(text), Answers)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "3", '"x"', '{"good": "walk"}', '{"win": 3}', '{"people": [1]}', '{"good": [["x"]]}', "[" * 9000],
)
def test_what_nobody_wrote_is_refused(text: str) -> None:
    with pytest.raises(AnswerError):
        read(text)
