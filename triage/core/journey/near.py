"""Which applications an event can be about, without a look at all of them.

Every way in which `journey.find` can come to an application (reference number, thread, company and role, a person of a
house) needs something that both have in common, spelled in one way or another. These traits are turned into numbers:
an application whose traits have none of those that are `sought` is not found, and does not stand in the way either. Two
traits that come to one number do no harm: `find` looks at what the log says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from triage.core.domains import label
from triage.core.journey.alike import number_form, opening_form, role_form, spellings
from triage.core.journey.matching import names
from triage.core.values import Application, Event

VERSION = "1"
"""To be raised whenever the traits of an application come out otherwise: those that are kept are made anew then."""


def traits(application: Application) -> frozenset[int]:
    """What an event could know this application by, but for the ids of its mails."""
    return frozenset(map(_number, _traits(application)))


def sought(event: Event) -> frozenset[int]:
    """The traits of which an application has one if this event is about it, as far as it does not name its mails."""
    return frozenset(map(_number, _sought(event)))


def _traits(known: Application) -> Iterator[str]:
    yield from _of_number(known.reference)
    for company in {spelling for name in names(known) for spelling in spellings(name)}:
        yield f"company {company}"
        yield from _of_role(company, known.role)
    for mail in known.mails:
        yield from (f"thread {name}" for name in mail.thread if name)
        yield from _of_person(mail, known.role)


def _sought(event: Event) -> Iterator[str]:
    role = event.details.role
    yield from _of_number(event.details.reference)
    yield from (f"thread {name}" for name in (*event.thread, event.message_id) if name)
    yield from _of_person(event, role)
    for company in spellings(event.details.company):
        # A mail that names no role can be about any application there; one that does, about those it fits.
        yield from (*_of_role(company, role), f"no role {company}") if role else [f"company {company}"]


def _of_number(number: str) -> Iterator[str]:
    form = number_form(number)
    if form:
        yield f"number {form}"


def _of_role(company: str, role: str) -> Iterator[str]:
    if not role:
        yield f"no role {company}"
        return
    yield f"role {role_form(role)} {company}"
    if opening_form(role):
        yield f"opening {opening_form(role)} {company}"


def _of_person(mail: Event, role: str) -> Iterator[str]:
    house = label(mail.sender_domain) if mail.human and role else ""
    if house:
        yield f"house {house} {role_form(role)}"


def _number(trait: str) -> int:
    return int.from_bytes(hashlib.blake2b(trait.encode(), digest_size=8).digest(), "big", signed=True)
