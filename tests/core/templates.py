"""Templates of employers, filled in with people, roles and dates: what a fingerprint must, and must not, tell apart."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations, product
from pathlib import Path
from typing import Any

from triage.core.values import Cursor, RawMessage

_FILE = Path(__file__).parents[1] / "corpus/templates.toml"
_ROLES = {
    "en": ("Data Analyst", "Head of People and Culture", "warehouse assistant", "Senior Product Manager"),
    "de": ("Sachbearbeiter Kredit", "Teamleitung Vertrieb", "Werkstudentin", "Referent Öffentlichkeitsarbeit"),
    "fr": ("comptable", "Chef de projet", "vendeuse en bijouterie", "Responsable logistique"),
    "es": ("mecánico", "Técnica de calidad", "Jefe de almacén", "auxiliar administrativo"),
    "it": ("grafico", "Responsabile acquisti", "Sviluppatrice web", "addetto al magazzino"),
    "nl": ("verpleegkundige", "Zorgcoördinator", "Medewerker Keuken", "teamleider"),
    "pl": ("Księgowa", "Specjalista ds. logistyki", "magazynier", "Kierownik Zmiany"),
    "pt": ("cozinheiro", "Gestora de Loja", "Técnico de Manutenção", "rececionista"),
    "sv": ("lärare", "Ekonomiassistent", "Systemutvecklare", "undersköterska"),
}
_DATES = {
    "en": ("2 March 2026", "14/05/2026", "Friday, 3 July", "December 11, 2025"),
    "de": ("2. März 2026", "14.05.2026", "3. Juli", "11. Dezember 2025"),
    "fr": ("2 mars 2026", "14/05/2026", "3 juillet", "11 décembre 2025"),
    "es": ("2 de marzo de 2026", "14/05/2026", "3 de julio de 2026", "11 de diciembre de 2025"),
    "it": ("2 marzo 2026", "14/05/2026", "3 luglio", "11 dicembre 2025"),
    "nl": ("2 maart 2026", "14-05-2026", "3 juli", "11 december 2025"),
    "pl": ("2 marca 2026", "14.05.2026", "3 lipca", "11 grudnia 2025"),
    "pt": ("2 de março de 2026", "14/05/2026", "3 de julho de 2026", "11 de dezembro de 2025"),
    "sv": ("2 mars 2026", "2026-05-14", "3 juli", "11 december 2025"),
}
_PEOPLE = ("Robin Ek", "Amina Yusuf", "Jan-Erik Öst", "Maria del Mar Soto")
_RECRUITERS = ("Dana Holt", "Piotr Lis", "Anne-Marie Roux", "Kim")
_NUMBERS = ("R-10442", "2026/0917", "48", "JR-000771")
FILLINGS = len(_PEOPLE)


@dataclass(frozen=True, slots=True)
class Template:
    """One text of one employer."""

    employer: str
    domain: str
    language: str
    kind: str
    number: int
    subject: str
    text: str

    def filled(self, which: int) -> RawMessage:
        """The mail as the employer sends it to one applicant."""
        words = {
            "reader": _PEOPLE[which].split()[0],
            "role": _ROLES[self.language][which],
            "date": _DATES[self.language][which],
            "recruiter": _RECRUITERS[which],
            "number": _NUMBERS[which],
        }
        header = (
            f"From: {self.employer} <jobs@{self.domain}>\nTo: {_PEOPLE[which]} <me@reader.example>\n"
            f"Subject: {self.subject.format(**words)}\n"
            f"Message-ID: <{self.number}-{which}@{self.domain}>\nContent-Type: text/plain; charset=utf-8\n\n"
        )
        data = (header + self.text.strip().format(**words) + "\n").encode()
        return RawMessage(Cursor("mine", "INBOX", 1, 1), datetime(2026, 3, 2, 8, tzinfo=UTC), data)


def templates() -> list[Template]:
    """Every template of every employer."""
    employers: list[dict[str, Any]] = tomllib.loads(_FILE.read_text("utf-8"))["employer"]
    rows = [(employer, row) for employer in employers for row in employer["template"]]
    return [
        Template(e["name"], e["domain"], e["language"], row["kind"], number, row["subject"], row["text"])
        for number, (e, row) in enumerate(rows)
    ]


Pair = tuple[Template, int, Template, int]


def same() -> Iterator[Pair]:
    """Each template with itself, filled in for two people."""
    for template in templates():
        yield from ((template, one, template, other) for one, other in combinations(range(FILLINGS), 2))


def others() -> Iterator[Pair]:
    """Two templates of one employer, filled in for the same person or for two."""
    for one, other in combinations(templates(), 2):
        if one.employer == other.employer:
            yield from ((one, a, other, b) for a, b in product(range(FILLINGS), repeat=2))
