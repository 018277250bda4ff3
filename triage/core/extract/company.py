"""Whose mail this is: the employer, not the system that sent for it and not the person who signed.

The network's name where it has one, but the sender's domain spelled out in the mail ("Ember & Rye" for
emberandrye.com) where that is fuller. Else, in this order: the sender's display name with a person
before it ("Kay at Mill Hill"), the domain spelled out, the display name where it is no person, what subject and text
name, what stands under the signature, the tenant of an applicant system, the domain itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, takewhile

from triage.core.detect.listening import bare_subject
from triage.core.detect.senders import Senders
from triage.core.domains import label
from triage.core.extract.captures import Captures
from triage.core.extract.naming import Names, squash
from triage.core.extract.spelling import spelled
from triage.core.values import Address, Message

_BELOW = re.compile(r"(?i)^.*(?:\bat|,|\bbei|\bchez|@)\s+(?P<value>\S.*)$")


class Companies:
    """Finds the employer's name."""

    def __init__(self, captures: Captures, senders: Senders, names: Names) -> None:
        self._captures = captures
        self._senders = senders
        self._names = names

    def company(self, message: Message, said: Sequence[str], named: str = "") -> str:
        """The employer as a person would log it, or an empty string. `named`: what the network takes for it."""
        named = self._tidy(named)
        if named:
            own = self._tidy(spelled(self._tenant(message.sender), _seen(message)))
            return own if squash(named) in squash(own) else named
        names = map(self._tidy, chain(self._shown(message), self._told(message, said)))
        return next(filter(None, names), "")

    def _tidy(self, name: str) -> str:
        tidy = self._names.company(name)
        return "" if self._is_system(tidy) else tidy

    def _shown(self, message: Message) -> Iterator[str]:
        """By the sender's name and address: seldom wrong where it gives anything."""
        sender = message.sender
        tenant = self._tenant(sender)
        yield self._placed(sender.name)
        yield spelled(tenant, _seen(message))
        if not self._signed(message):
            yield self._display(sender)

    def _told(self, message: Message, said: Sequence[str]) -> Iterator[str]:
        """By the words of the mail, then by the bare address."""
        sender = message.sender
        yield from self._captures.all("company", bare_subject(message.subject), ())
        yield from self._captures.all("company", "", said)
        yield from self._signed(message)
        yield self._tenant(sender).replace("-", " ").title()
        yield sender.name if self._senders.system(sender.domain) else ""

    def _tenant(self, sender: Address) -> str:
        """The employer as written in the address: the system's column says where, else the domain's own label."""
        system = self._senders.system(sender.domain)
        if system is None:
            return label(sender.domain)
        local = sender.address.partition("@")[0]
        if system.tenant == "local" and not self._names.mailbox.match(local):
            return re.split(r"[+.]", re.sub(r"-(?:jobs?|careers?|hr)$", "", local))[0]
        if system.tenant == "subdomain":
            above = sender.domain.removesuffix(system.domain).strip(".").split(".")
            return "" if self._names.mailbox.match(above[-1]) else above[-1]
        return ""

    def _placed(self, name: str) -> str:
        """The employer in "Kay from Mill Hill" and in "Mill Hill via Greenhouse"."""
        placed = self._names.placed.match(name)
        return (placed["person"] or placed["system"]) if placed else ""

    def _signed(self, message: Message) -> list[str]:
        """What stands directly under the sender's name at the end of a mail and can be an employer, likeliest first.

        Empty where nobody signed with it, or nothing follows: a company that writes in its own name stands alone.
        """
        name = message.sender.name
        lines = [" ".join(line.split()) for line in message.text.split("\n")]
        at = next((number for number, line in enumerate(lines) if name and line == name), len(lines))
        below = list(takewhile(bool, lines[at + 1 : at + 4]))
        parts = [part["value"] for part in map(_BELOW.match, below) if part]
        return [*parts, *reversed([line for line in below if not self._names.office.search(line)])]

    def _display(self, sender: Address) -> str:
        """The display name, if it names the employer: "Mill Hill Careers", but not "Kay Ames"."""
        if self._names.title.match(sender.name) or _is_role_account(sender):
            return ""
        local = sender.address.partition("@")[0]
        nobody = self._senders.system(sender.domain) is not None or self._names.mailbox.match(local) is not None
        return sender.name if nobody or not _is_person(sender.name, local) else ""

    def _is_system(self, name: str) -> bool:
        return squash(name) in {squash(system.name) for system in self._senders.systems.values()}


def _seen(message: Message) -> str:
    return f"{message.sender.name}\n{bare_subject(message.subject)}\n{message.text}"


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
