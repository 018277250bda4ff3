"""What is asked of the store about each and every mail, in the shortest way: most mail is nobody's business."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from triage.store.cipher import Cipher
from triage.store.faults import translated

_WROTE = "SELECT EXISTS (SELECT 1 FROM letter WHERE message_id = ?)"
_CORRECTED = "SELECT EXISTS (SELECT 1 FROM correction)"


class Quick:
    """One connection for single questions, past SQLAlchemy. Safe to use from several threads."""

    def __init__(self, path: Path, cipher: Cipher) -> None:
        self._path = path
        self._cipher = cipher
        self._lock = Lock()
        self._connection: Any = None

    def wrote(self, message_id: str) -> bool:
        """Is this the Message-ID of one of our own letters?"""
        return bool(message_id) and self._ask(_WROTE, (message_id,))

    def corrected(self) -> bool:
        """Has the reader corrected any mail?"""
        return self._ask(_CORRECTED, ())

    def _ask(self, question: str, about: Sequence[str]) -> bool:
        with translated(self._path), self._lock:
            if self._connection is None:
                self._connection = self._cipher.connect(self._path, "mode=ro")
                self._connection.execute("PRAGMA cache_size = -256")
            # To the end: a statement that is not would hold on to what it saw.
            ((found,),) = self._connection.execute(question, about).fetchall()
        return bool(found)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
