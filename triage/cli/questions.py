"""`triage questions`: what the letters would like to know of the reader. Asked once, all of it may be left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from functools import wraps
from typing import Any, get_args

import click

from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import show, show_json
from triage.config.model import Tone
from triage.core import answers
from triage.core.answers import MOST_GOOD, MOST_PEOPLE, AnswerError, Answers, cleaned
from triage.store import FILE, Store

TONES: tuple[str, ...] = get_args(get_args(Tone)[0])
REMOVE = "-"
"""Typed in place of an answer: take away what is there."""


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that is asked. `tone` is empty where letters are to sound as configured."""

    answers: Answers = field(default_factory=Answers)
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """Answers given as options: nothing, or None, where there was no such option; an empty text takes one away."""

    good: tuple[str, ...]
    person: tuple[str, ...]
    win: str | None
    evening: str | None
    tone: str | None

    def __bool__(self) -> bool:
        return bool(self.good or self.person) or not (self.win is None and self.evening is None and self.tone is None)


def _with_answers(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command its options about answers as one value, `given`."""
    names = [one.name for one in fields(Given)]

    @wraps(command)
    def gathered(*args: Any, **options: Any) -> None:
        command(*args, given=Given(**{name: options.pop(name) for name in names}), **options)

    return gathered


@click.command()
@click.option("--good", multiple=True, metavar="TEXT", help=f"Something that does you good; up to {MOST_GOOD} of them.")
@click.option("--person", multiple=True, metavar="NAME", help=f"Somebody you could write to; up to {MOST_PEOPLE}.")
@click.option("--win", metavar="TEXT", help="What counts as a good thing in a week of searching.")
@click.option("--evening", metavar="TEXT", help="What you would like to do on the evening of a no.")
@click.option("--tone", type=click.Choice(TONES), help="How letters sound.")
@click.option("--show", "showing", is_flag=True, help="Only show what you have answered.")
@click.option("--clear", is_flag=True, help="Remove all your answers; letters then sound as configured.")
@as_json
@pass_settings
@_with_answers
def questions(settings: Settings, given: Given, showing: bool, clear: bool, as_json: bool) -> None:
    """Tell the letters what does you good, whom you could write to, what counts as a good thing, and the like.

    Asks one thing after the other; Enter leaves a question as it is. Letters quote your words back now and then, and
    work without them. Your answers stay in the store on this computer.

    \b
    triage questions                                   asks
    triage questions --good "walk by the canal" --person Ana
    triage questions --win ""                          takes one answer away
    triage questions --show
    """
    if (bool(given), showing, clear).count(True) > 1:
        raise click.UsageError("Give answers, or --show, or --clear: one of them at a time.")
    if clear:
        _keep(settings, Said())
    elif given:
        _keep(settings, _with(_said(settings), given))
    elif not (showing or as_json):
        ask(settings)
    _show(settings, as_json=as_json)


def ask(settings: Settings) -> None:
    """Ask one thing after the other on the terminal. Each answer is kept at once, whatever comes after it.

    Raises click.Abort where the person, or the input, ends before the last question.
    """
    click.echo(f"Enter leaves a question as it is, {REMOVE} takes an answer away. All of it stays here.", err=True)
    for question in (_ask_good, _ask_people, _ask_win, _ask_evening, _ask_tone):
        before = _said(settings)
        after = question(before)
        if after != before:
            _keep(settings, after)


def _ask_good(said: Said) -> Said:
    question = "What does you good for a quarter of an hour? A walk, a song, a bath. One at a time."
    good = _list(question, said.answers.good, MOST_GOOD)
    return replace(said, answers=replace(said.answers, good=good))


def _ask_people(said: Said) -> Said:
    question = "Who would like to hear from you, good news or bad? One or two names."
    people = _list(question, said.answers.people, MOST_PEOPLE)
    return replace(said, answers=replace(said.answers, people=people))


def _ask_win(said: Said) -> Said:
    question = "What counts as a good thing in a week of searching, whatever employers say?"
    return replace(said, answers=replace(said.answers, win=_line(question, said.answers.win)))


def _ask_evening(said: Said) -> Said:
    question = "If an answer is a no: what would you like to do that evening?"
    return replace(said, answers=replace(said.answers, evening=_line(question, said.answers.evening)))


def _ask_tone(said: Said) -> Said:
    click.echo(f"\nHow do you want letters to sound: {', '.join(TONES[:-1])} or {TONES[-1]}?", err=True)
    typed = _typed(said.tone or "as configured", _a_tone)
    return replace(said, tone=_changed(said.tone, typed))


def _list(question: str, known: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Lines up to an empty one. The first line that is typed begins the list anew."""
    click.echo(f"\n{question}", err=True)
    first = _typed("; ".join(known), _an_answer)
    if first in ("", REMOVE):
        return known if not first else ()
    found = [first]
    while len(found) < most and (more := _typed("", _an_answer)) not in ("", REMOVE):
        found.append(more)
    return tuple(dict.fromkeys(found))


def _line(question: str, known: str) -> str:
    click.echo(f"\n{question}", err=True)
    return _changed(known, _typed(known, _an_answer))


def _changed(known: str, typed: str) -> str:
    return "" if typed == REMOVE else typed or known


def _typed(known: str, read: Callable[[str], str]) -> str:
    """What the person types; nothing for Enter. Asks again where `read` refuses it."""
    text = f"[{known}] >" if known else ">"
    typed: str = click.prompt(text, default="", show_default=False, prompt_suffix=" ", value_proc=read, err=True)
    return typed


def _an_answer(text: str) -> str:
    try:
        return cleaned(text)
    except AnswerError as error:
        raise click.UsageError(str(error)) from error


def _a_tone(text: str) -> str:
    text = text.strip().lower()
    if text in ("", REMOVE, *TONES):
        return text
    raise click.UsageError(f"There are {', '.join(TONES)}.")


def _with(said: Said, given: Given) -> Said:
    """With what was given in place of what was there. Raises click.UsageError."""
    known = said.answers
    try:
        found = answers.given(
            given.good or known.good,
            given.person or known.people,
            known.win if given.win is None else given.win,
            known.evening if given.evening is None else given.evening,
        )
    except AnswerError as error:
        raise click.UsageError(str(error)) from error
    return Said(found, said.tone if given.tone is None else given.tone)


def _said(settings: Settings) -> Said:
    """What is known so far. Looking creates no store."""
    if not _exists(settings):
        return Said()
    with Store(settings.store_folder, settings.cipher).reading() as work:
        return Said(work.notes.answers(), work.notes.preferences().tone)


def _keep(settings: Settings, said: Said) -> None:
    if not (said.answers or said.tone or _exists(settings)):
        return
    with Store(settings.store_folder, settings.cipher).writing() as work:
        work.notes.answer(said.answers)
        work.notes.prefer(replace(work.notes.preferences(), tone=said.tone))


def _exists(settings: Settings) -> bool:
    return (settings.store_folder / FILE).exists()


def _show(settings: Settings, *, as_json: bool) -> None:
    said = _said(settings)
    if as_json:
        show_json({**asdict(said.answers), "tone": said.tone})
        return
    rows = [
        *(("does you good", one) for one in said.answers.good),
        *(("would like to hear from you", one) for one in said.answers.people),
        ("a good thing in a week", said.answers.win),
        ("on the evening of a no", said.answers.evening),
        ("letters sound", said.tone),
    ]
    show("", ("question", "your answer"), [row for row in rows if row[1]], "Nothing is answered so far.")
