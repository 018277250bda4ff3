"""The names of employer and job, read off what the network says of every word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from triage.core.model.labels import WORD
from triage.core.model.layers import Floats
from triage.core.model.layout import Sheet

_EDGE = " .,;:!?()[]{}<>|\"'“”„‘’«»*_–—-"
_ENDS = ",;:|/)"
_DASHES = frozenset("-–—|·•/")
_LIKELY = 0.4
"""Below it, no name is better than a wrong one."""
_PART = 0.27
"""A word this likely belongs to a name."""


def named(sheet: Sheet, shares: Floats) -> Mapping[str, str]:
    """Company and role, each as written in the mail, empty where none is likely. `shares`: a row a word, of `WORD`.

    A name that stands in several places (sender, subject, text) counts by all of them together.
    """
    found: dict[str, dict[str, float]] = {"company": defaultdict(float), "role": defaultdict(float)}
    spelled: dict[str, str] = {}
    for what, name, share in _runs(sheet, shares):
        key = name.casefold()
        spelled.setdefault(key, name)
        found[what][key] += share
    return {what: _best(names, spelled) for what, names in found.items()}


def _best(names: Mapping[str, float], spelled: Mapping[str, str]) -> str:
    best = max(names, key=lambda name: names[name], default="")
    return spelled[best] if best and names[best] >= _LIKELY else ""


def _runs(sheet: Sheet, shares: Floats) -> Iterator[tuple[str, str, float]]:
    """Every run of words that are one name: what it names, the name, and how likely on average.

    A name ends with its sentence, and before a comma or a dash: "Kolb, Beckwith Controls" is a person and a firm.
    """
    begins = {start for start, _ in sheet.spans}
    for what in ("company", "role"):
        likely = shares[:, WORD.index(what)] + shares[:, WORD.index(f"{what}+")]
        run, total = list[str](), 0.0
        for (place, word), share in zip((*sheet.words, (0, "")), (*likely.tolist(), 0.0), strict=True):
            if run and (share < _PART or place in begins or run[-1][-1] in _ENDS or word in _DASHES):
                yield what, " ".join(run).strip(_EDGE), total / len(run)
                run, total = [], 0.0
            if share >= _PART:
                run.append(word)
                total += share
