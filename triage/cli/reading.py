"""The commands that judge mails in files and store nothing: `scan` many, `explain` one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click

from triage.cli import build
from triage.cli.options import as_json
from triage.cli.tables import details_json, evidence_names, show, show_json
from triage.core import message
from triage.core.situation import shown
from triage.core.values import Cursor, Details, Kind, Message, RawMessage, Verdict
from triage.errors import InputError
from triage.files import Filed, mails
from triage.pipeline import Judge
from triage.resources import LANGUAGES
from triage.service import utc_now

mail_language = click.option(
    "--language",
    "languages",
    multiple=True,
    type=click.Choice(LANGUAGES),
    default=("en",),
    show_default=True,
    help="A language the mails are in; may be given several times.",
)
_READER = click.option("--reader", multiple=True, metavar="ADDRESS", help="Your own address: mail from it is your own.")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--jsonl", is_flag=True, help="One JSON object a line, for every mail, in order.")
@click.option("--all", "everything", is_flag=True, help="In the table, show mail that is not about a job too.")
@_READER
@mail_language
def scan(
    paths: tuple[Path, ...], jsonl: bool, everything: bool, reader: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    """Judge the mails in .eml files, mbox files, Maildir folders, or folders of these. Nothing is stored.

    \b
    triage scan ~/Maildir/INBOX
    triage scan archive.mbox --jsonl > verdicts.jsonl

    The lines of --jsonl have path, index, message_id, kind, confidence, company, role, stage, reason, feedback,
    reapply, deadline, interview_at, reference, evidence and defects; strings and lists are empty where there is
    nothing. Fields may be added, never taken away.
    """
    judge = build.judge(frozenset(address.lower() for address in reader), languages)
    judged = _judged(judge, (filed for path in paths for filed in mails(path)))
    if jsonl:
        for filed, read, verdict, details in judged:
            click.echo(json.dumps(_line(filed, read, verdict, details), ensure_ascii=False))
        return
    _table(judged, everything=everything)


Judged = tuple[Filed, Message, Verdict, Details]


def _judged(judge: Judge, filed: Iterable[Filed]) -> Iterator[Judged]:
    for one in filed:
        read = message.parse(one.raw)
        yield one, read, *judge.verdict(read)


def _line(filed: Filed, read: Message, verdict: Verdict, details: Details) -> dict[str, Any]:
    where = {"path": str(filed.path), "index": filed.index, "message_id": read.message_id}
    return where | _verdict(verdict, details) | {"defects": list(read.defects)}


def _verdict(verdict: Verdict, details: Details) -> dict[str, Any]:
    judged = {"kind": verdict.kind.value, "confidence": round(verdict.confidence, 4)}
    return judged | details_json(details) | {"evidence": evidence_names(verdict)}


def _table(judged: Iterable[Judged], *, everything: bool) -> None:
    rows, hidden = [], 0
    for filed, _, verdict, details in judged:
        if verdict.kind is Kind.OTHER and not everything:
            hidden += 1
            continue
        place = f"{filed.path.name}:{filed.index}"
        company, role = shown(details.company), shown(details.role)
        rows.append((place, verdict.kind, f"{verdict.confidence:.2f}", company, role, details.stage))
    show("", ("mail", "kind", "conf.", "company", "role", "stage"), rows, "No mail about a job was found.")
    if hidden:
        click.echo(f"{hidden} other mail(s) not shown; --all shows them.", err=True)


@click.command()
@click.argument("file", metavar="FILE.eml", type=click.Path(path_type=Path, allow_dash=True))
@_READER
@mail_language
@as_json
def explain(file: Path, reader: tuple[str, ...], languages: tuple[str, ...], as_json: bool) -> None:
    """Say what kind of mail this is, how sure that is, and which words decided it. "-" reads standard input."""
    judge = build.judge(frozenset(address.lower() for address in reader), languages)
    read = message.parse(_given(file))
    verdict, details = judge.verdict(read)
    if as_json:
        signals = [
            {"signal": e.signal, "kind": e.kind.value, "weight": e.weight, "where": e.where, "quote": e.quote}
            for e in verdict.evidence
        ]
        show_json(_verdict(verdict, details) | {"signals": signals, "defects": list(read.defects)})
        return
    click.echo(f"{verdict.kind}, confidence {verdict.confidence:.2f}\n")
    rows = [(e.signal, e.kind, f"{e.weight:+.1f}", e.where, e.quote) for e in verdict.evidence]
    show("", ("signal", "speaks for", "weight", "where", "words"), rows, "No signal spoke.")
    _facts(details, read)


def _given(file: Path) -> RawMessage:
    if str(file) == "-":
        if sys.stdin is None:
            raise InputError("Standard input is closed: give the mail there, or name a file.")
        return RawMessage(Cursor("-", "", 0, 0), utc_now(), sys.stdin.buffer.read())
    found = list(islice(mails(file), 2))
    if len(found) > 1:
        raise InputError(f"{file} holds more than one mail: `triage scan {file}` judges them all.")
    return found[0].raw


def _facts(details: Details, read: Message) -> None:
    rows = [(name, _text(value)) for name, value in details_json(details).items() if value]
    rows += [("could not be read", defect) for defect in read.defects]
    if rows:
        click.echo()
        show("", ("what it says", ""), rows, "")


def _text(value: object) -> str:
    if isinstance(value, list):
        return " / ".join(value)
    return "yes" if value is True else str(value)
