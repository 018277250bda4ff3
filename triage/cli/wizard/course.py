"""How far `triage init` has come: what is answered, by whom, and what is left to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from triage.cli.wizard import begun as file
from triage.cli.wizard.answers import Answers
from triage.cli.wizard.asking import AnswerError, Asker, Check, Choice, Question
from triage.cli.wizard.begun import Begun


@dataclass(slots=True)
class Course:
    """The answers: those given as options, then those from this time or an earlier one, then what is configured."""

    asker: Asker
    begun: Begun
    given: Answers = field(default_factory=Answers)
    known: Answers = field(default_factory=Answers)
    """What the configuration says: the answers that Enter stands for."""
    keeping: Path | None = None
    """Where what was answered is kept; None: nowhere."""

    @property
    def answers(self) -> Answers:
        """All answers there are so far."""
        return self.given.over(self.begun.answers)

    @property
    def everything(self) -> Answers:
        """These, and where there is none, what is configured already."""
        return self.answers.over(self.known)

    def take(self, answers: Answers) -> None:
        """Keep these answers too; they count for more than those before."""
        self._keep(replace(self.begun, answers=answers.over(self.begun.answers)))

    def drop(self, *names: str) -> None:
        """These are to be asked again, also where they were given as options."""
        nothing = dict.fromkeys(names)
        self.given = replace(self.given, **nothing)
        self._keep(replace(self.begun, answers=replace(self.begun.answers, **nothing)))

    def is_done(self, step: str) -> bool:
        """Need this step not be taken again?"""
        return step in self.begun.done

    def done(self, step: str) -> None:
        """This step need not be taken again."""
        if not self.is_done(step):
            self._keep(self.begun.with_done(step))

    def _keep(self, begun: Begun) -> None:
        self.begun = begun
        if self.keeping:
            file.keep(self.keeping, begun)

    def line(self, name: str, question: Question, check: Check) -> str:
        """The answer called `name`, asked for unless it is there. One given by an option is checked alike."""
        return self._asked(name, question, check, lambda: self.asker.line(self._known(name, question), check))

    def choice(self, name: str, question: Question, choices: Sequence[Choice]) -> str:
        """One of several, likewise."""
        keys = {one.key for one in choices}
        question = self._known(name, question)
        return self._asked(name, question, _among(keys), lambda: self.asker.choice(question, choices))

    def _known(self, name: str, question: Question) -> Question:
        known = getattr(self.known, name)
        return replace(question, default=str(known)) if known is not None else question

    def _asked(self, name: str, question: Question, check: Check, ask: Callable[[], str]) -> str:
        answer = getattr(self.answers, name)
        if answer is None:
            answer = ask()
        else:
            try:
                answer = check(str(answer))
            except AnswerError as error:
                raise click.BadParameter(str(error), param_hint=question.option) from None
        found: dict[str, Any] = {name: answer}
        self.take(replace(Answers(), **found))
        return answer


def _among(keys: set[str]) -> Check:
    def check(text: str) -> str:
        if text not in keys:
            raise AnswerError(f"This can be {' or '.join(sorted(keys))}.")
        return text

    return check
