"""The store at rest: plain, or encrypted by SQLCipher (AES-256, and a code over each page that any change breaks).

https://www.zetetic.net/sqlcipher/design/
"""

from __future__ import annotations

import importlib
import re
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triage.errors import CredentialError, StoreError

KEY = re.compile(r"[0-9a-f]{64}")
"""A key as it is kept: 32 random bytes in hexadecimal digits. No password, so nothing has to be derived from it."""
_PLAIN = b"SQLite format 3\0"
_BINDING = "sqlcipher3.dbapi2"


@dataclass(frozen=True, slots=True)
class Cipher:
    """How the files of a store are to be read and written; without a key, as they are."""

    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.key and not KEY.fullmatch(self.key):
            raise CredentialError("The store's key is not 64 hexadecimal digits; give the one `triage encrypt` made.")

    @property
    def driver(self) -> Any:
        """The DB-API module. Raises StoreError where what encrypts is not installed."""
        if not self.key:
            return sqlite3
        try:
            return importlib.import_module(_BINDING)
        except ImportError as error:
            raise StoreError(
                "The store is to be encrypted, but SQLCipher is not installed: pip install 'triage[encrypted]'."
            ) from error

    def connect(self, path: Path, options: str = "", timeout: float = 30) -> Any:
        """A connection without implicit transactions. `options` are those of SQLite's URIs, such as `mode=ro`."""
        return _connected(self.driver, self.key, path, options, timeout)

    def intact(self, connection: Any) -> bool:
        """Does the code over every page agree? Of a plain store nothing is known."""
        return not self.key or not connection.execute("PRAGMA cipher_integrity_check").fetchall()


PLAIN = Cipher()


def is_plain(path: Path) -> bool:
    """Can everyone who has this file read it?"""
    with path.open("rb") as file:
        return file.read(len(_PLAIN)) == _PLAIN


def database_errors() -> tuple[type[Exception], ...]:
    """What the drivers in use raise, and SQLAlchemy over them; SQLCipher's binding has a family of its own."""
    binding, over = sys.modules.get(_BINDING), sys.modules.get("sqlalchemy.exc")
    return (sqlite3.Error, *([binding.Error] if binding else []), *([over.DatabaseError] if over else []))


def _connected(driver: Any, key: str, path: Path, options: str = "", timeout: float = 30) -> Any:
    where = f"{path.absolute().as_uri()}?{options or 'mode=rw'}"
    connection = driver.connect(where, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)
    if key:
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would speak on our standard error
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
    return connection


def export(source: Path, old: Cipher, target: Path, new: Cipher) -> None:
    """Write the whole database at `source` to the empty file `target` under another key. One of the two has one."""
    key = f"x'{new.key}'" if new.key else ""
    with closing(_connected((old if old.key else new).driver, old.key, source)) as connection:
        connection.execute("ATTACH ? AS target KEY ?", [str(target), key])
        connection.execute("SELECT sqlcipher_export('target')")
        connection.execute("DETACH target")
