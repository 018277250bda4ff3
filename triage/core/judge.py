"""What is this mail? Detector, extractor, the reader's corrections and the word of their server, in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from triage.core import fingerprint, learning, message, trust
from triage.core.correction import Correction
from triage.core.detect import Detector
from triage.core.detect.listening import bare_subject
from triage.core.extract import Extractor
from triage.core.values import Details, Message, RawMessage, Trust, Verdict


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the reader corrected in mail of one sender, and the secret under which it is kept."""

    corrections: Sequence[Correction] = ()
    secret: bytes = b""


NONE_LEARNT = Lessons()
UNKNOWN = Details()


@dataclass(frozen=True, slots=True)
class Judged:
    """A message, and what it is and says by itself, whatever the reader has corrected."""

    message: Message
    verdict: Verdict
    details: Details


@dataclass(frozen=True, slots=True)
class Judge:
    """What is this mail? The pure part of the first path."""

    detector: Detector
    extractor: Extractor
    reader: frozenset[str]
    keep_feedback: bool = True
    authserv_ids: Mapping[str, str] = field(default_factory=dict)
    """Of mailboxes, by name: the server whose word on senders counts there. None for a mailbox that is not named."""

    def judged(self, raw: RawMessage) -> Judged:
        """All that can be said of a message from its bytes alone: by far the most of the work."""
        return self._judged(message.parse(raw))

    def begun(self, raw: RawMessage) -> Judged | Callable[[], Judged]:
        """The same, where a quick look shows that it is other mail; else what takes long, as a call."""
        read = message.parse(raw)
        found = self.detector.at_once(read, self.reader)
        return Judged(read, found, UNKNOWN) if found else partial(self._judged, read)

    def _judged(self, read: Message) -> Judged:
        return Judged(read, *self.verdict(read))

    def verdict(self, read: Message, lessons: Lessons = NONE_LEARNT) -> tuple[Verdict, Details]:
        """What a mail is and says, as the reader has corrected us so far."""
        found = self.detector.judge(read, self.reader)
        if lessons.corrections and read.sender.address not in self.reader:
            print_ = self.fingerprint(read, found, lessons.secret)
            found = learning.applied(found, read.key, print_, lessons.corrections)
        details = self.extractor.details(read, found)
        return found, details if self.keep_feedback else replace(details, feedback=())

    def fingerprint(self, read: Message, found: Verdict, secret: bytes, known: Details = UNKNOWN) -> bytes:
        """Of the mail's template, under the store's secret: what is filled in is left out as far as we know it.

        `known`: its details, where they were asked for. Names are looked for whatever the mail is.
        """
        details = known if known.company or known.role else self.extractor.names(read, found)
        people = [word for one in read.recipients for word in (one.name, *one.name.split()[:1])]
        names = (details.company, details.role, read.sender.name, *people)
        return fingerprint.fingerprint(bare_subject(read.subject), read.text, names, secret)

    def rest(self) -> None:
        """Let go of what takes much room and is quickly made again: for when no mail has come for a while."""
        self.detector.rest()

    def trust(self, read: Message, mailbox: str) -> Trust:
        """Whether the sender of a mail in this mailbox is verified."""
        return trust.sender(read, self.authserv_ids.get(mailbox, ""))
