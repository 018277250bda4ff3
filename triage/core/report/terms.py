"""Which texts a file of the page's words needs, and what may stand between braces in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from triage.core.journey import State
from triage.core.letter import LetterKind
from triage.core.report.rows import Mark
from triage.core.report.stops import STAGES
from triage.core.report.weeks import Series, Width
from triage.core.situation.week import Way
from triage.core.values import GOOD_NEWS, Kind

_PLAIN = """
    title empty first_of_month table total nothing nobody items colon count company role first heard stage
    state happened brought
    moved moved_before moved_none ahead ahead_none small small_intro did did_intro journey journey_intro
    stops stops_intro stops_none ended open weeks weeks_intro letters letters_intro letters_none
    about about_log about_page
"""
_COUNTED = "applications going_on have_ended moved_lately moved_more journey_more journey_left about_brought"

GAPS: Mapping[str, str] = {
    **dict.fromkeys(_PLAIN.split(), ""),
    "made": "day",
    "since": "day",
    "date": "day month year",
    "short": "day month",
    "at": "day time",
    "percent": "n",
    "who_role": "who role",
    "said": "what rest",
    "journey_earlier": "day",
    "stops_few": "least",
    "stops_shares": "n",
    "stops_row": "n all share",
    "from_to": "first last",
    "about_loose": "what",
}
"""Texts, each with its gaps."""
PLURALS: Mapping[str, str] = {**dict.fromkeys(_COUNTED.split(), "n"), "weeks_undated": "n what"}
"""Texts with a form for one and a form for more."""
LISTS = {"months": 12, "short_months": 12}


def _names(names: Iterable[str], gaps: str = "") -> dict[str, str]:
    return dict.fromkeys(map(str, names), gaps)


TABLES: Mapping[str, Mapping[str, str]] = {
    "unit": _names(Width),
    "series": _names(Series),
    "mark": _names(Mark),
    "now": _names(State),
    "stages": _names(STAGES),
    "wins": _names([*GOOD_NEWS, Kind.ACKNOWLEDGEMENT]),
    "win": _names([*GOOD_NEWS, Kind.ACKNOWLEDGEMENT]),
    "coming": _names(["talk", "deadline"]),
    "steps": _names(Way),
    "kinds": _names(Kind),
    "letter": _names(LetterKind),
    "calendar": {
        "talk": "who",
        "talk_zone": "who time",
        "deadline": "who",
        "cancelled": "what",
        "role": "role",
        "moved": "day",
        "length": "",
        "name": "",
    },
}
"""Tables of names, each entry with its gaps."""


def filler(gaps: str) -> str:
    """Those gaps, for an error."""
    return ", ".join(f"{{{gap}}}" for gap in gaps.split()) or "nothing"
