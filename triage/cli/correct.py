"""`triage correct`: say what a mail really was. It is put right in the log, and remembered for the next one like it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from triage import correcting
from triage.cli import build
from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.reading import given
from triage.cli.rows import correction_json
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import local, show, show_json
from triage.core import message
from triage.core.correction import Correction
from triage.core.shown import shown
from triage.core.values import Kind
from triage.errors import InputError
from triage.pipeline import Pipeline
from triage.store import Store, Work

_COLUMNS = ("id", "line", "made", "sender", "taken for", "is")


@click.command()
@click.argument("mails", nargs=-1, metavar="[# | MAIL.eml]...")
@click.option("--kind", type=click.Choice([kind.value for kind in correcting.KINDS]), help="What the mail really was.")
@click.option("--undo", is_flag=True, help="Take a correction back.")
@click.option("--list", "listing", is_flag=True, help="Show what you have corrected so far.")
@click.option("--dry-run", "-n", is_flag=True, help="Only show what would be changed.")
@as_json
@pass_settings
def correct(
    settings: Settings,
    mails: tuple[str, ...],
    kind: str | None,
    undo: bool,
    listing: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Say what a mail really was: by its number in `triage log`, or as a file for a mail that is not in it.

    \b
    triage correct 12 --kind other             line 12 was no rejection
    triage correct MAIL.eml --kind rejection   a rejection that was missed
    triage correct --list
    triage correct --undo 12

    From then on, mail with the same text from the same sender is judged as you said, whatever names and dates are in
    it; mail that is nearly the same becomes a question where it would be judged otherwise. What no letter has told yet
    is told as you said; a letter that you have stays as it is. No text is kept for this, only a fingerprint of it.

    --undo takes a number of the log, a file, or an id of --list (c3). The mail stays out of the log where you correct
    a file; only the next one like it comes in.
    """
    _check(mails, kind, undo=undo, listing=listing)
    store = existing(settings)
    if listing:
        with store.reading() as work:
            _show(settings, work.corrections.all(), "", as_json=as_json)
        return
    changes = _made(settings, store, mails, Kind(kind)) if kind else _undone(store, mails)
    if not dry_run:
        changes = _carried_out(store, changes, undo=undo)
    done = "Taken back" if undo else "Corrected"
    _show(settings, changes, f"Not done yet: {done.lower()}" if dry_run else done, as_json=as_json)
    if not (undo or as_json):
        with store.reading() as work:
            _remark(work, changes)


def _carried_out(store: Store, changes: Sequence[Correction], *, undo: bool) -> list[Correction]:
    """Make the changes, all or none, and return the corrections as they are kept, or were."""
    with store.writing() as work:
        for change in changes:
            (correcting.undo if undo else correcting.apply)(work, change)
        return [work.corrections.about(change.key) or change for change in changes]


def _check(mails: Sequence[str], kind: str | None, *, undo: bool, listing: bool) -> None:
    if listing and not (mails or kind or undo):
        return
    if listing or not mails or bool(kind) == undo:
        raise click.UsageError(
            "Say which mail, and what it was: `triage correct 12 --kind other`; or `--undo 12`, or `--list`."
        )


def _made(settings: Settings, store: Store, mails: Sequence[str], kind: Kind) -> list[Correction]:
    """One correction for each mail that was named, not yet kept. Raises InputError."""
    with store.reading() as work:
        lines = {str(event.id): correcting.of_event(event, kind, utc_now()) for event in work.log.events()}
    names = list(dict.fromkeys(mails))
    _refuse_missing(name for name in names if name.isdecimal() and name not in lines)
    files = [Path(name) for name in names if name not in lines]
    of_files = _of_files(build.pipeline(settings.config, store), files, kind) if files else []
    return [*(lines[name] for name in names if name in lines), *of_files]


def _of_files(pipeline: Pipeline, files: Sequence[Path], kind: Kind) -> list[Correction]:
    secret, now = pipeline.store.secret, utc_now()
    return [correcting.of_mail(pipeline.judge, secret, given(file).raw, kind, now) for file in files]


def _undone(store: Store, mails: Sequence[str]) -> list[Correction]:
    """The corrections that are meant. Raises InputError where there is none."""
    with store.reading() as work:
        known = work.corrections.all()
    names = {f"c{one.id}": one for one in known} | {str(one.event): one for one in known if one.event}
    keys = {one.key: one for one in known}
    found = {name: names.get(name) or keys.get(_key(name)) for name in dict.fromkeys(mails)}
    missing = [name for name, one in found.items() if one is None]
    if missing:
        raise InputError(
            f"There is no correction of {', '.join(missing)}; `triage correct --list` shows all there are."
        )
    return list({one.key: one for one in found.values() if one}.values())


def _key(name: str) -> str:
    """The content of a mail in a file; nothing for a number or an id."""
    if name.isdecimal() or name.removeprefix("c").isdecimal():
        return ""
    return message.parse(given(Path(name)).raw).key


def _refuse_missing(names: Iterable[str]) -> None:
    missing = ", ".join(names)
    if missing:
        raise InputError(f"The log has no line {missing}; `triage log` shows the numbers.")


def _show(settings: Settings, changes: Sequence[Correction], title: str, *, as_json: bool) -> None:
    if as_json:
        show_json([correction_json(one) for one in changes])
        return
    zone = settings.config.reader.zone
    rows = [
        (
            f"c{one.id}" if one.id else "-",
            str(one.event or "-"),
            local(one.made, zone),
            shown(one.domain),
            one.judged,
            one.kind,
        )
        for one in changes
    ]
    show(title, _COLUMNS, rows, "Nothing has been corrected so far.")


def _remark(work: Work, changes: Sequence[Correction]) -> None:
    """What is worth knowing beside: lines of the same template, letters that are out, and what was not learnt."""
    alike = sorted(
        {line for one in changes for line in correcting.lines_alike(work, one)} - {one.event for one in changes}
    )
    if alike:
        lines = ", ".join(map(str, alike))
        click.echo(f"Of the same text in the log, and not corrected: {lines}.", err=True)
    if any(one.event and work.log.told(one.event) for one in changes):
        click.echo("A letter has told of it already; that letter stays as it is.", err=True)
    if not all(one.fingerprint for one in changes):
        click.echo(
            "The log knows no text of one of these, so nothing is learnt from it: "
            "name the mail itself as a file, and the next one like it will be known.",
            err=True,
        )
