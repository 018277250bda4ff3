"""One member as a job needs them: their configuration, their store, and the way to each of their passwords."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, func, select

from triage.accounts import client
from triage.config.load import parse
from triage.config.values import Account, Config
from triage.errors import CredentialError, InputError, Superseded
from triage.hosting.acting import acting_for, begun
from triage.hosting.sealing import Keys, Sealed
from triage.hosting.terms import NAME
from triage.hosting.tokens import Lasting
from triage.hosting.vault import SETTINGS, Vault, password_row, sign_in_row, token_row
from triage.oauth import Tokens
from triage.store.postgres import MemberStore
from triage.store.postgres.tables import member as table
from triage.store.postgres.tables import secret
from triage.store.schema import setting
from triage.store.work import SETTLED
from triage.wire import Password

COMMAND = "triage enrol"
"""What a member signs in anew with, where a sign-in counts no more; it takes a new code."""


class Member:
    """One member, for one job. `handle` is what log lines call them."""

    def __init__(
        self, handle: str, config: Config, store: MemberStore, vault: Vault, held: Mapping[str, Sealed]
    ) -> None:
        """`held` are their secrets as they are in the database just now, by the names of their rows."""
        self.handle = handle
        self.config = config
        self.store = store
        self._vault = vault
        self._held = held
        self._tokens: dict[str, Tokens] = {}

    def password(self, account: Account) -> Password:
        """The way to the password of one of the accounts in `config`, or to its access tokens."""
        if not account.oauth:
            return lambda: self._password(account)
        name = named(self.config, account)
        if name not in self._tokens:
            vault = self._vault.of(sign_in_row(name))
            self._tokens[name] = Tokens(client(account, COMMAND), vault, ask=Lasting(vault, token_row(name)))
        return self._tokens[name]

    def _password(self, account: Account) -> str:
        """Opened for each sign-in, and it lives no longer than that."""
        name = password_row(account.name)
        if sealed := self._held.get(name):
            return self._vault.opened(name, sealed).decode()
        raise CredentialError(f"There is no password for {account.host}: it takes `{COMMAND}` with a new code.")


def load(engine: Engine, keys: Keys, member: int, fence: int) -> Member:
    """The member of this number, whose store takes what is written with this `fence`.

    Raises Superseded where they are gone, and SealingError where a key is missing.
    """
    columns = table.c.name.label("handle"), secret.c.name, secret.c.sealed, secret.c.key
    known = [select(setting.c.value).where(setting.c.name == name).scalar_subquery().label(name) for name in SETTLED]
    both = select(*columns, *known).join_from(table, secret, secret.c.member == table.c.id)
    with acting_for(engine, member) as connection:
        rows = connection.execute(both.where(table.c.id == member)).all()  # in one step: every look begins so
    held = {row.name: Sealed(bytes(row.sealed), row.key) for row in rows}
    if SETTINGS not in held:
        raise Superseded(f"There is no member {member} any more.")
    vault = Vault(engine, keys, member, SETTINGS)
    config = parse(vault.opened(SETTINGS, held[SETTINGS]).decode(), NAME)
    store = MemberStore(engine, member, fence, {name: rows[0]._mapping[name] or "" for name in SETTLED})
    return Member(rows[0].handle, config, store, vault, held)


def number(engine: Engine, handle: str) -> int:
    """The number of the member called so. As a worker. Raises InputError where there is none."""
    with begun(engine) as connection:
        found = connection.execute(select(table.c.id).where(table.c.name == handle)).scalar()
    if found is None:
        raise InputError(f"There is no member {handle}: `triage admin list` shows all.")
    return int(found)


def forget(engine: Engine, member: int) -> None:
    """Remove this member with all that is theirs, as a worker; one who is gone already is fine."""
    with acting_for(engine, member) as connection:
        handle = connection.execute(select(table.c.name).where(table.c.id == member)).scalar()
        connection.execute(select(func.hosting_forget(handle)))


def named(config: Config, account: Account) -> str:
    """By which account's name its secret is kept: one sign-in at an authority does for all that it allows."""
    if not account.oauth:
        return account.name
    same = (one for one in config.accounts if (one.user, one.oauth) == (account.user, account.oauth))
    return next(same, account).name
