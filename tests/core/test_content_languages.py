"""Golden letters in every other language, in familiar and in formal address: the same days as in English."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.core.letters.reading import part
from tests.core.letters.scenes import SCENES

LANGUAGES = ("de", "fr", "es")
FORMAL = (
    "first-no", "third-no-this-week", "fifth-this-week", "after-interview", "after-final", "feedback-and-reapply",
    "invitation", "offer", "week", "before-with-notes", "after-a-talk",
)  # fmt: skip
"""Days on which every letter there is is written; the words of all others are checked one by one (`test_wording`)."""
FAMILIAR = {
    "de": r"\b(?:du|dir|dich|deine?[mnrs]?)\b",
    "fr": r"\b(?:tu|te|toi|ta|tes|ton)\b|\bt’",
    "es": r"\b(?:tú|te|ti|tu|tus)\b",
}
CASES = [(language, name, False) for language in LANGUAGES for name in SCENES]
CASES += [(language, name, True) for language in LANGUAGES for name in FORMAL]


@pytest.mark.parametrize(("language", "name", "formal"), CASES)
def test_golden_letter(language: str, name: str, formal: bool, golden: Callable[[str, str], None]) -> None:
    letter, mailed = SCENES[name]().letter(1 + list(SCENES).index(name), language, formal=formal)
    golden(f"{language}{'-formal' * formal}/{name}", f"Subject: {letter.subject}\n\n{part(mailed, 'plain')}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMAL)
def test_nobody_is_addressed_in_two_ways(language: str, name: str) -> None:
    _, mailed = SCENES[name]().letter(1 + list(SCENES).index(name), language, formal=True)
    # What the reader may answer, and what they or an employer have written, stands in quotation marks.
    own = re.sub(r"„[^“]*“|«[^»]*»|“[^”]*”", "", part(mailed, "plain"))
    assert not re.search(FAMILIAR[language], own, re.IGNORECASE)
