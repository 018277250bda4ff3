"""The database as one of its three roles, for the commands of a hosted service."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from triage.cli.settings import Settings
from triage.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from triage.hosting.sealing import Keys
    from triage.hosting.settings import Hosting

OWNER, WORKER, OPERATOR = "owner", "worker", "operator"


def require() -> None:
    """Raise ConfigError where what hosting takes is not installed."""
    try:
        import procrastinate  # noqa: F401  # is it there?
        import psycopg  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            f"Hosting many mailboxes takes more than is installed ({error.name}): pip install 'triage[hosting]'."
        ) from None


def hosting(settings: Settings) -> Hosting:
    """The configuration of the hosted service. Raises ConfigError."""
    from triage.hosting.settings import find, load

    return load(find(settings.explicit, os.environ))


@contextmanager
def connected(settings: Settings, role: str) -> Iterator[Engine]:
    """The database as the owner, as a worker or as the operator, for one command. Raises StoreError."""
    from triage.store.postgres import open_engine

    engine = open_engine(hosting(settings).database.of(role), name="triage admin", size=2)
    try:
        yield engine
    finally:
        engine.dispose()


def keys(settings: Settings) -> Keys:
    """What members' secrets are sealed with. Raises CredentialError."""
    from triage.hosting import sealing

    return sealing.keys(hosting(settings).keys.files)
