"""All that writing a letter takes beside the log: put together once, when the program starts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jinja2 import Environment

from triage.core.answers import Answers
from triage.core.compose import Seal
from triage.core.draft.words import Words
from triage.core.journey.silence import Patience
from triage.core.letter import Cadence, Preferences
from triage.core.playbook import Playbook
from triage.core.situation import Reader
from triage.core.wording import Wordings


@dataclass(frozen=True, slots=True)
class Stationery:
    """The reader, when letters may come, the words, the templates, the seal."""

    reader: Reader
    cadence: Cadence
    patience: Patience
    words: Wordings
    playbook: Playbook
    drafts: Words
    templates: Environment
    seal: Seal

    def reader_now(self, answers: Answers, wishes: Preferences) -> Reader:
        """The reader as configured, and what they have said since."""
        return replace(self.reader, answers=answers, tone=wishes.tone or self.reader.tone)
