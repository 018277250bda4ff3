"""What the errors of PostgreSQL mean to a person. Its own words are not passed on: they may quote a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Error, OperationalError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from triage.errors import StoreError, Superseded

SUPERSEDED = "TR001"
"""What our own function says where another worker has taken over."""

_LATER = "Nothing was lost; what was begun is done again later."
_SAID = {
    SUPERSEDED: "Another worker has taken this member over.",
    "25P03": f"This worker was too slow in the middle of a change, and the database let go of it. {_LATER}",
    "28": "The database does not let this program in. Look at the user's name and password, and at pg_hba.conf.",
    "3D": "There is no such database. Look at [database] url, or make it and run `triage admin migrate`.",
    "42501": "The database's user may not do this. Look at its role; `triage admin migrate` grants what is needed.",
    "42P01": "The database has not all tables. Run `triage admin migrate`.",
    "53100": f"The database's disk is full. {_LATER}",
    "53300": f"The database takes no more connections. {_LATER}",
    "55P03": f"The database is busy with the same rows. {_LATER}",
    "40": f"The database is busy with the same rows. {_LATER}",
    "57014": f"The database took too long and was stopped. {_LATER}",
}
"""By SQLSTATE, or by its class (PostgreSQL's documentation, appendix A)."""
_WHILE_CONNECTING = {
    'role "': "28",
    "authentication": "28",
    "pg_hba": "28",
    "does not exist": "3D",
    "too many": "53300",
}
"""Before there is a connection, there are no SQLSTATEs. In another language, all of it means the next sentence."""
_AWAY = f"The database cannot be reached. {_LATER}"


@contextmanager
def translated() -> Iterator[None]:
    """Within this, errors of the database are StoreErrors; without its own words, not even as their cause."""
    try:
        yield
    except NoConnection:
        raise StoreError(f"All of this worker's connections to the database are in use. {_LATER}") from None
    except (DBAPIError, Error) as error:
        raise _explained(error.orig if isinstance(error, DBAPIError) else error) from None


def _explained(error: BaseException | None) -> StoreError:
    state = str(getattr(error, "sqlstate", None) or "")
    said = _SAID.get(state) or _SAID.get(state[:2])
    if state == SUPERSEDED:
        return Superseded(said)
    if said:
        return StoreError(said)
    if isinstance(error, OperationalError) and not state:
        return StoreError(next((_SAID[to] for word, to in _WHILE_CONNECTING.items() if word in str(error)), _AWAY))
    if state[:2] in ("08", "57"):
        return StoreError(_AWAY)
    return StoreError(f"The database failed ({type(error).__name__} {state}). Please report it.")
