"""Which language a mail is in, and that a language is made ready only when it is met."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.judging import message
from triage import resources
from triage.core.detect.index import Index
from triage.core.detect.languages import Languages

HARD = Path(__file__).parents[1] / "hard"
LANGUAGES = Languages(resources.signals(resources.LANGUAGES), resources.common_words())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("G'day Kit, put a young fella on yesterday. I'll give ya a bell. Jake", "en"),
        ("Hallo Kit, das wird leider nichts. Gruß Jo", "de"),
        ("Hola, al final no. Gracias.", "es"),
        ("Bonjour, ce ne sera pas possible.", "fr"),
        ("Ciao, abbiamo preso un altro.", "it"),
        ("Hoi, het is een ander geworden.", "nl"),
        ("Cześć, niestety nie tym razem, dziękuję.", "pl"),
        ("Olá, a vaga já não está disponível.", "pt"),
        ("Hej, det blev tyvärr inte du den här gången.", "sv"),
    ],
)
def test_two_lines_tell_their_language(text: str, language: str) -> None:
    assert language in LANGUAGES.spoken(text)


def test_both_languages_of_a_mail_in_two_are_heard() -> None:
    both = LANGUAGES.spoken(
        "Vielen Dank für Ihre Bewerbung, wir melden uns bei Ihnen.\n\n"
        "Thank you for your application, we will be in touch with you."
    )
    assert set(both) == {"de", "en"}


@pytest.mark.parametrize("path", sorted(HARD.glob("*-open.jsonl")), ids=lambda path: path.stem)
def test_mails_of_people_tell_their_language(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    told = [row["lang"] in LANGUAGES.spoken(f"{row['subject']}\n{row['body']}") for row in rows]
    assert sum(told) >= len(told) - 1


def test_a_mail_without_a_known_word_is_read_in_the_first_language() -> None:
    assert LANGUAGES.spoken("+++ 4711 +++") == ["en"]


def test_a_language_is_made_ready_when_it_is_met() -> None:
    languages = Languages({"en": "language = 'en'", "de": "not TOML at all ["}, 'en = "the and"\nde = "der und"')
    assert [ear.language for ear in languages.ears(message("The cat and the dog"))] == ["en"]
    with pytest.raises(ValueError, match="not TOML"):
        languages.ears(message("Der Hund und der Hase"))


SAID = "thank you for your application, unfortunately we have decided to go on with other candidates"


def test_after_a_rest_all_is_heard_as_before() -> None:
    ear = LANGUAGES.ear("en")
    index, captures = ear.at("sentence"), list(ear.captures("role"))
    heard = [(hit.signal.name, hit.start, hit.end) for hit in index.hits(SAID)]
    LANGUAGES.rest()
    assert ear.at("sentence") is not index
    assert [capture for capture, _ in ear.captures("role")] == [capture for capture, _ in captures] != []
    assert [(hit.signal.name, hit.start, hit.end) for hit in ear.at("sentence").hits(SAID)] == heard != []
    # Whoever was in the middle of it goes on.
    assert [(hit.signal.name, hit.start, hit.end) for hit in index.hits(SAID)] == heard


def test_patterns_that_are_made_anew_hear_the_same() -> None:
    index = Index(LANGUAGES.ear("en").signals.signals[:20])
    text = f"{SAID}. " * 2_000
    heard = {tuple((hit.signal.name, hit.start, hit.end) for hit in index.hits(text)) for _ in range(5)}
    assert len(heard) == 1


@given(st.text())
def test_every_text_has_one_language_or_two(text: str) -> None:
    assert 1 <= len(LANGUAGES.spoken(text)) <= 2
