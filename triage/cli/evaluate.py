"""`triage evaluate`: how well a labelled set of mails is judged, with an interval beside every figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from triage.cli import build
from triage.cli.looking import mail_language
from triage.cli.options import as_json
from triage.cli.rows import evidence_names
from triage.cli.tables import show, show_json
from triage.core import message, scores
from triage.core.scores import Outcome, Rate, Score
from triage.core.values import Kind
from triage.errors import InputError
from triage.labels import labelled

BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE.jsonl...", type=click.Path(path_type=Path))
@click.option("--wrong", type=click.IntRange(0), default=20, show_default=True, metavar="N", help="Show N wrong ones.")
@mail_language
@as_json
def evaluate(files: tuple[Path, ...], wrong: int, languages: tuple[str, ...], as_json: bool) -> None:
    """Judge labelled mails, and show how often that was right: by kind, language and source.

    Each line of a file is a JSON object with kind (or label), from, subject and body; and, where they are known,
    id, lang, source, date, company, role, stage, reason, feedback, reapply and deadline. Brackets hold the interval in
    which the true figure lies, 95 times in 100. `unsure` is no false alarm, but does not count as found.
    """
    judge = build.judge(frozenset(), languages)
    outcomes = [Outcome(label, *judge.verdict(message.parse(raw))) for path in files for label, raw in labelled(path)]
    if as_json:
        show_json(_report(outcomes))
        return
    if not outcomes:
        raise InputError("There is no mail in the set.")
    _kinds(outcomes)
    for title, of in (("language", lambda one: one.label.language), ("source", lambda one: one.label.source)):
        _groups(outcomes, title, of)
    _confusion(outcomes)
    _details(outcomes)
    _calibration(outcomes)
    _wrong(outcomes, wrong)


def _kinds(outcomes: Sequence[Outcome]) -> None:
    kinds = [kind for kind in Kind if any(one.label.kind is kind for one in outcomes)]
    rows = [(kind.value, *_row(scores.score(outcomes, kind))) for kind in kinds]
    show("By kind", ("kind", "mails", "precision", "recall", "F1", "unsure"), rows, "")
    right = Rate(sum(one.right for one in outcomes), len(outcomes))
    click.echo(f"macro F1 {scores.macro_f1(outcomes):.3f}, right {_shown(right)} of {len(outcomes)}\n")


def _groups(outcomes: Sequence[Outcome], title: str, of: Callable[[Outcome], str]) -> None:
    names = sorted({of(one) for one in outcomes})
    if len(names) < 2:
        return
    groups = {name: [one for one in outcomes if of(one) == name] for name in names}
    rows = [(name or "-", *_row(scores.score(group, Kind.REJECTION))) for name, group in groups.items()]
    show(f"Rejections by {title}", (title, "mails", "precision", "recall", "F1", "unsure"), rows, "")
    click.echo()


def _row(found: Score) -> tuple[str, ...]:
    low, high = found.f1_interval
    f1 = f"{found.f1:.3f} [{low:.2f} {high:.2f}]" if found.missed_none.of else "-"
    return str(found.missed_none.of), _shown(found.found), _shown(found.missed_none), f1, str(found.unsure)


def _shown(rate: Rate) -> str:
    low, high = rate.interval
    return f"{rate.value:.3f} [{low:.2f} {high:.2f}]" if rate.of else "-"


def _confusion(outcomes: Sequence[Outcome]) -> None:
    counts = scores.confusion(outcomes)
    called = [kind for kind in Kind if any(found is kind for _, found in counts)]
    labels = [kind for kind in Kind if any(label is kind for label, _ in counts)]
    rows = [(label.value, *(str(counts[label, kind] or "") for kind in called)) for label in labels]
    show("Labelled (down) and judged (across)", ("", *(kind.value[:9] for kind in called)), rows, "")
    click.echo()


def _details(outcomes: Sequence[Outcome]) -> None:
    rows = [(name, _shown(rate), str(rate.of)) for name, rate in scores.details(outcomes).items() if rate.of]
    if rows:
        show("Details, where the kind is right and the label has one", ("detail", "right", "of"), rows, "")
        click.echo()


def _calibration(outcomes: Sequence[Outcome]) -> None:
    bands = [(low, high, rate) for low, high, rate in scores.calibration(outcomes, BANDS) if rate.of]
    rows = [(f"{low:.2f} to {high:.2f}", _shown(rate), str(rate.of)) for low, high, rate in bands]
    show("Right at each confidence", ("confidence", "right", "of"), rows, "")


def _wrong(outcomes: Sequence[Outcome], most: int) -> None:
    wrong = [one for one in outcomes if not one.right]
    # The worst first: what would be told as a no and is none, then what claims to be sure.
    wrong.sort(key=lambda one: (one.verdict.kind is not Kind.REJECTION, -one.verdict.confidence))
    rows = [
        (
            one.label.id,
            f"{one.label.kind} > {one.verdict.kind}",
            f"{one.verdict.confidence:.2f}",
            ", ".join(evidence_names(one.verdict)),
        )
        for one in wrong[:most]
    ]
    if rows:
        click.echo()
        show(f"Wrong: {len(rows)} of {len(wrong)}", ("mail", "labelled > judged", "conf.", "evidence"), rows, "")


def _report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    kinds = [kind for kind in Kind if any(one.label.kind is kind for one in outcomes)]
    return {
        "mails": len(outcomes),
        "macro_f1": scores.macro_f1(outcomes) if outcomes else None,
        "kinds": {kind.value: _score_json(scores.score(outcomes, kind)) for kind in kinds},
        "details": {name: _rate_json(rate) for name, rate in scores.details(outcomes).items()},
        "outcomes": [
            {
                "id": one.label.id,
                "label": one.label.kind.value,
                "kind": one.verdict.kind.value,
                "confidence": one.verdict.confidence,
                "evidence": evidence_names(one.verdict),
            }
            for one in outcomes
        ],
    }


def _score_json(found: Score) -> dict[str, Any]:
    return {
        "precision": _rate_json(found.found),
        "recall": _rate_json(found.missed_none),
        "f1": found.f1 if found.missed_none.of else None,
        "f1_interval": list(found.f1_interval),
        "unsure": found.unsure,
    }


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {"hits": rate.hits, "of": rate.of, "interval": list(rate.interval)}
