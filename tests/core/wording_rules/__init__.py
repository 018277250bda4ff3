"""The rules of docs/letters.md as far as a machine can check them: see `rules`, and a module for each language."""

from __future__ import annotations

from tests.core.wording_rules.english import ENGLISH
from tests.core.wording_rules.french import FRENCH, FRENCH_FORMAL
from tests.core.wording_rules.german import GERMAN, GERMAN_FORMAL
from tests.core.wording_rules.rules import LONGEST, MEAN, Rules
from tests.core.wording_rules.spanish import SPANISH, SPANISH_FORMAL

RULES = (ENGLISH, GERMAN, GERMAN_FORMAL, FRENCH, FRENCH_FORMAL, SPANISH, SPANISH_FORMAL)
"""Every edition of the letters."""

__all__ = ["ENGLISH", "LONGEST", "MEAN", "RULES", "Rules"]
