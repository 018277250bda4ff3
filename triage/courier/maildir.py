"""Delivery into a Maildir on this machine, as https://cr.yp.to/proto/maildir.html describes it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import timedelta
from pathlib import Path

from triage.courier import DeliveryError
from triage.errors import InputError
from triage.whole import rooted, sync

_PARTS = ("tmp", "new", "cur")


class MaildirCourier:
    """`triage.courier.Courier` that writes files. A missing Maildir is made, readable for its owner only."""

    transit = timedelta(0)

    def __init__(self, path: Path) -> None:
        self._path = path

    def deliver(self, message_id: str, data: bytes) -> None:
        """See `triage.courier.Courier`. Never ambiguous: the same letter has the same file name."""
        try:
            self._make()
            if not self._found(message_id):
                self._write(_name(message_id), data)
            self._settle()
        except OSError as error:
            raise DeliveryError(
                f"The letter could not be written to {self._path} ({error.strerror}): "
                "make room there, or check who may write."
            ) from error
        except InputError as error:
            raise DeliveryError(str(error), permanent=True) from error

    def delivered(self, message_id: str) -> bool:
        """See `triage.courier.Courier`."""
        try:
            found = self._found(message_id)
            if found:
                self._settle()
            return found
        except OSError as error:
            raise DeliveryError(f"{self._path} cannot be read ({error.strerror}): check who may read it.") from error

    def check(self) -> str:
        """See `triage.courier.Courier`."""
        self._refuse_strangers()
        existing = next(path for path in (self._path, *self._path.absolute().parents) if path.exists())
        if not os.access(existing, os.R_OK | os.W_OK | os.X_OK):
            raise InputError(f"{existing} cannot be written: change who may write there, or choose another path.")
        return f"Maildir {self._path} " + ("can be written" if existing == self._path else "will be made")

    def _refuse_strangers(self) -> None:
        """A directory that holds other things, somebody's home perhaps, is not turned into a Maildir.

        One that holds a part of a Maildir and nothing else is ours: we died, or the power went, when we made it.
        """
        if not self._path.exists():
            return
        if not self._path.is_dir() or not self._ours({found.name for found in self._path.iterdir()}):
            raise InputError(f"{self._path} is no Maildir: give the path of one, or one that does not exist yet.")

    def _ours(self, names: set[str]) -> bool:
        return (self._path / "new").is_dir() or names <= set(_PARTS)

    def _make(self) -> None:
        self._refuse_strangers()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for directory in (self._path, *(self._path / part for part in _PARTS)):
            if not directory.is_dir():
                directory.mkdir(mode=0o700)

    def _found(self, message_id: str) -> bool:
        """Still in "new", or in "cur" with flags (":2,S") or a number (",U=7") added by mail programs."""
        name = _name(message_id)
        return any(
            found.name == name or found.name.startswith((f"{name}:", f"{name},"))
            for part in ("new", "cur")
            if (self._path / part).is_dir()
            for found in (self._path / part).iterdir()
        )

    def _write(self, name: str, data: bytes) -> None:
        """Whole or not at all, also if the power fails: synced before it gets its name."""
        descriptor, created = tempfile.mkstemp(prefix=f"{name}.", dir=self._path / "tmp")
        temporary = Path(created)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            # Not `link`: some file systems have none. Replacing is harmless, it can only be the same letter.
            temporary.rename(self._path / "new" / name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _settle(self) -> None:
        """Return when the names are on the disk: of the letter, and of every folder on the way to it.

        Also of a letter that is found there: whoever put it there may have died before the names were synced.
        """
        for directory in (self._path / "new", self._path / "cur", self._path):
            if os.access(directory, os.W_OK):  # where we may not write, we have made nothing
                sync(directory)
        rooted(self._path)


def _name(message_id: str) -> str:
    """A file name that follows from the Message-ID, so that a second delivery meets the first."""
    return f"triage-{hashlib.sha256(message_id.encode()).hexdigest()[:40]}"
