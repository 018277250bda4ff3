"""Labelled mails as the network sees them, with what it should say of each."""

from __future__ import annotations

import json
import random
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from triage import resources
from triage.core.detect.second import said
from triage.core.detect.signals import parse_signals
from triage.core.message import parse
from triage.core.model.labels import KINDS, REASONS, STAGES, WORD
from triage.core.model.layout import Sheet, lay_out
from triage.core.model.said import Said
from triage.core.model.vocabulary import Vocabulary
from triage.core.values import Kind
from triage.labels import mail

UNKNOWN = -1
"""No label: nothing is learnt here."""
_RENAMED = 0.5
Names = Mapping[str, Sequence[tuple[str, str]]]
"""Companies and roles, by language."""


@dataclass(frozen=True, slots=True)
class Row:
    """A mail, and what a careful reader says of it. None: nobody was asked."""

    id: str
    source: str
    language: str
    text: Said
    kind: int
    weight: float
    decisive: tuple[str, ...] | None
    feedback: tuple[str, ...] | None
    company: str | None
    role: str | None
    stage: int
    reason: int
    reapply: int


@dataclass(frozen=True, slots=True)
class Example:
    """A sheet and the wanted answers: a row a sentence (in the order of `labels.SENTENCE`), a class a word."""

    row: Row
    sheet: Sheet
    sentences: tuple[tuple[int, ...], ...]
    words: tuple[int, ...]


def rows(path: Path) -> Iterator[Row]:
    """The rows of a labelled set (JSON lines, see `triage evaluate`) or of a corpus of the tests (TOML).

    `decisive` names the sentences that settle the kind, `feedback` those about the reader.
    """
    for number, row in enumerate(_tables(path), 1):
        if row.get("kind", row.get("label")) in KINDS:
            yield _row(row, number, path)


def _tables(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return list(tomllib.loads(text)["mail"])
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _row(row: dict[str, Any], number: int, path: Path) -> Row:
    label, raw = mail({"from": "", "subject": "", **row}, number, path)
    told = "decisive" in row
    refusal = label.kind == "rejection"
    return Row(
        id=label.id,
        source=label.source or path.stem,
        language=label.language or path.stem[:2],
        text=said(parse(raw)),
        kind=KINDS.index(label.kind),
        weight=0.3 if row.get("ambiguous") else 1.0,
        decisive=_parts(row["decisive"]) if told else None,
        feedback=_parts(row.get("feedback") or "") if told or row.get("feedback") else None,
        company=row.get("company"),
        role=row.get("role"),
        stage=_index(STAGES, row.get("stage")) if refusal else UNKNOWN,
        reason=_index(REASONS, row.get("reason")) if refusal else UNKNOWN,
        reapply=int(bool(row["reapply"])) if refusal and "reapply" in row else UNKNOWN,
    )


def phrases() -> Iterator[Row]:
    """The sentences by which the signals are tested, each as a mail of its own: the formulas of every language.

    People who write mails for training avoid them, and a network that never saw them takes them for something else.
    """
    for language, text in resources.signals(resources.LANGUAGES).items():
        for signal in parse_signals(text).signals:
            if signal.decides and signal.where == "sentence" and signal.kind is not Kind.OTHER:
                for said in signal.match:
                    yield _phrase(language, signal.kind, said)


def _phrase(language: str, kind: Kind, sentence: str) -> Row:
    return Row(
        id=sentence,
        source="phrases",
        language=language,
        text=Said("", "", [sentence[:1].upper() + sentence[1:]]),
        kind=KINDS.index(kind),
        weight=1.0,
        decisive=(_folded(sentence),),
        feedback=None,
        company=None,
        role=None,
        stage=UNKNOWN,
        reason=UNKNOWN,
        reapply=UNKNOWN,
    )


def example(row: Row, vocabulary: Vocabulary) -> Example:
    """The row, laid out."""
    sheet = lay_out(row.text, vocabulary)
    sentences = tuple(
        tuple(_marked(sentence, parts) for parts in (row.decisive, row.feedback)) for sentence in sheet.sentences
    )
    return Example(row, sheet, sentences, tuple(_words([word for _, word in sheet.words], row)))


def varied(row: Row, chance: random.Random, names: Names) -> Row:
    """The same mail from another employer, or as another program might have shown it: no name, no subject, no accents,
    no capitals.
    """
    row = _renamed(row, chance, names)
    text = row.text
    if chance.random() < 0.2 and text.sentences:
        text = replace(text, subject="")
    if chance.random() < 0.3:
        text = replace(text, sender="")
    if chance.random() < 0.06:
        text = replace(text, subject=text.subject.lower(), sentences=[one.lower() for one in text.sentences])
    if chance.random() < 0.06:
        text = replace(text, sentences=[_bare(one) for one in text.sentences])
    return replace(row, text=text)


def names(taught: Sequence[Row]) -> Names:
    """The employers and jobs that mails of each language name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in taught:
        found.setdefault(row.language, []).append((row.company or "", row.role or ""))
    return found


def _renamed(row: Row, chance: random.Random, names: Names) -> Row:
    """With another employer's name, and now and then another job's: names are to be told by where they stand."""
    company, role = chance.choice(names[row.language])
    if chance.random() < _RENAMED:
        row = _with(row, "company", company)
    if chance.random() < _RENAMED / 2:
        row = _with(row, "role", role)
    return row


def _with(row: Row, what: Literal["company", "role"], new: str) -> Row:
    old = row.company if what == "company" else row.role
    if not old or not new:
        return row
    here = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    said = row.text
    sender, subject, quoted, *told = (
        here.sub(lambda _: new, part) for part in (said.sender, said.subject, said.quoted, *said.sentences)
    )
    marks = [
        parts and tuple(part.replace(_folded(old), _folded(new)) for part in parts)
        for parts in (row.decisive, row.feedback)
    ]
    row = replace(row, text=Said(sender, subject, told, quoted), decisive=marks[0], feedback=marks[1])
    return replace(row, company=new) if what == "company" else replace(row, role=new)


def _parts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else str(value).split(" | ")
    return tuple(_folded(part) for part in listed if part.strip())


def _index(labels: Sequence[str], value: str | None) -> int:
    return labels.index(value) if value in labels else UNKNOWN


def _marked(sentence: str, parts: tuple[str, ...] | None) -> int:
    if parts is None:
        return UNKNOWN
    here = _folded(sentence)
    return int(any(part in here or (len(here) > 12 and here in part) for part in parts))


def _words(words: Sequence[str], row: Row) -> list[int]:
    """The class of every word. Where a name is known and stands nowhere in the words, nothing is learnt of it."""
    classes = [WORD.index("")] * len(words)
    for name, begins in ((row.role, "role"), (row.company, "company")):
        if name is None:
            return [UNKNOWN] * len(words)
        places = list(_places([_folded(word) for word in words], [_folded(word) for word in name.split()]))
        if name and not places:
            return [UNKNOWN] * len(words)
        for start, end in places:
            classes[start:end] = [WORD.index(begins)] + [WORD.index(f"{begins}+")] * (end - start - 1)
    return classes


def _places(words: Sequence[str], name: Sequence[str]) -> Iterator[tuple[int, int]]:
    for start in range(len(words) - len(name) + 1) if name else ():
        if list(words[start : start + len(name)]) == list(name):
            yield start, start + len(name)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip(" .,;:!?()[]\"'“”„‘’«»").casefold()


def _bare(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
