"""The tables, as SQLAlchemy Core. Changing one needs a migration in `migrations/versions`; a test compares.

Nothing here can hold the body or the subject of a mail, and nothing can hold a password.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, in UTC on disk: texts of different offsets would compare wrongly in SQLite."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class _JsonText(TypeDecorator[Any]):
    """JSON as SQLite has it: a text, so that it can be compared as one."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return json.loads(value or "null")


Json = JSON().with_variant(_JsonText(), "postgresql")

Number = Integer().with_variant(BigInteger(), "postgresql")
"""Eight bytes: in SQLite, all numbers have them."""

MEMBER = "member"
"""The column that every table has on PostgreSQL, where many people's stores lie side by side (`triage.store.postgres`).
No statement needs to name it: it is filled in, and rows of others are not there."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# How far each folder has been read.
cursor = Table(
    "cursor",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("lookback", BigInteger, nullable=False),  # UIDs up to this were there before the first run
)

# How each mailbox fared when it was last looked at; `error` is empty when all was well.
health = Table(
    "health",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("polled", UtcDateTime),
    Column("error", Text, nullable=False),
    Column("since", UtcDateTime),  # since when the error stands
)

# Looks that came to no end, and the messages they had in hand: what may be poison is known by this.
trial = Table(
    "trial",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("message", Text, primary_key=True),  # a hash of its bytes, or its place; empty: the look itself
    Column("tries", Number, nullable=False),  # runs of the program that took it in hand and never let it go
    Column("failures", Number, nullable=False),  # it could not be fetched
    Column("run", Text, nullable=False),  # the run that took it last
)

application = Table(
    "application",
    metadata,
    Column("id", Number, primary_key=True),
    Column("company", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reference", Text, nullable=False),  # the employer's requisition number
)

PLACED = "application IS NOT NULL AND kind NOT IN ('quiet', 'silence', 'unreadable', 'job_alert', 'other')"
"""The mails that make up the applications. Word for word in a query, or SQLite does not see that the index fits."""
FEEDBACK = "feedback <> '[]' AND application IS NOT NULL"
"""What employers wrote about the reader; the same holds."""

# The log of the search: one row for each thing an employer did.
event = Table(
    "event",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # names the mail's content: the same mail is one event
    Column("message_id", Text, nullable=False, index=True),
    Column("mailbox", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("received", UtcDateTime, nullable=False, index=True),
    Column("kind", Text, nullable=False),  # as the reader says, where they have corrected it
    Column("confidence", Float, nullable=False),
    Column("evidence", Json, nullable=False),  # names of the signals that spoke, never the words they matched
    Column("company", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("feedback", Json, nullable=False),  # the employer's sentences about the reader, unless switched off
    Column("reapply", Boolean, nullable=False),
    Column("deadline", Text, nullable=False),
    Column("interview_at", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("answer_by", Text, nullable=False, server_default=text("''")),  # by when the employer says it will answer
    Column("thread", Json, nullable=False),  # Message-IDs this mail answers
    Column("sender_domain", Text, nullable=False),
    Column("lookback", Boolean, nullable=False),  # found by the first run: told in one summary at most
    Column("application", Number, ForeignKey("application.id"), index=True),
    Column("trust", Text, nullable=False, server_default=text("''")),  # what the reader's server knows of the sender
    Column(
        "judged", Text, nullable=False, server_default=text("''")
    ),  # what it was taken for, where that was corrected
    Column("fingerprint", LargeBinary),  # of its template, under the secret; null in lines from before there were any
    Column("human", Boolean, nullable=False, server_default=text("0")),  # a person wrote it, as far as the sender tells
    Column("told", Boolean, nullable=False, server_default=text("0")),  # kept by triggers: there is a row in `telling`
    Index("ix_event_kind", "kind", "received"),
    Index("ix_event_untold", "kind", "received", sqlite_where=text("told = 0")),
    Index("ix_event_placed", "received", sqlite_where=text(PLACED)),
    Index("ix_event_feedback", "received", "application", sqlite_where=text(FEEDBACK)),
)

UNTOLD = event.c.told == false()
"""The events that no letter has told. Written out in the statement, which is how their index is found."""

# What the reader corrected: enough to know the same template again, and nothing of its words.
correction = Table(
    "correction",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # names the mail's content
    Column("event", Number, ForeignKey("event.id"), index=True),  # null for a mail that is not in the log
    Column("domain", Text, nullable=False, index=True),  # the sender's organisation
    Column("fingerprint", LargeBinary, nullable=False),
    Column("judged", Text, nullable=False),  # what we had said by ourselves
    Column("evidence", Json, nullable=False),  # names of the signals that spoke for that
    Column("before", Text, nullable=False),  # what the log said before
    Column("kind", Text, nullable=False),  # what the reader says
    Column("placed", Boolean, nullable=False),  # it gave the event its application
    Column("made", UtcDateTime, nullable=False),
)

# The outbox. A row is written before anything is delivered, with the Message-ID it will always have.
letter = Table(
    "letter",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("composed", UtcDateTime, nullable=False),
    Column("data", LargeBinary),  # the finished message; null once it is delivered
    Column("attempts", Number, nullable=False),  # deliveries begun: above 0, look before sending again
    Column("due", UtcDateTime, nullable=False, index=True),  # not to be tried before
    Column("sent", UtcDateTime),
    Column("refused", Boolean, nullable=False),  # delivery failed for good; a person is needed
    Column("error", Text, nullable=False),
    Column("about", Text, nullable=False, server_default=text("''")),  # such as "weekly 2026-W10"
    Index("ix_letter_composed", "composed"),
    Index("ix_letter_unsent", "due", sqlite_where=text("sent IS NULL")),
)

# What the reader did and said, by answering letters or on the command line.
act = Table(
    "act",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("made", UtcDateTime, nullable=False),
    Column("application", Number, ForeignKey("application.id"), index=True),
    Column("event", Number, ForeignKey("event.id"), index=True),
    Column("letter", Text, nullable=False),  # the Message-ID of the letter it answers
    Column("text", Text, nullable=False),  # the reader's own words
    Column("key", Text, nullable=False, index=True),  # names the reply it came by
    Column("confirmed", Number, ForeignKey("letter.id"), index=True),  # the letter that says it was understood
    Index("ix_act_made", "made"),
    Index("ix_act_kind", "kind", "made"),
)

# Which letter told which event: an event is told once, by this primary key.
telling = Table(
    "telling",
    metadata,
    Column("event", Number, ForeignKey("event.id"), primary_key=True),
    Column("letter", Number, ForeignKey("letter.id"), nullable=False, index=True),
)

# Which wording of which block a letter used, so that none comes twice in a row.
wording = Table(
    "wording",
    metadata,
    Column("letter", Number, ForeignKey("letter.id"), primary_key=True),
    Column("block", Text, primary_key=True),
    Column("variant", Number, nullable=False),
    Index("ix_wording_block", "block", "variant", "letter"),
)

# Events the reader had removed: only the name of the content, so that they are not logged again.
forgotten = Table("forgotten", metadata, Column("key", Text, primary_key=True))

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# --- What follows from the tables above, kept so that nobody has to read the whole log for it -----------------------
# `triggers` says which of it SQLite keeps itself, and notes in `unsettled` for which applications the rest is to be
# made anew (`search`). None of it says anything that the log does not.

# How many lines of each kind there are.
tally = Table(
    "tally",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("lines", Number, nullable=False),
)

# How often each wording was used.
worn = Table(
    "worn",
    metadata,
    Column("block", Text, primary_key=True),
    Column("variant", Number, primary_key=True),
    Column("uses", Number, nullable=False),
)

# What was found when nothing was due: one row, and none as soon as anything has changed that letters depend on.
outlook = Table(
    "outlook",
    metadata,
    Column("id", Number, primary_key=True),
    Column("made", UtcDateTime, nullable=False),
    Column("letter", UtcDateTime),  # when the next letter will be due, as far as can be foreseen
    Column("look", UtcDateTime, nullable=False),  # nothing comes about by the clock alone before that
    Column("terms", Text, nullable=False),  # what else it depends on: how the reader wants letters
    Column("patience", Text, nullable=False),  # and how long waits may be
)

# The applications that have changed since what follows was made for them.
unsettled = Table("unsettled", metadata, Column("application", Number, primary_key=True))

# By what a mail can be about an application (`core.journey.near`), as numbers.
trait = Table(
    "trait",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("application", Number, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# What letters count and look for, of each application (`core.situation.standing`).
standing = Table(
    "standing",
    metadata,
    Column("application", Number, primary_key=True),
    Column("until", UtcDateTime, nullable=False, index=True),  # letters may look at it until then
    Column("heard", UtcDateTime),  # its last mail
    Column("refused", UtcDateTime),  # its last no
    Column("stop", Text, nullable=False),  # how far it had come by then
    Column("talked", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("role", Text, nullable=False),
    Index("ix_standing_heard", "heard", "role"),
)

# The sums of that, by the month of the last mail or of the last no.
total = Table(
    "total",
    metadata,
    Column("month", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("number", Number, nullable=False),
)
