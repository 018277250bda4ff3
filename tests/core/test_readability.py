"""The measure of how hard a text is to read."""

from __future__ import annotations

import pytest

from tests.core.readability import grade, sentences, syllables, words

SPOKEN = {
    1: "noes the looked used asked are were read mails hours notes likes through week made file note closed stopped",
    2: "reader quiet people table wanted minutes places dishes rhythm create being reason going higher science little "
    "handled pages changes taken listed answer someone employers'",
    3: "tomorrow idea candidate every area usual analyst earlier employer company period serious various "
    "interview together yesterday",
    4: "application experience society information everybody",
    5: "overqualified opportunity",
}
WORDS = [(word, number) for number, line in SPOKEN.items() for word in line.split()]


def test_syllables_are_counted_about_right() -> None:
    wrong = {word: syllables(word) for word, number in WORDS if syllables(word) != number}
    assert set(wrong) <= {"someone", "everybody"}
    assert all(abs(syllables(word) - number) <= 1 for word, number in WORDS)


def test_a_text_falls_into_sentences_and_words() -> None:
    text = "It is 14:30, for Tidewell's role. “Resume” ends it! Does it? Yes."
    assert [len(words(one)) for one in sentences(text)] == [7, 3, 2, 1]


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The cat sat on the mat. It was a good day.", -3, 2),
        ("It may sting, or leave you cold. Both are all right.", -2, 3),
        ("They write that some experience or skill was missing for this role.", 4, 8),
        (
            "Notwithstanding considerable organisational deliberation, the aforementioned application unfortunately "
            "necessitates discontinuation of further consideration.",
            20,
            60,
        ),
    ],
)
def test_the_grade_grows_with_the_pains(text: str, least: float, most: float) -> None:
    assert least <= grade(text) <= most
