"""The reader corrects what a mail was taken for: in the log, in what letters still have to tell, and for mail to come.

All of it happens within one transaction, and all of it can be taken back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from triage.core import journey, learning, message
from triage.core.correction import Correction
from triage.core.judge import Judge
from triage.core.values import MAIL, Event, Kind, RawMessage
from triage.errors import InputError
from triage.store import Work

KINDS = tuple(kind for kind in Kind if kind in MAIL)
"""What a mail can be corrected to."""


def of_event(event: Event, kind: Kind, now: datetime) -> Correction:
    """The reader says that this line of the log is of this kind. Nothing is changed yet."""
    return Correction(
        key=event.key,
        domain=learning.sender(event.sender_domain),
        fingerprint=event.fingerprint,
        judged=event.judged or event.kind,
        kind=kind,
        made=now,
        evidence=learning.signals(event.evidence),
        before=event.kind,
        event=event.id,
    )


def of_mail(judge: Judge, secret: bytes, raw: RawMessage, kind: Kind, now: datetime) -> Correction:
    """The reader says that this mail, which need not be in the log, is of this kind. Nothing is changed yet.

    Raises InputError where it has no sender to learn about, or is the reader's own.
    """
    read = message.parse(raw)
    if not read.sender.domain or read.sender.address in judge.reader:
        raise InputError(
            f"{raw.cursor.mailbox} names no sender, or is a mail of your own: there is nothing to be learnt from it. "
            "Name a mail that somebody else wrote."
        )
    found, _ = judge.verdict(read)
    return Correction(
        key=read.key,
        domain=learning.sender(read.sender.domain),
        fingerprint=judge.fingerprint(read, found, secret),
        judged=found.kind,
        kind=kind,
        made=now,
        evidence=learning.signals(one.signal for one in found.evidence),
        before=found.kind,
    )


def apply(work: Work, correction: Correction) -> None:
    """Remember a correction, and put the log right where the mail is in it. Doing so twice is as doing so once.

    A letter that would tell the old kind and has not left yet is taken back; one that was delivered stays as it is.
    """
    event = work.log.event(correction.key)
    if event is not None:
        # Made from the mail itself, it does not know what the log says.
        correction = replace(correction, event=event.id, judged=event.judged or event.kind, before=event.kind)
    correction = _after(work.corrections.about(correction.key), correction)
    if event is not None:
        if event.kind is not correction.kind:
            work.outbox.withdraw([event.id])
        work.log.correct(event.id, correction.kind, correction.judged)
        placed = _place(work, replace(event, kind=correction.kind))
        correction = replace(correction, placed=placed or correction.placed)
    work.corrections.keep(correction)


def _after(earlier: Correction | None, correction: Correction) -> Correction:
    """A correction that replaces an earlier one of the same mail: undone, it leads back to before the first."""
    if earlier is None:
        return correction
    known = replace(correction, fingerprint=correction.fingerprint or earlier.fingerprint, judged=earlier.judged)
    return replace(known, before=earlier.before, placed=earlier.placed) if earlier.event else known


def undo(work: Work, correction: Correction) -> None:
    """Forget a correction, and say in the log again what it said before."""
    work.corrections.drop(correction)
    event = work.log.event(correction.key)
    if event is None:
        return
    if event.kind is not correction.before:
        work.outbox.withdraw([event.id])
    work.log.correct(event.id, correction.before, correction.judged)
    if correction.placed:
        work.log.place(event.id, 0)


def _place(work: Work, event: Event) -> bool:
    """Find or begin the application of an event that has none but should; True where it has one now."""
    if event.application or event.kind not in journey.BEGINNERS:
        return False
    known = journey.find(event, work.search.near(event))
    work.log.place(event.id, known.id if known else work.log.begin(event.details))
    return True


def lines_alike(work: Work, correction: Correction) -> tuple[int, ...]:
    """The other lines of the log that are of this template and still say something else."""
    verdicts = ((event, learning.as_judged(event)) for event in work.log.events())
    return tuple(
        event.id
        for event, verdict in verdicts
        if event.key != correction.key
        and event.kind is not correction.kind
        and learning.sender(event.sender_domain) == correction.domain != ""
        and learning.of_one_template(verdict, event.fingerprint, correction)
    )
