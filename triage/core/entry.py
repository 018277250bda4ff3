"""A mail as a line of the log: what of it is kept."""

from __future__ import annotations

import hashlib

from triage.core.values import Details, Event, Kind, Message, RawMessage, Verdict


def of_mail(raw: RawMessage, read: Message, found: Verdict, details: Details, *, lookback: bool) -> Event:
    """What the log says of a mail, as far as the mail itself does."""
    return Event(
        key=read.key,
        message_id=read.message_id,
        mailbox=raw.cursor.mailbox,
        folder=raw.cursor.folder,
        received=raw.received,
        kind=found.kind,
        confidence=round(found.confidence, 4),
        evidence=tuple(dict.fromkeys(one.signal for one in found.evidence)),
        details=details,
        thread=tuple(dict.fromkeys((*read.references, *filter(None, [read.in_reply_to])))),
        sender_domain=read.sender.domain,
        judged=found.judged if found.judged is not found.kind else None,
        lookback=lookback,
    )


def unreadable(raw: RawMessage, *, lookback: bool) -> Event:
    """What it says of one that could not be judged.

    There may be no content to know it by: so the place where it lies and the time it came count too.
    """
    name = f"{raw.cursor.mailbox}\n{raw.cursor.folder}\n{raw.received.isoformat()}\n"
    return Event(
        key=hashlib.sha256(name.encode() + raw.data).hexdigest(),
        message_id="",
        mailbox=raw.cursor.mailbox,
        folder=raw.cursor.folder,
        received=raw.received,
        kind=Kind.UNREADABLE,
        confidence=0.0,
        lookback=lookback,
    )
