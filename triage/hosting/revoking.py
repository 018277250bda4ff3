"""When a member leaves, their sign-ins are taken back at the authority too, where it lets a program do that."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from triage.accounts import client
from triage.config.load import parse
from triage.errors import CredentialError, TriageError
from triage.hosting.acting import acting_for
from triage.hosting.members import COMMAND, named
from triage.hosting.sealing import Keys
from triage.hosting.terms import NAME
from triage.hosting.vault import SETTINGS, Secrets, sign_in_row
from triage.oauth import Client, Kept
from triage.oauth.values import kept

Ask = Callable[[Client, Kept], bool]
"""Take one back; False where the authority offers no way to: as `oauth.grant.revoke` has it."""


def revoke(engine: Engine, keys: Keys, member: int, ask: Ask | None = None) -> tuple[str, ...]:
    """Take back all of theirs. Returns a sentence for each that may still count, with what the member can do.

    Whatever goes wrong is in such a sentence: nobody is kept from leaving.
    """
    try:
        found = tuple(_lasting(engine, keys, member))
    except CredentialError:
        return (_by_hand("your provider"),)
    return tuple(told for one, secret in found if (told := _revoked(one, secret, ask or _at_authority)))


def _lasting(engine: Engine, keys: Keys, member: int) -> Iterator[tuple[Client, Kept]]:
    """Each lasting sign-in, once, with the authority it is for."""
    with acting_for(engine, member) as connection:
        secrets = Secrets(connection, keys, member)
        text = secrets.get(SETTINGS)
        config = parse(text.decode(), NAME) if text else None
        accounts = {named(config, one): one for one in reversed(config.accounts) if one.oauth} if config else {}
        for name, account in accounts.items():
            if secret := secrets.get(sign_in_row(name)):
                yield client(account, COMMAND), kept(secret.decode())


def _revoked(one: Client, secret: Kept, ask: Ask) -> str:
    try:
        done = ask(one, secret)
    except TriageError:
        done = False
    return "" if done else _by_hand(one.authority.name)


def _by_hand(name: str) -> str:
    return f"To be sure, take this service off the apps with access, on the page of your account with {name}."


def _at_authority(one: Client, secret: Kept) -> bool:
    from triage.oauth import grant  # noqa: PLC0415  # where all members have passwords, none of it is needed

    return grant.revoke(one, secret)
