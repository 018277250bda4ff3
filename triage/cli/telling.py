"""The commands by which the reader tells what they want and what they did; each can be answered to a letter as well."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import click

from triage import wishes
from triage.cli import standing
from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.rows import act_json
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import local, show, show_json
from triage.core.acts import Act, Did
from triage.core.journey import state
from triage.core.letter import Only, Preferences
from triage.core.reply import until
from triage.core.reply.phrases import words
from triage.core.shown import shown
from triage.core.text import line
from triage.core.values import Application, Event
from triage.errors import InputError
from triage.store import Work

MOST_NAME = 80
_LETTERS = {"all": Only.ALL, "weekly": Only.WEEKLY, "good-news": Only.GOOD_NEWS, "none": Only.NONE}
_SAID = {Only.DEFAULT: "as configured", **{only: name for name, only in _LETTERS.items()}}
TONES = ("gentle", "plain", "numbers-first")


@click.command()
@click.argument("length", nargs=-1, metavar="[7d | DATE]")
@as_json
@pass_settings
def pause(settings: Settings, length: tuple[str, ...], as_json: bool) -> None:
    """No letters for a while: seven days, or as long as you say, a year at most. Mail is read and logged all the same.

    \b
    triage pause                     for seven days
    triage pause 2 weeks
    triage pause until 3 December    or 2026-12-03; letters come again from that day on

    What comes meanwhile is told in the first letters after the pause. `triage resume` ends it.
    """
    said, now = " ".join(length), utc_now()
    from triage.cli.writing import phrases

    tables, zone = phrases(settings.config), settings.config.reader.zone
    found = (until.read(words(said), said, table, now, zone) for table in tables)
    end = next((one for one in found if one), None) if said else now + until.USUAL
    if end is None:
        raise InputError(
            f"'{shown(said)}' is no length of time and no day to come. Say 7d, '2 weeks', 2026-12-03 or '3 December'."
        )
    _prefer(settings, lambda work: wishes.pause(work, end, zone, now), as_json=as_json, table=False)
    if not as_json:
        day = standing.day(end, zone)
        click.echo(f"No letters until {day}. Mail is read and logged all the same. `triage resume` ends it earlier.")


@click.command()
@as_json
@pass_settings
def resume(settings: Settings, as_json: bool) -> None:
    """Letters again, after `triage pause` or `triage letters none`. Which ones is as it was before."""
    with existing(settings).reading() as work:
        before = work.notes.preferences()
    was_off = before.only is Only.NONE or (before.paused_until or utc_now()) > utc_now()
    _prefer(settings, lambda work: wishes.resume(work, utc_now()), as_json=as_json, table=False)
    if not as_json:
        was = "" if was_off else "They were not paused. "
        click.echo(f"{was}Letters come again, when there is something to tell: see `triage status`.")


@click.command()
@click.argument("which", type=click.Choice(list(_LETTERS)), required=False)
@as_json
@pass_settings
def letters(settings: Settings, which: str | None, as_json: bool) -> None:
    """Say which letters you want; without a word, show what is set.

    \b
    all         every letter, also where they would by themselves turn into one a week
    weekly      one a week, and invitations, tasks and offers at once
    good-news   invitations, tasks and offers only
    none        no letter at all, until `triage resume`

    Mail is read and logged all the same.
    """
    if which is None:
        with existing(settings).reading() as work:
            _show_wishes(settings, work.notes.preferences(), as_json=as_json)
        return
    _prefer(settings, lambda work: wishes.letters(work, _LETTERS[which], utc_now()), as_json=as_json)


@click.command()
@click.argument("name", type=click.Choice(TONES), metavar="[gentle | plain | numbers-first]")
@as_json
@pass_settings
def tone(settings: Settings, name: str, as_json: bool) -> None:
    """Say how letters should speak. It counts for more than `tone` in the configuration.

    \b
    gentle          with a line about how it may feel
    plain           without it
    numbers-first   without it, and your figures first
    """
    _prefer(settings, lambda work: wishes.tone(work, name, utc_now()), as_json=as_json)


def _prefer(settings: Settings, change: Callable[[Work], Act], *, as_json: bool, table: bool = True) -> None:
    """Change which letters come, and show how it is now; without a `table`, only to programs."""
    with existing(settings).writing() as work:
        work.acts.keep(change(work))
        wanted = work.notes.preferences()
    if table or as_json:
        _show_wishes(settings, wanted, as_json=as_json)


def _show_wishes(settings: Settings, wanted: Preferences, *, as_json: bool) -> None:
    ends = wanted.paused_until
    paused = ends if ends and ends > utc_now() else None
    if as_json:
        named = {"letters": _SAID[wanted.only] if wanted.only else "", "tone": wanted.tone}
        show_json({**named, "paused_until": paused.isoformat() if paused else ""})
        return
    rows = [("letters", _SAID[wanted.only]), ("tone", wanted.tone or f"as configured ({settings.config.letters.tone})")]
    rows += [("paused until", local(paused, settings.config.reader.zone))] if paused else []
    show("", ("what", "how"), rows, "")


@click.command()
@as_json
@pass_settings
def done(settings: Settings, as_json: bool) -> None:
    """Say that you took the step a letter offered. The letter of the week counts it."""
    _keep(settings, lambda _: wishes.step(utc_now()), "Noted as done.", as_json=as_json)


@click.command("let-go")
@click.argument("application", type=int)
@as_json
@pass_settings
def let_go(settings: Settings, application: int, as_json: bool) -> None:
    """Say that you wait no longer for an answer to APPLICATION, the number `triage journey` shows.

    No letter speaks of its silence any more. Should they write after all, it is open again.
    """
    _end(settings, Did.LET_GO, application, "Let go", as_json=as_json)


@click.command()
@click.argument("application", type=int)
@as_json
@pass_settings
def withdrew(settings: Settings, application: int, as_json: bool) -> None:
    """Say that you took back APPLICATION, the number `triage journey` shows. Nobody is written to."""
    _end(settings, Did.WITHDREW, application, "Withdrawn", as_json=as_json)


def _end(settings: Settings, did: Did, number: int, said: str, *, as_json: bool) -> None:
    def end(work: Work) -> Act:
        return wishes.ended(did, _application(work, number).id, utc_now())

    _keep(settings, end, f"{said}: application {number}.", as_json=as_json)


@click.command()
@click.argument("application", type=int, required=False)
@click.argument("text", nargs=-1, metavar="[TEXT]...")
@as_json
@pass_settings
def note(settings: Settings, application: int | None, text: tuple[str, ...], as_json: bool) -> None:
    """Keep a few lines about APPLICATION, the number `triage journey` shows; they come back before its next talk.

    \b
    triage note 3 "They asked about SQL; Ana leads the team."
    triage note 3 < talk.txt
    triage note 3              shows the notes about it, where you are at a terminal
    triage note                shows all

    Up to 4000 characters are kept, as you write them, and in this store only.
    """
    said = " ".join(text) or ("" if application is None or sys.stdin.isatty() else sys.stdin.read()).strip()
    if application is None or not said:
        _show_notes(settings, application, as_json=as_json)
        return
    number = application

    def keep(work: Work) -> Act:
        return wishes.note(said, _application(work, number).id, utc_now())

    _keep(settings, keep, f"Kept about application {number}.", as_json=as_json)


def _show_notes(settings: Settings, number: int | None, *, as_json: bool) -> None:
    with existing(settings).reading() as work:
        known = {one.id: one for one in work.log.applications()}
        if number is not None:
            _application(work, number)
        notes = [act for act in work.acts.all() if act.kind is Did.NOTE and number in (None, act.application)]
    if as_json:
        show_json([act_json(act) for act in notes])
        return
    zone = settings.config.reader.zone
    rows = [(str(act.application or "-"), local(act.made, zone), _company(act, known), act.text) for act in notes]
    show("", ("application", "made", "company", "note"), rows, "There is no note so far.")


def _company(act: Act, known: dict[int, Application]) -> str:
    return shown(known[act.application].company) if act.application in known else "-"


@click.command()
@click.argument("number", type=int, metavar="LINE")
@click.option("--company", default="", help="Whom the mail is from.")
@click.option("--role", default="", help="The work it is about.")
@as_json
@pass_settings
def name(settings: Settings, number: int, company: str, role: str, as_json: bool) -> None:
    """Say whom LINE of `triage log` is from, or for what work, where that was read wrongly or not at all.

    \b
    triage name 12 --company "Fjord Systems"
    triage name 12 --role "Data Analyst"

    Its application is named so too; a mail that stood alone joins the application of that name.
    """
    company, role = line(company, MOST_NAME), line(role, MOST_NAME)
    if not (company or role):
        raise click.UsageError("Say the name: --company NAME, --role NAME, or both.")
    now = utc_now()
    with existing(settings).writing() as work:
        acts = []
        for given in [{"company": company}] * bool(company) + [{"role": role}] * bool(role):
            acts.append(wishes.name(work, _event(work, number), now, **given))
        for act in acts:
            work.acts.keep(act)
    _say(acts, f"Line {number} is named.", as_json=as_json)


def _keep(settings: Settings, act: Callable[[Work], Act], said: str, *, as_json: bool) -> None:
    with existing(settings).writing() as work:
        made = act(work)
        work.acts.keep(made)
    _say([made], said, as_json=as_json)


def _say(acts: Sequence[Act], said: str, *, as_json: bool) -> None:
    if as_json:
        show_json([act_json(act) for act in acts])
    else:
        click.echo(said, err=True)


def _application(work: Work, number: int) -> Application:
    """The application with this number. Raises InputError, which names those there are."""
    one = work.search.application(number)
    if one is not None:
        return one
    known = work.log.applications()
    listed = "; ".join(
        f"{one.id} {shown(one.company) or '?'} ({state(one).value.replace('_', ' ')})" for one in known[-8:]
    )
    raise InputError(
        f"There is no application {number}. "
        + (f"The latest are: {listed}." if listed else "The log has none so far; `triage poll` reads your mail.")
    )


def _event(work: Work, number: int) -> Event:
    event = next(iter(work.log.these([number])), None)
    if event is None:
        raise InputError(f"The log has no line {number}; `triage log` shows the numbers.")
    return event
