"""To leave a service takes a word that can be nothing else: no sentence about leaving, and no piece of one, will do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_reply import LANGUAGES, body, read, said, table
from triage.core.reply.phrases import Ask

LETTERS = sorted((Path(__file__).parent / "letters").rglob("*.txt"))
WORD = {"en": "leave", "de": "austreten", "fr": "quitter", "es": "salir"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "leave"),
        ("en", "LEAVE."),
        ("en", "“leave”"),
        ("en", "Please leave, thanks"),
        ("en", "I want to leave."),
        ("en", "yes, leave"),
        ("en", "leave once more"),
        ("en", "delete my account"),
        ("en", "forget everything about me"),
        ("en", "Hello,\n\nleave\n\nBest regards\nRobin"),
        ("en", "leave\nRobin"),
        ("en", "> leave it all?\n\nleave\n\n> anything"),
        ("de", "austreten"),
        ("de", "Ich möchte austreten."),
        ("de", "Ich trete aus"),
        ("de", "Teilnahme beenden"),
        ("de", "Löschen Sie mein Konto"),
        ("de", "loesche alles ueber mich"),
        ("de", "leave"),
        ("fr", "quitter"),
        ("fr", "Je veux quitter le service, merci"),
        ("fr", "résilier"),
        ("fr", "oubliez-moi"),
        ("es", "salir"),
        ("es", "Quiero salir, gracias"),
        ("es", "darme de baja del servicio"),
        ("es", "olvídame"),
    ],
)
def test_ways_of_leaving(language: str, text: str) -> None:
    assert said(body(text), language) == ["leave"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_below_words_that_stand_apart_it_still_counts(language: str) -> None:
    asks = [command.ask for command in read(f"Tidewell took me on in May.\n\n{WORD[language]}\n", language)]
    assert asks == [Ask.FREE, Ask.LEAVE]


PROSE = {
    "en": [
        "I leave it to you",
        "I leave it to you.\nThanks",
        "leave Fjord",
        "leave of absence",
        "leave: Fjord",
        "don't leave",
        "I do not want to leave",
        "do not leave yet",
        "leave?",
        "Can I leave?",
        "How do I leave the service?",
        "leave, or so I thought",
        "leave, no, wait",
        "leave and pause 7d",
        "leave, stop",
        "they granted me a year's leave",
        "You can answer with “leave”",
        "the note says “leave” ends it all",
        "“leave” ends it all: what is kept for you is removed, once you have been asked back.",
        "I would rather not\nleave",
        "There is no reason for me to\nleave\nbefore the end of the year",
        "leave\nthem to it, I thought, and went home that evening",
    ],
    "de": ["ich trete nicht aus", "aus dem Verein austreten, das wollte er", "wie kann ich austreten?"],
    "fr": ["ne pas quitter", "je ne veux pas\nquitter", "quitter Fjord", "peut-on quitter ?"],
    "es": ["no quiero salir", "salir a comer con ellos", "¿puedo salir?", "no me dejan\nsalir"],
}


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, rows in PROSE.items() for text in rows])
def test_prose_never_leaves(language: str, text: str) -> None:
    assert Ask.LEAVE not in {command.ask for command in read(text, language)}


_ORDINARY = """
I it that them they Fjord not never would could to the a job there is interview about before so they went with nicht den
Chef haben ne pas le travail no quiero el trabajo
"""
_ordinary = st.sampled_from(_ORDINARY.split())


@given(
    before=st.lists(_ordinary, min_size=1, max_size=12),
    after=st.lists(_ordinary, max_size=12),
    breaks=st.lists(st.sampled_from([" ", "\n", " "]), min_size=30, max_size=30),
    language=st.sampled_from(LANGUAGES),
)
@settings(max_examples=300, deadline=None)
def test_within_a_sentence_it_never_leaves_wherever_lines_break(
    before: list[str], after: list[str], breaks: list[str], language: str
) -> None:
    """Mail programs break lines as they like: the word may come to stand alone on one."""
    every = [*before, "xyzzy", WORD[language], "plugh", *after]
    text = "".join(f"{word}{gap}" for word, gap in zip(every, breaks, strict=False))
    assert Ask.LEAVE not in {command.ask for command in read(text, language)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["leave", "again"])
def test_what_a_letter_says_of_it_does_nothing_when_it_comes_back(language: str, name: str) -> None:
    """Quoted or not, and however its lines are broken."""
    own = table(language).help
    foot = f"{own['before']} {own[name]}"
    for quoted in (foot, foot.replace(" ", "\n"), f"> {foot}", f"-----Original Message-----\n{foot}"):
        assert read(body(quoted), language) == ()
        assert [command.ask for command in read(body(f"pause 7d\n\n{quoted}"), language)] == [Ask.PAUSE]


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_letter_that_comes_back_leaves(path: Path) -> None:
    language = path.parent.name.partition("-")[0]
    text = path.read_text()
    for quoted in (text, text.replace("\n", " "), "\n".join(f"> {line}" for line in text.splitlines())):
        found = {command.ask for command in read(quoted, language if language in LANGUAGES else "en")}
        assert Ask.LEAVE not in found
