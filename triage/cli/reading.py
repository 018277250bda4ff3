"""The commands that judge mails in files and store nothing: `scan` many, `explain` one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import click

from triage.cli.clock import utc_now
from triage.cli.looking import Eye, Judged, with_eye
from triage.cli.options import as_json
from triage.cli.rows import TRUST, details_json, evidence_names
from triage.cli.tables import show, show_json
from triage.core.shown import shown
from triage.core.values import Cursor, Kind, RawMessage
from triage.errors import InputError
from triage.files import Filed, mails


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--jsonl", is_flag=True, help="One JSON object a line, for every mail, in order.")
@click.option("--all", "everything", is_flag=True, help="In the table, show mail that is not about a job too.")
@with_eye
def scan(eye: Eye, paths: tuple[Path, ...], jsonl: bool, everything: bool) -> None:
    """Judge the mails in .eml files, mbox files, Maildir folders, or folders of these. Nothing is stored.

    \b
    triage scan ~/Maildir/INBOX
    triage scan archive.mbox --jsonl > verdicts.jsonl

    The lines of --jsonl have path, index, message_id, kind, confidence, company, role, stage, reason, feedback,
    reapply, deadline, interview_at, reference, evidence, trust and defects; strings and lists are empty where there is
    nothing. `interview_at` is in ISO 8601: a day, a local time, or a time with its offset from UTC where that is sure;
    where it is not, a space and the mail's own word for its time zone follow. `trust` is "verified" or "unverified"
    where --authserv-id (or, with --mine, your configuration) names a server that could tell. Fields may be added,
    never taken away.
    """
    judged = (eye.look(filed) for path in paths for filed in mails(path))
    if jsonl:
        for one in judged:
            click.echo(json.dumps(_line(one), ensure_ascii=False))
        return
    _table(judged, everything=everything, senders=bool(eye.authserv_id))


def _line(judged: Judged) -> dict[str, Any]:
    filed = judged.filed
    where = {"path": str(filed.path), "index": filed.index, "message_id": judged.read.message_id}
    return where | _verdict(judged) | {"defects": list(judged.read.defects)}


def _verdict(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    said = {"kind": verdict.kind.value, "confidence": round(verdict.confidence, 4)} | details_json(judged.details)
    return said | {"evidence": evidence_names(verdict), "trust": judged.trust.value}


def _table(judged: Iterable[Judged], *, everything: bool, senders: bool) -> None:
    rows, hidden = [], 0
    for one in judged:
        if one.verdict.kind is Kind.OTHER and not everything:
            hidden += 1
            continue
        rows.append((*_row(one), *((TRUST[one.trust],) if senders else ())))
    columns = ("mail", "kind", "conf.", "company", "role", "stage", *(("sender",) if senders else ()))
    show("", columns, rows, "No mail about a job was found.")
    if hidden:
        click.echo(f"{hidden} other mail(s) not shown; --all shows them.", err=True)


def _row(one: Judged) -> tuple[str, ...]:
    details, verdict = one.details, one.verdict
    place = f"{one.filed.path.name}:{one.filed.index}"
    company, role = shown(details.company), shown(details.role)
    return place, verdict.kind, f"{verdict.confidence:.2f}", company, role, details.stage


@click.command()
@click.argument("file", metavar="FILE.eml", type=click.Path(path_type=Path, allow_dash=True))
@as_json
@with_eye
def explain(eye: Eye, file: Path, as_json: bool) -> None:
    """Say what kind of mail this is, how sure that is, and which words decided it. "-" reads standard input."""
    one = eye.look(given(file))
    verdict = one.verdict
    if as_json:
        signals = [
            {"signal": e.signal, "kind": e.kind.value, "weight": e.weight, "where": e.where, "quote": e.quote}
            for e in verdict.evidence
        ]
        show_json(_verdict(one) | {"signals": signals, "defects": list(one.read.defects)})
        return
    click.echo(f"{verdict.kind}, confidence {verdict.confidence:.2f}")
    if verdict.judged:
        click.echo(f"By itself, triage would have said: {verdict.judged}.")
    rows = [(e.signal, e.kind, f"{e.weight:+.1f}", e.where, e.quote) for e in verdict.evidence]
    click.echo()
    show("", ("signal", "speaks for", "weight", "where", "words"), rows, "No signal spoke.")
    _facts(one)


def given(file: Path) -> Filed:
    """The one mail in a file, or on standard input for "-". Raises InputError."""
    if str(file) == "-":
        if sys.stdin is None:
            raise InputError("Standard input is closed: give the mail there, or name a file.")
        return Filed(file, 0, RawMessage(Cursor("-", "", 0, 0), utc_now(), sys.stdin.buffer.read()))
    found = list(islice(mails(file), 2))
    if len(found) > 1:
        raise InputError(f"{file} holds more than one mail: `triage scan {file}` judges them all.")
    return found[0]


def _facts(one: Judged) -> None:
    rows = [(name, _text(value)) for name, value in details_json(one.details).items() if value]
    if one.trust:
        rows.append(("sender", f"{shown(one.read.sender.address)}, {TRUST[one.trust]}"))
    rows += [("could not be read", defect) for defect in one.read.defects]
    if rows:
        click.echo()
        show("", ("what it says", ""), rows, "")


def _text(value: object) -> str:
    if isinstance(value, list):
        return " / ".join(value)
    return "yes" if value is True else str(value)
