"""What members entrust to us, sealed in the database: their settings, their passwords, their lasting sign-ins.

Each transaction acts for one member, and the database shows it that member's rows alone. Secrets are not fenced: what
an authority gave in exchange for an old sign-in has to be kept, whoever asked for it. What was forgotten meanwhile
stays forgotten, because replacing changes a row that is there and never makes one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from triage.hosting.acting import acting_for
from triage.hosting.sealing import Keys, Sealed
from triage.store.postgres.tables import secret as table

_PATIENCE = "180s"
"""How long an authority may take to answer before the database gives up on a transaction that waits for it."""
SETTINGS = "settings"
"""The name of the row with the member's settings (TOML)."""


def password_row(account: str) -> str:
    """The name of the row with the password of the account of this name."""
    return f"password/{account}"


def sign_in_row(account: str) -> str:
    """The name of the row with its lasting sign-in, and of that with its access token."""
    return f"sign-in/{account}"


def token_row(account: str) -> str:
    """The name of the row with the access token made from that, as long as it lasts."""
    return f"token/{account}"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The sealed rows of one member, within one transaction that acts for them."""

    connection: Connection
    keys: Keys
    member: int

    def get(self, name: str, *, changing: bool = False) -> bytes | None:
        """One of them, opened; None where there is none. `changing`: nobody else may change it until we are done."""
        query = select(table.c.sealed, table.c.key).where(table.c.name == name)
        row = self.connection.execute(query.with_for_update() if changing else query).first()
        if row is None:
            return None
        return self.keys.open(Sealed(bytes(row.sealed), row.key), about=_about(self.member, name))

    def put(self, name: str, data: bytes) -> None:
        """Keep this under this name, in place of what was there."""
        values = self._values(name, data)
        statement = insert(table).values(name=name, **values)
        self.connection.execute(statement.on_conflict_do_update(index_elements=["member", "name"], set_=values))

    def replace(self, name: str, data: bytes) -> bool:
        """Keep this in place of what is there. False where nothing is: it was forgotten."""
        changed = self.connection.execute(update(table).where(table.c.name == name).values(self._values(name, data)))
        return bool(changed.rowcount)

    def drop(self, *names: str) -> None:
        """Remove these."""
        self.connection.execute(delete(table).where(table.c.name.in_(names)))

    def names(self) -> frozenset[str]:
        """The names of all."""
        return frozenset(self.connection.execute(select(table.c.name)).scalars())

    def reseal(self) -> int:
        """Seal anew, by the newest key, what another one has sealed. Returns how many those were."""
        old = select(table.c.name).where(table.c.key != self.keys.newest)
        names = self.connection.execute(old.order_by(table.c.name)).scalars().all()
        for name in names:
            data = self.get(name, changing=True)
            if data is not None:
                self.replace(name, data)
        return len(names)

    def _values(self, name: str, data: bytes) -> Mapping[str, object]:
        sealed = self.keys.seal(data, about=_about(self.member, name))
        return {"sealed": sealed.data, "key": sealed.key, "changed": func.now()}


class Vault:
    """Where one secret of a member lies, such as a lasting sign-in for `triage.oauth.Tokens`, on many machines."""

    def __init__(self, engine: Engine, keys: Keys, member: int, name: str) -> None:
        """`name` is that of its row."""
        self._engine = engine
        self._keys = keys
        self._member = member
        self._name = name
        self._own = threading.local()
        """The transaction of the thread that is `alone`: one connection does for all that it asks."""

    def of(self, name: str) -> Vault:
        """The same for another row."""
        return Vault(self._engine, self._keys, self._member, name)

    def opened(self, name: str, sealed: Sealed) -> bytes:
        """What was sealed for this member under this name. Raises SealingError."""
        return self._keys.open(sealed, about=_about(self._member, name))

    def read(self) -> str:
        """What counts now; empty where there is nothing. Raises CredentialError."""
        with self.secrets() as secrets:
            return (secrets.get(self._name) or b"").decode()

    def replace(self, secret: str) -> None:
        """Put this in the place of what was read last, unless that was forgotten meanwhile."""
        with self.secrets() as secrets:
            secrets.replace(self._name, secret.encode())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else, on any machine, reads it to exchange it meanwhile. Kept when this ends."""
        with acting_for(self._engine, self._member) as connection:
            connection.execute(select(func.set_config("idle_in_transaction_session_timeout", _PATIENCE, True)))
            secrets = Secrets(connection, self._keys, self._member)
            secrets.get(self._name, changing=True)
            self._own.secrets = secrets
            try:
                yield
            finally:
                self._own.secrets = None

    @contextmanager
    def secrets(self) -> Iterator[Secrets]:
        """All of the member's, in the transaction of `alone` where we are in one."""
        if own := getattr(self._own, "secrets", None):
            yield own
            return
        with acting_for(self._engine, self._member) as connection:
            yield Secrets(connection, self._keys, self._member)


def _about(member: int, name: str) -> str:
    return f"{member}/{name}"
