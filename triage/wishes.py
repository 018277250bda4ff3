"""What the reader asks for, done in the store: by a reply to a letter or on the command line, within one transaction.

Each function returns the act that says so; whoever calls it keeps that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from triage import correcting
from triage.core import journey
from triage.core.acts import OWN, Act, Did
from triage.core.letter import Only
from triage.core.values import Event, Kind
from triage.store import Work

LONGEST_NOTE = 4_000
"""Characters of a note that are kept."""


def pause(work: Work, until: datetime, zone: ZoneInfo, now: datetime) -> Act:
    """No letter until then. The act holds the day, in `zone`."""
    work.notes.prefer(replace(work.notes.preferences(), paused_until=until))
    return Act(Did.PAUSED, now, text=until.astimezone(zone).date().isoformat())


def resume(work: Work, now: datetime) -> Act:
    """Letters again, after a pause or a stop; which ones is as it was, or as usual."""
    known = work.notes.preferences()
    only = Only.DEFAULT if known.only is Only.NONE else known.only
    work.notes.prefer(replace(known, paused_until=None, only=only))
    return Act(Did.RESUMED, now)


def letters(work: Work, only: Only, now: datetime) -> Act:
    """Only these letters from now on. All of them, or none, ends a pause too."""
    known = work.notes.preferences()
    paused = None if only in (Only.ALL, Only.NONE) else known.paused_until
    work.notes.prefer(replace(known, only=only, paused_until=paused))
    return Act(Did.STOPPED, now) if only is Only.NONE else Act(Did.CHANGED, now, text=only.value)


def tone(work: Work, name: str, now: datetime) -> Act:
    """Letters in this tone, as `[letters] tone` names them."""
    work.notes.prefer(replace(work.notes.preferences(), tone=name))
    return Act(Did.CHANGED, now, text=name)


def step(now: datetime, application: int = 0) -> Act:
    """The step of a letter was taken."""
    return Act(Did.STEP, now, application=application)


def ended(did: Did, application: int, now: datetime) -> Act:
    """The reader lets an application go, or has withdrawn it."""
    return Act(did, now, application=application)


def note(text: str, application: int, now: datetime, event: int = 0) -> Act:
    """A few lines to remember, kept as they are, up to a length."""
    return Act(Did.NOTE, now, application=application, event=event, text=text.strip()[:LONGEST_NOTE])


def correct(work: Work, event: Event, kind: Kind, now: datetime) -> Act:
    """This mail is of this kind, which is learnt."""
    correcting.apply(work, correcting.of_event(event, kind, now))
    placed = work.log.event(event.key) or event
    return Act(Did.CORRECTED, now, application=placed.application, event=event.id, text=kind.value)


def not_this(work: Work, event: Event) -> Kind:
    """What a mail is of which is only known what it is not."""
    known = work.search.application(event.application)
    others = known is not None and any(mail.id != event.id for mail in known.mails)
    return Kind.ACKNOWLEDGEMENT if others else Kind.OTHER


def name(work: Work, event: Event, now: datetime, *, company: str = "", role: str = "") -> Act:
    """This mail is from this company, or for this role. It joins the application that is known under that name."""
    work.outbox.withdraw([event.id])
    work.log.rename(event.id, company=company, role=role)
    renamed = work.log.event(event.key) or event
    application = _joined(work, renamed)
    return Act(Did.NAMED, now, application=application, event=event.id, text=company or role)


def _joined(work: Work, event: Event) -> int:
    """Put a mail that stands alone to the application it belongs to, now that its name is known."""
    own = work.search.application(event.application)
    if own is None or len(own.events) > 1 or own.acts:
        return event.application
    known = journey.find(event, [one for one in work.search.near(event) if one.id != own.id])
    if known is None:
        return event.application
    work.log.place(event.id, known.id)
    work.log.complete(known.id, event.details)
    return known.id


def forget(work: Work, events: Sequence[int], now: datetime) -> Act:
    """Nothing of these lines of the log is left, nor in letters that have not left. The act does not say which."""
    work.outbox.withdraw(events)
    work.log.forget(events)
    return Act(Did.FORGOT, now)


def leaving(now: datetime, *, own: bool) -> Act:
    """They want to leave, and are asked whether they do. `own`: all there is runs on their own machine."""
    return Act(Did.LEAVING, now, text=OWN if own else "")


def left(work: Work, now: datetime) -> Act:
    """They do. Of all letters only the last one still comes."""
    letters(work, Only.NONE, now)
    return Act(Did.LEFT, now)
