"""The second reader: when the network is asked about a message, and about what of it.

Reading takes it some tens of milliseconds, so two quick looks come first. A message without a trace of work in its
words is not even searched for signals; the network is asked where the words or a signal speak of a job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.core.detect.listening import MOST_SENTENCES, Reading, bare_subject
from triage.core.model.said import Said
from triage.core.text import sentences
from triage.core.values import Message, Opinion

if TYPE_CHECKING:  # they bring NumPy with them, and are read when the first mail is
    from triage.core.model.prefilter import Prefilter
    from triage.core.model.reader import Model

_EVERYDAY = -3.0
"""Below these log-odds of being about a job, a message is other mail (training/prefilter.py says what is lost)."""
_NO_QUESTION = -1.5
"""Below these the network is not asked, unless a signal speaks of a job."""
_SOME_JOB = 0.5


@dataclass(frozen=True, slots=True)
class Second:
    """The quick look and the network; both are made ready when they are first asked."""

    prefilter: Callable[[], Prefilter]
    model: Callable[[], Model]
    rest: Callable[[], None] = lambda: None
    """Lets go of what the network needs only while it reads."""

    def odds(self, message: Message) -> float:
        """The log-odds that a message with these words is about a job."""
        # Single words are looked at, so the text need not be cut into sentences yet.
        return self.prefilter().log_odds(_said(message, (message.text,)))

    def opinion(self, message: Message, reading: Reading, odds: float) -> Opinion | None:
        """What the network makes of it, if it could be an answer to an application."""
        if odds < _NO_QUESTION and reading.job < _SOME_JOB:
            return None
        return self.model().opinion(said(message))


def everyday(odds: float) -> bool:
    """Is a message with these odds other mail, without a second look?"""
    return odds < _EVERYDAY


def said(message: Message) -> Said:
    """The words of a message, and where it answers or hands on another one, that one's."""
    return _said(message, sentences(message.text)[:MOST_SENTENCES])


def _said(message: Message, told: Sequence[str]) -> Said:
    return Said(message.sender.name, bare_subject(message.subject), told, message.quoted[:2000])
