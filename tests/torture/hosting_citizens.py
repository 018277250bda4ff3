"""The members of a hosted service in a storm: which mailboxes they have, and how their letters come to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.hosting.colony import Person
from tests.rig import dovecot, smtp
from tests.rig.client import Client
from tests.rig.installed import AT_ONCE
from tests.torture.hosting_providers import Provider
from triage.config.values import COURIER
from triage.hosting.vault import password_row

HOME, MORE = "home", ("second", "third")
"""What mailboxes are called. Letters come to the first."""


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox, the provider through which workers reach it, and the member's own mail program on it."""

    name: str
    provider: Provider
    client: Client


@dataclass(slots=True)
class Citizen:
    """A member, and what they were sent: the company by Message-ID, "" for other mail. The first mailbox is `home`.

    `post`: through whom their letters go by SMTP; None where they are put into the mailbox.
    """

    person: Person
    boxes: tuple[Box, ...]
    post: Provider | None = None
    mails: dict[str, str] = field(default_factory=dict)

    @property
    def provider(self) -> Provider:
        return self.boxes[0].provider

    @property
    def address(self) -> str:
        return address(self.boxes)

    @property
    def refusals(self) -> dict[str, str]:
        return {name: company for name, company in self.mails.items() if company}

    def is_with(self, provider: Provider) -> bool:
        """With any of their mailboxes."""
        return any(box.provider is provider for box in self.boxes)


def address(boxes: Sequence[Box]) -> str:
    """Of whoever has these mailboxes."""
    return f"{boxes[0].client.user}@example.org"


def settings(boxes: Sequence[Box], post: Provider | None, manner: str) -> str:
    """What they enrol with. `manner`: lines for each mailbox."""
    parts = [f'[reader]\naddress = "{address(boxes)}"\ntime_zone = "UTC"\n']
    parts += [
        f'[[mailbox]]\nname = "{box.name}"\nuser = "{box.client.user}"\n{_there(box.provider)}{manner}' for box in boxes
    ]
    parts += [AT_ONCE]
    if post:
        parts += [f'[courier]\nkind = "smtp"\nuser = "{address(boxes)}"\n{_there(post)}']
    return "".join(parts)


def passwords(boxes: Sequence[Box], post: Provider | None) -> dict[str, str]:
    """What they entrust."""
    theirs = {password_row(box.name): dovecot.PASSWORD for box in boxes}
    return theirs | ({password_row(COURIER): smtp.PASSWORD} if post else {})


def _there(provider: Provider) -> str:
    return f'host = "{provider.host}"\nport = {provider.port}\ntls = "none"\n'
