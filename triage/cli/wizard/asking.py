"""How questions are put: at a terminal, in plain lines, or not at all.

One question at a time. What is said goes to stderr, like everything that is no result.
"""

from __future__ import annotations

import getpass
import shutil
import sys
import termios
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

import click

Check = Callable[[str], str]
"""Takes what was typed, and returns the answer that it means. Raises AnswerError."""
_WIDEST = 76
_LOCAL = 3
"""Where among a terminal's settings those stand that say what becomes of a key (termios(3), c_lflag)."""


class AnswerError(ValueError):
    """An answer that cannot be used; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `option` gives the answer in a script; `default` is what Enter means."""

    words: str
    option: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers: its `key` is the answer, `words` are what is shown."""

    key: str
    words: str


class Asker(Protocol):
    """Puts questions to a person, if there is one. Raises UsageError, naming the option, where there is none."""

    @property
    def alone(self) -> bool:
        """Is there nobody who could answer?"""

    def line(self, question: Question, check: Check) -> str:
        """A line of text that `check` takes."""

    def secret(self, question: Question) -> str:
        """A line that is not shown while it is typed."""

    def yes(self, question: Question) -> bool:
        """Yes or no; `question.default` is "y" or "n"."""

    def choice(self, question: Question, choices: Sequence[Choice]) -> str:
        """The key of one of them."""


def say(text: str) -> None:
    """A paragraph with room above it, in lines that fit, on stderr."""
    width = max(min(shutil.get_terminal_size().columns - 2, _WIDEST), 20)
    click.echo("\n" + textwrap.fill(text, width, initial_indent="  ", subsequent_indent="  "), err=True)


def note(text: str) -> None:
    """A line on what is going on meanwhile."""
    click.echo(f"  {text.strip()}", err=True)


def listed(lines: Sequence[str]) -> None:
    """Lines as they are, set apart: commands to type, or a table."""
    click.echo(err=True)
    for line in lines:
        click.echo(f"    {line}", err=True)


def shown(path: Path) -> str:
    """A path as people write it, with ~ for their own folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


@contextmanager
def unheard() -> Iterator[None]:
    """Keys pressed meanwhile are not shown, and answer nothing afterwards; but Ctrl-C stops as ever.

    Somebody who types a password once more, while it is tried, would show it to the room. Without a terminal, nothing
    changes.
    """
    if not sys.stdin.isatty():
        yield
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    silent = before.copy()
    silent[_LOCAL] &= ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
        yield
    finally:
        with suppress(termios.error):  # the window is gone
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)  # and what was typed is dropped


def missing(question: Question) -> click.UsageError:
    """What to say where an answer is needed and nobody gives one."""
    return click.UsageError(f"There is no answer to “{question.words}”. Give it with {question.option}.")


class Nobody:
    """Takes what Enter would mean, and yes where that was said beforehand."""

    alone = True

    def __init__(self, *, consents: bool = False) -> None:
        self._consents = consents

    def line(self, question: Question, check: Check) -> str:
        """See `Asker`."""
        try:
            return check(question.default)
        except AnswerError:
            raise missing(question) from None

    def secret(self, question: Question) -> str:
        """See `Asker`."""
        raise missing(question)

    def yes(self, question: Question) -> bool:
        """See `Asker`."""
        return self._consents or question.default == "y"

    def choice(self, question: Question, choices: Sequence[Choice]) -> str:
        """See `Asker`."""
        if question.default not in {one.key for one in choices}:
            raise missing(question)
        return question.default


class Plain:
    """One line for a question and one for its answer: for pipes, screen readers, and whoever prefers it."""

    alone = False

    def __init__(self, *, consents: bool = False, lines: TextIO | None = None) -> None:
        self._consents = consents
        self._lines = lines or sys.stdin

    def line(self, question: Question, check: Check) -> str:
        """See `Asker`."""
        while True:
            try:
                return check(self._typed(question, f" [{question.default}]" if question.default else ""))
            except AnswerError as error:
                say(str(error))

    def secret(self, question: Question) -> str:
        """See `Asker`."""
        if not self._lines.isatty():
            return self._typed(question)
        try:
            return getpass.getpass(f"\n  {question.words} ", stream=sys.stderr)
        except EOFError:
            raise missing(question) from None

    def yes(self, question: Question) -> bool:
        """See `Asker`."""
        if self._consents:
            return True
        marks = " [Y/n]" if question.default == "y" else " [y/N]"
        return self.line(Question(question.words + marks, question.option), _yes_or_no(question.default)) == "y"

    def choice(self, question: Question, choices: Sequence[Choice]) -> str:
        """See `Asker`."""
        listed([f"{number}  {one.words}" for number, one in enumerate(choices, 1)])
        keys = [one.key for one in choices]
        default = str(keys.index(question.default) + 1) if question.default in keys else ""
        return self.line(
            Question(f"{question.words.rstrip(':')} (1 to {len(keys)}):", question.option, default), _one_of(keys)
        )

    def _typed(self, question: Question, hint: str = "") -> str:
        click.echo(f"\n  {question.words}{hint} ", nl=False, err=True)
        line = self._lines.readline()
        if not line:
            click.echo(err=True)
            raise missing(question)
        if not self._lines.isatty():
            click.echo(err=True)  # a pipe shows nobody the Enter
        return line.strip() or question.default


def _yes_or_no(default: str) -> Check:
    def check(text: str) -> str:
        answer = (text or default).lower()[:1]
        if answer not in ("y", "n"):
            raise AnswerError("Please type y for yes, or n for no.")
        return answer

    return check


def _one_of(keys: Sequence[str]) -> Check:
    def check(text: str) -> str:
        if text in keys:
            return text
        if text.isdecimal() and 0 < int(text) <= len(keys):
            return keys[int(text) - 1]
        raise AnswerError(f"Please type one of the numbers from 1 to {len(keys)}.")

    return check


class Terminal:
    """With arrow keys and answers that are checked before they are taken, by questionary."""

    alone = False

    def __init__(self, *, consents: bool = False) -> None:
        self._consents = consents

    def line(self, question: Question, check: Check) -> str:
        """See `Asker`."""
        import questionary

        asked = questionary.text(question.words, default=question.default, validate=_judge(check), **_LOOK)
        return check(str(self._answer(asked)).strip())

    def secret(self, question: Question) -> str:
        """See `Asker`."""
        import questionary

        return str(self._answer(questionary.password(question.words, **_LOOK)))

    def yes(self, question: Question) -> bool:
        """See `Asker`."""
        import questionary

        if self._consents:
            return True
        return bool(self._answer(questionary.confirm(question.words, default=question.default == "y", **_LOOK)))

    def choice(self, question: Question, choices: Sequence[Choice]) -> str:
        """See `Asker`."""
        import questionary

        rows = [questionary.Choice(one.words, one.key) for one in choices]
        default = question.default if question.default in {one.key for one in choices} else None
        asked = questionary.select(
            question.words, rows, default=default, pointer=">", instruction="(arrow keys, then Enter)", **_LOOK
        )
        return str(self._answer(asked))

    def _answer(self, asked: Any) -> Any:
        click.echo(err=True)
        return asked.unsafe_ask()  # the other way would print a word of its own at Ctrl-C


_LOOK: dict[str, Any] = {"qmark": " "}


def _judge(check: Check) -> Callable[[str], bool | str]:
    def judge(text: str) -> bool | str:
        try:
            check(text.strip())
        except AnswerError as error:
            return str(error)
        return True

    return judge


def asker(*, plain: bool, silent: bool, consents: bool) -> Asker:
    """The way to ask that fits where we run."""
    if silent:
        return Nobody(consents=consents)
    at_terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return Terminal(consents=consents) if at_terminal and not plain else Plain(consents=consents)
