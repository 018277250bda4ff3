"""What a member agrees to, in the language of their letters, and the version of it that is kept with them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("consent.toml")
LANGUAGES = ("en", "de", "fr", "es")


@dataclass(frozen=True, slots=True)
class Offer:
    """Who offers this, whom members ask, and where more is said; as the hosting configuration has it."""

    organisation: str = ""
    contact: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """`name` is what is kept of it with a member: the version and the language. `ask` is the question at the end."""

    name: str
    paragraphs: tuple[str, ...]
    ask: str


def consent(language: str, offer: Offer) -> Consent:
    """The text, in one of `LANGUAGES`."""
    told = _told()
    unnamed = _UNNAMED[language]
    who = offer.organisation or unnamed[0].upper() + unnamed[1:]
    parts = {"organisation": who, "contact": offer.contact or unnamed.rstrip(","), "more": offer.more}
    paragraphs = tuple(text.format(**parts).strip() for text in told[language]["text"])
    return Consent(f"{told['version']}/{language}", paragraphs, told[language]["ask"])


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


_UNNAMED = {
    "en": "the organisation that invited you",
    "de": "die Stelle, die Sie eingeladen hat,",
    "fr": "l’organisme qui vous a invité",
    "es": "la organización que le ha invitado",
}
