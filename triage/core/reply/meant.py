"""Which mail or application a reader means: by a number of the log, by name, or because there is only one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from triage.core.journey import ENDED, state
from triage.core.reply.asking import Command
from triage.core.reply.phrases import Ask, Norms, norms
from triage.core.values import NOTICES, Application, Event, Kind

_TELLING = 4
"""Letters that the first word of a name has, where it stands for the whole name."""


def events_meant(command: Command, told: Sequence[Event], every: Iterable[Event]) -> tuple[Event, ...]:
    """The mails that a command is about; none where that is not clear.

    `told` is what the letter tells. A number may name any line of the log, `every` event.
    """
    if command.line:
        return tuple(event for event in every if event.id == command.line and event.kind not in NOTICES)
    mails = [event for event in told if event.kind not in NOTICES]
    fitting = _fitting(command, mails)
    if command.all:
        return tuple(fitting)
    if command.which:
        return _only([event for event in mails if _names(command.which, event)], fitting)
    return _only(fitting, fitting) or _only([event for event in fitting if _names(command.aside, event)], fitting)


def _fitting(command: Command, mails: Sequence[Event]) -> Sequence[Event]:
    """Those of the mails of which it makes sense to say this."""
    if command.ask is Ask.FORGET:
        return mails
    if command.ask in (Ask.COMPANY, Ask.ROLE):
        name = "company" if command.ask is Ask.COMPANY else "role"
        return [event for event in mails if not getattr(event.details, name)] or mails
    if command.ask is Ask.NOT_A_NO:
        denied = command.kind or Kind.REJECTION
        return [event for event in mails if event.kind is denied] or _unsure(mails)
    if command.kind is Kind.REJECTION:
        return _unsure(mails) or [event for event in mails if event.kind is not Kind.REJECTION] or mails
    asked = [] if _refused(mails) else _unsure(mails)
    return asked or [event for event in mails if event.kind is not command.kind]


def _unsure(mails: Sequence[Event]) -> Sequence[Event]:
    return [event for event in mails if event.kind is Kind.UNSURE]


def _refused(mails: Sequence[Event]) -> Sequence[Event]:
    return [event for event in mails if event.kind is Kind.REJECTION]


def _only(found: Sequence[Event], fitting: Sequence[Event]) -> tuple[Event, ...]:
    """The one mail that is meant: where a name fits several, the one of which it makes sense."""
    if len(found) > 1:
        found = [event for event in found if event in fitting]
    return tuple(found) if len(found) == 1 else ()


def applications_meant(
    command: Command, told: Sequence[Event], applications: Sequence[Application]
) -> tuple[Application, ...]:
    """The applications that a command is about; none where that is not clear.

    Without a name they are those whose silence the letter tells, or of which it tells at all; with one, any.
    """
    if command.line:
        return tuple(one for one in applications if any(event.id == command.line for event in one.events))
    quiet = {event.application for event in told if event.kind in NOTICES} or {event.application for event in told}
    mine = tuple(one for one in applications if one.id in quiet)
    if command.all:
        return mine
    if command.which:
        return _named(command.which, mine) or _named(command.which, applications)
    return mine if len(mine) == 1 else ()


def _named(which: str, applications: Sequence[Application]) -> tuple[Application, ...]:
    found = [one for one in applications if any(_says(which, name) for name in (one.company, one.role))]
    alive = [one for one in found if state(one) not in ENDED]
    found = alive or found
    return tuple(found) if len(found) == 1 else ()


def _names(which: str, event: Event) -> bool:
    details = event.details
    return any(_says(which, name) for name in (details.company, details.role, event.sender_domain))


def _says(which: str, name: str) -> bool:
    """Do these words name it: all of it, a part of it, or its first word?"""
    said, whole = norms(which), norms(name)
    if not said or not whole:
        return False
    first = whole[:1] if len(whole[0]) >= _TELLING else whole
    return _within(whole, said) or _within(said, whole) or _within(first, said)


def _within(part: Norms, whole: Norms) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))
