"""`triage draft`: texts for employers, to copy, or to find in the reader's own folder of drafts. None is ever sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import local, show, show_json
from triage.core import draft as drafting
from triage.core.acts import Act, Did
from triage.core.compose import Seal
from triage.core.draft import Author, Draft, DraftKind
from triage.core.draft.words import Words, parse
from triage.core.shown import shown
from triage.core.values import Application
from triage.core.wording import WordingError
from triage.errors import ConfigError, InputError
from triage.resources import DRAFT_LANGUAGES, drafts
from triage.store import Store

_ADDED, _THERE = "added", "there already"
_COLUMNS = ("application", "company", "role", "kind", "taken")


@dataclass(frozen=True, slots=True)
class Choice:
    """A draft that fits, and when it was taken."""

    application: Application
    kind: DraftKind
    taken: Act | None


@click.command()
@click.argument("application", type=int, required=False)
@click.option("--kind", type=click.Choice([kind.value for kind in DraftKind]), help="What is to be said.")
@click.option("--language", type=click.Choice(DRAFT_LANGUAGES), help="Of the draft; otherwise that of your letters.")
@click.option("--put", is_flag=True, help="Add it to your folder of drafts, where [drafts] folder names one.")
@click.option("--dry-run", "-n", is_flag=True, help="Only show it: nothing is put anywhere or written down.")
@as_json
@pass_settings
def draft(
    settings: Settings,
    application: int | None,
    kind: str | None,
    language: str | None,
    put: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write a draft for an employer, for you to copy. triage itself sends nothing to anyone but you.

    \b
    triage draft                        which drafts fit now, by application
    triage draft 3                      those of application 3
    triage draft 3 --kind feedback      print one
    triage draft 3 --kind thanks --put  add it to your folder of drafts

    A draft is text for an answer to the employer's own mail: it has no recipient, because the log keeps no address.
    Open their last mail, answer it, and paste. What only you know is left as a gap in square brackets, and everything
    else is yours to change too. A draft that was put into the folder has no recipient either.

    \b
    feedback    one small question, where a person said no after a task, a call or a talk
    thanks      after a talk, or after a no that followed one
    follow_up   one question, some days after the wait after a talk has become long
    withdrawal  while another employer has made an offer, once you have said yes to it

    Each is for once. What was printed or put counts as taken, and letters do not offer it again; you can print it as
    often as you like, and it says the same.
    """
    if application is None if kind else language or put or dry_run:
        raise click.UsageError("Say for which application, and which kind: `triage draft 3 --kind thanks`.")
    if put:
        _require_a_folder(settings)
    store = existing(settings)
    author = Author(settings.config.reader.name, settings.config.reader.zone, utc_now())
    choices = list(_choices(store, author, application))
    if kind is None:
        _list(choices, author, as_json=as_json)
        return
    chosen = _chosen(choices, application or 0, kind)
    written = drafting.write(chosen.kind, chosen.application, _words(settings, language), author)
    placed = ""
    if put and not dry_run:
        placed = _put(settings, store, chosen, written, author)
    elif not dry_run and chosen.taken is None:
        _note(store, chosen, author)
    _show(chosen, written, author, placed, as_json=as_json)


def _require_a_folder(settings: Settings) -> None:
    if not settings.config.drafts.folder:
        raise ConfigError(
            f'Drafts are not put anywhere: write folder = "auto" under [drafts] in {settings.path}, or leave out --put '
            "and copy the text."
        )


def _choices(store: Store, author: Author, application: int | None) -> Iterator[Choice]:
    """Every draft that fits now, or those for one application. Raises InputError where there is no such application."""
    with store.reading() as work:
        every = work.log.applications()
    if application is not None and application not in {one.id for one in every}:
        raise InputError(f"There is no application {application}; `triage draft` alone shows those with a draft.")
    for one in every:
        if application in (None, one.id):
            for kind in drafting.fitting(one, every, author):
                yield Choice(one, kind, drafting.taken(one, kind))


def _chosen(choices: Sequence[Choice], application: int, kind: str) -> Choice:
    found = next((one for one in choices if one.kind == kind), None)
    if found is None:
        others = ", ".join(one.kind for one in choices) or "none at all"
        raise InputError(
            f"A draft of kind {kind} does not fit application {application} now; there is {others}. "
            "`triage draft --help` says when which one does."
        )
    return found


def _words(settings: Settings, language: str | None) -> Words:
    """The words in the language asked for, or in that of the letters, or in English. Raises ConfigError."""
    own = settings.config.reader.language
    chosen = language or (own if own in DRAFT_LANGUAGES else DRAFT_LANGUAGES[0])
    try:
        return parse(drafts(chosen, settings.config.letters.templates))
    except WordingError as error:
        raise ConfigError(f"Drafts cannot be written: {error}") from error


def _put(settings: Settings, store: Store, chosen: Choice, written: Draft, author: Author) -> str:
    """Add it to the folder unless it is there; says which. Raises InputError where it was there and is no more."""
    reader, application = settings.config.reader, chosen.application
    seal = Seal(reader.address, reader.name, reader.language, store.secret)
    identity = drafting.message_id(chosen.kind, application, seal)
    from triage.cli import connecting

    folder = connecting.drafts(settings.config, drafting.origin(application).mailbox)
    with store.reading() as work:
        known = work.acts.knows(identity)
    if not known:
        added = folder.put(identity, drafting.as_mail(written, identity, seal, author.now))
        _note(store, chosen, author, identity)
        return _ADDED if added else _THERE
    if not folder.holds(identity):
        raise InputError(
            "This draft was put into your folder of drafts before, and is not there any more: it was sent or deleted. "
            "Without --put it is printed once more."
        )
    return _THERE


def _note(store: Store, chosen: Choice, author: Author, identity: str = "") -> None:
    """Write down that it was taken; with its Message-ID, that it was put."""
    with store.writing() as work:
        work.acts.keep(Act(Did.DRAFTED, author.now, chosen.application.id, text=chosen.kind, key=identity))


def _list(choices: Sequence[Choice], author: Author, *, as_json: bool) -> None:
    if as_json:
        show_json([_choice_json(one) for one in choices])
        return
    rows = [
        (
            str(one.application.id),
            shown(one.application.company),
            shown(one.application.role),
            one.kind,
            local(one.taken.made, author.zone)[:10] if one.taken else "",
        )
        for one in choices
    ]
    show("", _COLUMNS, rows, "No draft fits now.")


def _choice_json(one: Choice) -> dict[str, Any]:
    return {
        "application": one.application.id,
        "company": one.application.company,
        "role": one.application.role,
        "kind": one.kind.value,
        "taken": one.taken.made.isoformat() if one.taken else "",
    }


def _show(chosen: Choice, written: Draft, author: Author, placed: str, *, as_json: bool) -> None:
    if as_json:
        about = {"to": written.to, "subject": written.subject, "text": written.text, "gaps": list(written.gaps)}
        show_json(_choice_json(chosen) | about | {"put": placed})
        return
    click.echo(written.text, nl=False)
    if chosen.taken:
        click.echo(f"Taken before, on {local(chosen.taken.made, author.zone)[:10]}.", err=True)
    if written.gaps:
        click.echo(f"To fill in: {', '.join(written.gaps)}.", err=True)
    if placed:
        click.echo(f"In your folder of drafts: {placed}. It has no recipient; nothing was sent.", err=True)
    else:
        who = shown(chosen.application.company) or "the employer"
        click.echo(f"To copy into your answer to the last mail from {who}; nothing was sent.", err=True)
