"""Whose mail this is: the employer, not the system that sent for it and not the person who signed.

Tried in this order: the sender's display name where it is no person, what the subject names, the sender's domain
spelled out in the mail ("Ember & Rye" for emberandrye.com), what the text names, the tenant of an applicant
system, the domain itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from triage.core.detect.listening import bare_subject
from triage.core.detect.senders import Senders
from triage.core.extract.captures import Captures
from triage.core.extract.domains import label
from triage.core.extract.naming import squash, tidy_company
from triage.core.extract.spelling import spelled
from triage.core.values import Address, Message

_GENERIC = re.compile(
    r"^(?:no-?reply|do-?not-?reply|notifications?|mail(?:er)?|jobs?|careers?|hr|people|talent|recru\w*|rekru\w*|"
    r"hiring|candidat\w*|applications?|apply|info|hello|contact|office|team|system|support|admin|secretar\w*|"
    r"bewerb\w*|karriere|kandid\w*|personal\w*|personeel\w*|personnel|kadry|kariera|praca|nabor|sekretariat|registrator|"
    r"emploi|candidature|rh|rrhh|seleccion|empleo|selezione|lavora|carreiras?|vagas|emprego|sollicit\w*|vacatures?|"
    r"werving|selectie|werkenbij|jobb|karriar)\b"
)
_TITLE = re.compile(r"(?i)^(?:mr|mrs|ms|mx|miss|dr|prof|sir|frau|herr|mme|m|sra?|dott)\b\.?")
_VIA = re.compile(r"(?i)^(?P<value>\S.*?)\s(?:via|über|par|vía|tramite|através de)\s")
_OFFICE = re.compile(
    r"(?i)\b(?:senior|junior|head|chief|lead|manager|director|partner|recruiter|officer|coordinator|specialist|"
    r"assistant|advisor|adviser|owner|founder|editor|"
    r"c[eot]o|leiter(?:in)?|referent(?:in)?|responsable|chargée?)\b|[\d@:/]"
)
"""What stands under a name and is not the employer: an office, a number, an address."""
_BELOW = re.compile(r"(?i)^.*(?:\bat|,|\bbei|\bchez|@)\s+(?P<value>\S.*)$")
_PLACE = re.compile(r"(?i)^.{2,60}?\s(?:at|from|@|bei|chez|hos|från|bij|presso|\|)\s+(?P<value>\S.*)$")


class Companies:
    """Finds the employer's name."""

    def __init__(self, captures: Captures, senders: Senders) -> None:
        self._captures = captures
        self._senders = senders

    def company(self, message: Message, said: Sequence[str], named: str = "") -> str:
        """The employer as a person would log it, or an empty string. `named`: what the network takes for it."""
        candidates = (tidy_company(name) for name in self._candidates(message, said))
        caught = next((name for name in candidates if name and not self._is_system(name)), "")
        named = tidy_company(named)
        return named if named and not self._is_system(named) and _better(named, caught, message) else caught

    def _candidates(self, message: Message, said: Sequence[str]) -> Iterator[str]:
        subject = bare_subject(message.subject)
        sender = message.sender
        tenant = self._tenant(sender)
        signed = _signed(sender.name, message.text)
        yield _placed(sender.name)
        yield spelled(tenant, sender.name)
        if not signed:
            yield _display(sender, generic=bool(self._senders.system(sender.domain)))
        yield from self._captures.all("company", subject, ())
        yield spelled(tenant, f"{subject}\n{message.text}")
        yield from self._captures.all("company", "", said)
        yield from signed
        yield tenant.replace("-", " ").title()
        yield sender.name if self._senders.system(sender.domain) else ""

    def _tenant(self, sender: Address) -> str:
        """The employer as written in the address: the system's column says where, else the domain's own label."""
        system = self._senders.system(sender.domain)
        if system is None:
            return label(sender.domain)
        local = sender.address.partition("@")[0]
        if system.tenant == "local" and not _GENERIC.match(local):
            return re.split(r"[+.]", re.sub(r"-(?:jobs?|careers?|hr)$", "", local))[0]
        if system.tenant == "subdomain":
            above = sender.domain.removesuffix(system.domain).strip(".").split(".")
            return "" if _GENERIC.match(above[-1]) else above[-1]
        return ""

    def _is_system(self, name: str) -> bool:
        return squash(name) in {squash(system.name) for system in self._senders.systems.values()}


def _better(named: str, caught: str, message: Message) -> bool:
    """Is the network's name the better one: the fuller one, or against a mere domain or the one who signed?"""
    if squash(named) in squash(caught):
        return False
    fuller = squash(caught) in squash(named)
    return fuller or squash(caught) == squash(label(message.sender.domain)) or caught == message.sender.name


def _placed(name: str) -> str:
    """The employer in "Kay from Mill Hill" and in "Mill Hill via Greenhouse"."""
    place = _PLACE.match(name) or _VIA.match(name)
    return place["value"] if place else ""


def _signed(name: str, text: str) -> list[str]:
    """What stands directly under a person's name at the end of a mail and can be an employer, likeliest first.

    Empty where nobody signed with `name`, or nothing follows: a company that writes in its own name stands alone.
    """
    lines = [" ".join(line.split()) for line in text.split("\n")]
    at = next((number for number, line in enumerate(lines) if name and line == name), len(lines))
    below = list(takewhile(bool, lines[at + 1 : at + 4]))
    parts = [part["value"] for part in map(_BELOW.match, below) if part]
    return [*parts, *reversed([line for line in below if not _OFFICE.search(line)])]


def _display(sender: Address, *, generic: bool) -> str:
    """The display name, if it names the employer: "Mill Hill Careers", but not "Kay Ames"."""
    if _TITLE.match(sender.name) or _is_role_account(sender):
        return ""
    local = sender.address.partition("@")[0]
    return sender.name if generic or _GENERIC.match(local) or not _is_person(sender.name, local) else ""


def _is_person(name: str, local: str) -> bool:
    """Does the address repeat a part of the name, or does the name look like two or three given words?"""
    words = [squash(word) for word in name.split()]
    joined = squash(local)
    if any(word in joined for word in words if len(word) > 2):
        return True
    return 1 <= len(words) <= 3 and all(word[:1].isupper() for word in name.split())


def _is_role_account(sender: Address) -> bool:
    """ "Town Clerk <clerk@...>", "Trade Desk": an office within the company, named like its address."""
    local = squash(sender.address.partition("@")[0])
    words = [squash(word) for word in sender.name.split()]
    return len(local) > 3 and (local in words or local == "".join(words))
