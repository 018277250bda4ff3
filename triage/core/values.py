"""The values that travel between the rooms, each a frozen dataclass named for its stage.

Times are aware datetimes in UTC; the reader's time zone appears only where a letter is planned or written.
Texts that may be absent are empty strings, so that every value prints and compares without special cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from triage.core.acts import Act


class Kind(StrEnum):
    """What a message is, for someone looking for work."""

    REJECTION = "rejection"
    ACKNOWLEDGEMENT = "acknowledgement"
    INTERVIEW = "interview"
    ASSESSMENT = "assessment"
    OFFER = "offer"
    OUTREACH = "outreach"
    JOB_ALERT = "job_alert"
    OTHER = "other"
    UNSURE = "unsure"
    UNREADABLE = "unreadable"
    """Not a verdict: the message could not be judged at all. It is counted, so that nothing is lost in silence."""
    QUIET = "quiet"
    """Not a mail: none has come for so long that it is worth a word."""
    SILENCE = "silence"
    """Not a mail: none has come for so long that most likely none will."""


MAIL = frozenset(set(Kind) - {Kind.UNSURE, Kind.UNREADABLE, Kind.QUIET, Kind.SILENCE})
"""What a mail can be judged to be, or corrected to."""


GOOD_NEWS = frozenset({Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OFFER})
"""These have dates that can be missed."""


NOTICES = frozenset({Kind.QUIET, Kind.SILENCE})
"""Lines of the log that say that no mail came (`core.journey.silence`)."""


BROUGHT, UNDATED = "brought", "brought-undated"
"""The evidence of a line that the reader brought in a list of their own, and of one that had no day there."""


class Stage(StrEnum):
    """How far an application had come."""

    UNKNOWN = ""
    APPLICATION = "application"
    SCREEN = "screen"
    INTERVIEW = "interview"
    FINAL = "final"


class Reason(StrEnum):
    """Why an employer says no, in the employer's own words; empty where the mail is no rejection."""

    NONE = ""
    NOT_STATED = "not_stated"
    OTHER_CANDIDATE = "other_candidate"
    SKILLS_GAP = "skills_gap"
    POSITION_FILLED = "position_filled"
    POSITION_CLOSED = "position_closed"
    OVERQUALIFIED = "overqualified"
    LOCATION_OR_VISA = "location_or_visa"
    OTHER = "other"


class Trust(StrEnum):
    """Whether the reader's own mail server knows the sender to be who they say they are (`core.trust`)."""

    UNKNOWN = ""
    """Nobody was asked: no server is configured whose word would count."""
    VERIFIED = "verified"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder has been read: every message up to and including `uid` is done (RFC 3501, 2.3.1.1)."""

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    lookback: int = 0
    """Messages up to this UID were there before the folder was first read: they are old news."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as fetched.

    `received` is when the reader's own server took it in (INTERNALDATE), in UTC: the Date header is the
    sender's claim and often wrong or missing. `data` is the whole message, or its first part where it is large;
    empty where the message exists but cannot be shown.
    """

    cursor: Cursor
    received: datetime
    data: bytes
    own_uid: int = 0
    """The message's own number, where `cursor` has to stay behind it for what is not read yet; else 0."""

    @property
    def uid(self) -> int:
        return self.own_uid or self.cursor.uid


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a header. `address` is in lower case and empty where the header could not be read."""

    name: str = ""
    address: str = ""

    @property
    def domain(self) -> str:
        """Everything after the last @, or an empty string."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as read.

    `text` is what the sender wrote in this mail; `quoted` is what stands below it from earlier mails or from a
    forwarded one. `key` names the content: equal for the same mail seen twice (another folder, a renumbered
    mailbox), different for two mails that share a Message-ID (RFC 5322 asks for unique ones, senders differ).
    """

    key: str
    message_id: str
    received: datetime
    sender: Address
    recipients: tuple[Address, ...]
    subject: str
    text: str
    quoted: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: Address = Address()
    forwarded: bool = False
    bulk: bool = False
    """Carries List-Unsubscribe, List-Id or Precedence: bulk. Applicant systems do too: never a reason to skip."""
    automatic: bool = False
    """A program sent it by itself (RFC 3834): a vacation notice, a bounce, and most mail of applicant systems."""
    calendar: bool = False
    """Has a text/calendar part."""
    calendars: tuple[str, ...] = ()
    """The text of its calendar parts, as far as it is read (RFC 5545); nobody has looked whether it is one."""
    letter_mark: str = ""
    """The content of our own X-Triage-Letter header, empty in all other mail."""
    letter_tells: str = ""
    """The content of our own X-Triage-Tells header (`core.compose.tells`)."""
    sole_sender: bool = False
    """From names this one address, and no mail program could read another one there."""
    authentication: tuple[bytes, ...] = ()
    """The Authentication-Results fields, topmost first, whoever wrote them (`core.trust`)."""
    defects: tuple[str, ...] = ()
    """What could not be read, in a few words each; empty for a sound message."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signal that spoke: its name, the kind it speaks for, its weight, and the place where it was seen."""

    signal: str
    kind: Kind
    weight: float
    where: str
    """`subject`, `sender`, `header` or `text`."""
    quote: str = ""
    """The words it matched, for `triage explain`; never stored."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the network (`core.model`) makes of a message; the details are guesses, and of use where the kind fits."""

    scores: Mapping[Kind, float]
    """A log-likelihood each, up to a common constant."""
    decisive: str = ""
    """The sentence that decides most, word for word; empty where none does."""
    company: str = ""
    role: str = ""
    stage: Stage = Stage.UNKNOWN
    reason: Reason = Reason.NONE
    feedback: tuple[str, ...] = ()
    """The sentences that are plainly about the reader, word for word."""
    reapply: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What kind of message this is, how sure we are (0 to 1), and why."""

    kind: Kind
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    opinion: Opinion | None = None
    """What the network said, where it was asked."""
    judged: Kind | None = None
    """What signals and network made of it, where the reader has since said otherwise (`core.learning`)."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a message says about an application. Dates are ISO 8601, as precise as the mail is.

    `deadline` and `answer_by` are days; `interview_at` may be a time, as `core.moment` writes it.
    """

    company: str = ""
    role: str = ""
    stage: Stage = Stage.UNKNOWN
    reason: Reason = Reason.NONE
    feedback: tuple[str, ...] = ()
    """Sentences written about this application, verbatim; never boilerplate."""
    reapply: bool = False
    deadline: str = ""
    interview_at: str = ""
    reference: str = ""
    answer_by: str = ""
    """The day by which the employer says it will answer, or after which no answer means no."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. Never a body.

    `id` is 0 until the store has given one. `application` likewise: 0 until it is known or new.
    `lookback` marks what the first run found: it is told in one summary at most.
    """

    key: str
    message_id: str
    mailbox: str
    folder: str
    received: datetime
    kind: Kind
    confidence: float
    evidence: tuple[str, ...] = ()
    details: Details = field(default_factory=Details)
    thread: tuple[str, ...] = ()
    sender_domain: str = ""
    human: bool = False
    """A person wrote it, as far as its sender tells."""
    trust: Trust = Trust.UNKNOWN
    judged: Kind | None = None
    """What the mail was taken for, where the reader has corrected that; `kind` is what they say."""
    fingerprint: bytes = b""
    """Of its template, under the store's secret (`core.fingerprint`)."""
    lookback: bool = False
    application: int = 0
    id: int = 0

    @property
    def brought(self) -> bool:
        """There is no mail behind it: the reader told it, in a list of their own (`core.brought`)."""
        return BROUGHT in self.evidence

    @property
    def undated(self) -> bool:
        """The reader's list told it without a day."""
        return UNDATED in self.evidence


@dataclass(frozen=True, slots=True)
class Application:
    """One application: what it is for, and its events, oldest first. Its state follows from them (`core.journey`)."""

    id: int
    company: str
    role: str
    reference: str
    events: tuple[Event, ...] = ()
    acts: tuple[Act, ...] = ()
    """What the reader did about it, oldest first."""

    @property
    def by_mail(self) -> bool:
        """Something of it came by mail, and not only in a list of the reader's own."""
        return any(not event.brought for event in self.mails)

    @property
    def mails(self) -> tuple[Event, ...]:
        """Its events but for those that say that no mail came."""
        return tuple(event for event in self.events if event.kind not in NOTICES)
