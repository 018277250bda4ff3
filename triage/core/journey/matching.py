"""What a mail and an application have in common: the names of employer and role, numbers, senders, times.

`core.journey.find` weighs it; nothing here knows how an application stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from triage.core.journey.alike import narrower, of_house, same_employer, same_number, same_role
from triage.core.values import Application, Event

TWICE = timedelta(days=3)
"""Two mails about one thing come within so long: by system and from a person, by mail and by portal."""
FROM_MEMORY = timedelta(days=14)
"""Days in a list of the reader's own are mostly from memory: so far off may the mail be that they are about."""
LATER = timedelta(days=180)
"""And so much later may what they have no day for, or the first mail about what was applied for, come."""


def one_employer(called: Iterable[str]) -> bool:
    """Do these names, as far as they name any, name no more than one?"""
    known = [name for name in called if name]
    return all(same_employer(known[0], name) for name in known)


def one_client(called: Iterable[str], house: str) -> bool:
    """The same beside the house of a recruiter who names them."""
    return one_employer(name for name in called if not of_house(name, house))


def answers(one: Event, other: Event) -> bool:
    """Does its thread name the other mail?"""
    return bool(other.message_id) and other.message_id in one.thread


def of_sender(event: Event, known: Application) -> bool:
    """Did mail about it come from this domain?"""
    return any(mail.sender_domain == event.sender_domain for mail in known.mails)


def nameless(event: Event, known: Application) -> bool:
    """What never named a role goes on not naming one."""
    return not (event.details.role or known.role)


def running(event: Event, applications: Sequence[Application]) -> Application | None:
    """The latest of those that had begun by then, or the earliest one."""
    began = {one.id: min((mail.received for mail in one.mails), default=event.received) for one in applications}
    ordered = sorted(applications, key=lambda one: (began[one.id], one.id))
    return next((one for one in reversed(ordered) if began[one.id] <= event.received), next(iter(ordered), None))


def twice(event: Event, known: Application) -> bool:
    """Was the same said about it at almost the same time?"""
    return any(e.kind is event.kind and abs(e.received - event.received) <= TWICE for e in known.mails)


def retold(event: Event, known: Application) -> bool:
    """Is it the mail behind a line of the reader's own list? It is the first of its kind, and about as old."""
    lines = [e for e in known.mails if e.kind is event.kind]
    return all(line.brought for line in lines) and any(_about_then(line, event) for line in lines)


def _about_then(line: Event, event: Event) -> bool:
    return -FROM_MEMORY <= event.received - line.received <= (LATER if line.undated else FROM_MEMORY)


def contradicts(event: Event, known: Application) -> bool:
    """Does the mail name another employer and another role? Recruiters write of many in one thread."""
    role = bool(known.role) and not may_be_role(event, known)
    return role and bool(known.company) and not named(known, event.details.company)


def may_be_role(event: Event, known: Application) -> bool:
    """Can it be for the role that the mail names? It can where either of them names none."""
    role = event.details.role
    return not role or not known.role or same_role(known.role, role) or narrower(known.role, role)


def numbered(known: Application, number: str) -> bool:
    """Can it have this reference number?"""
    return not known.reference or not number or same_number(known.reference, number)


def named(known: Application, company: str) -> bool:
    """Can it be an application to this employer? It can where nobody has named one."""
    return not company or not known.company or is_named(known, company)


def is_named(known: Application, company: str) -> bool:
    """Has its employer been called so?"""
    return bool(company) and any(same_employer(name, company) for name in names(known))


def names(known: Application) -> tuple[str, ...]:
    """What its employer has been called."""
    return (known.company, *(mail.details.company for mail in known.mails))
