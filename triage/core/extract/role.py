"""Which job a mail is about."""

from __future__ import annotations

from collections.abc import Sequence

from triage.core.detect.listening import bare_subject
from triage.core.extract.captures import Captures
from triage.core.extract.naming import Names
from triage.core.text import sentences
from triage.core.values import Message

_QUOTED = 40
"""Sentences of the mail below that are looked at."""


class Roles:
    """Finds the name of the job."""

    def __init__(self, captures: Captures, names: Names) -> None:
        self._captures = captures
        self._names = names

    def role(self, message: Message, said: Sequence[str], named: str = "") -> str:
        """The job as the mail names it, or an empty string. `named`: what the network takes for it.

        Else from the subject, from the mail, or from the reader's own words below it.
        """
        subject, quoted = bare_subject(message.subject), sentences(message.quoted)[:_QUOTED]
        return self._names.role(named) or self._caught(subject, said) or self._caught("", quoted)

    def _caught(self, subject: str, said: Sequence[str]) -> str:
        found = (self._trimmed(role) for role in self._captures.all("role", subject, said))
        return next(filter(None, found), "")

    def _trimmed(self, role: str) -> str:
        """Without the day or the place that follows it."""
        return self._names.role(role.removesuffix(self._captures.first("trail", "", [role])))
