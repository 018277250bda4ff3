"""Which messages of a folder a look is about: those beyond a cursor, or those received since a moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from triage.core.values import Cursor
from triage.wire.entries import Entry
from triage.wire.imap import Folder, Session

_ENDLESS = 2**32
"""More than any UID."""


@dataclass(frozen=True, slots=True)
class Span:
    """What to read: UIDs `first` to `last` (-1: not known), up to `old` only those received since `since`."""

    first: int
    last: int
    old: int
    since: datetime

    def wants(self, entry: Entry) -> bool:
        return entry.uid > self.old or entry.received >= self.since


def continues(opened: Folder, cursor: Cursor) -> bool:
    """Do UIDs still mean what they meant?

    Against RFC 9051, a mailbox restored from a backup may keep its UIDVALIDITY. Then UIDNEXT falls behind the
    cursor, and new mail would get numbers that count as read.
    """
    fallen_behind = 0 < opened.uidnext <= cursor.uid
    return opened.uidvalidity == cursor.uidvalidity and not fallen_behind


def span(opened: Folder, cursor: Cursor | None, since: datetime) -> Span:
    """What there is to read in a folder; without a cursor, everything received since `since`."""
    last = opened.uidnext - 1
    if cursor is None:
        return Span(1, last, _ENDLESS, since)
    # A first look that was interrupted goes on as it began: mail from before `since` stays unread.
    return Span(cursor.uid + 1, last, cursor.lookback, since)


def uids(session: Session, span: Span) -> Sequence[int]:
    """Ascending, and never beyond `span.last`.

    A message that arrives after the folder was opened has a UID from UIDNEXT on (RFC 9051, 2.3.1.1). It is left for
    the next time even if this search would find it already: the cursor goes to UIDNEXT - 1, and not past it.
    """
    if 0 <= span.last < span.first:
        return ()  # UIDNEXT says that nothing is new.
    last = max(0, span.last)
    if span.old == _ENDLESS:
        found = session.uids_since(_day_before(span.since), last)
    else:
        found = session.uids(span.first, last)
    return found if span.last < 0 else found[: bisect_right(found, span.last)]


def reached(span: Span, uids: Sequence[int]) -> int:
    """How far the folder is read once these are. Without UIDNEXT that is the highest UID seen."""
    return max([span.first - 1, span.last, *uids[-1:]])


def _day_before(moment: datetime) -> date:
    """The server compares days of its own zone, so a message of the first hours may carry the day before."""
    return (moment.astimezone(UTC) - timedelta(days=1)).date()
