"""Where the lasting sign-in of an account lies, which its authority may exchange for another one at any time.

It is read from a systemd credential, the keyring, or a file of its own. The first cannot be written, and the second
may be locked just then. So what replaces it can always be put into the file too, with a note of what it replaces: that
file counts as long as the other place still holds the old one, and no longer.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from triage import whole
from triage.credentials import private, systemd
from triage.credentials import ring as keyrings
from triage.credentials.source import KeepingError, Source
from triage.errors import CredentialError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend


@dataclass(frozen=True, slots=True)
class _Lying:
    """A secret, and where it lies."""

    secret: str
    source: Source
    in_ring: bool = False
    follows: str = ""
    """Names the secret elsewhere that it has replaced; only for one in the file."""


class Vault:
    """The lasting sign-in of one account, in one of three places."""

    def __init__(
        self,
        account: str,
        service: str,
        names: Sequence[str],
        folder: Path,
        environ: Mapping[str, str] = os.environ,
        ring: KeyringBackend | None = None,
    ) -> None:
        """`service` is what it is for, such as "oauth:google"; `names` are its systemd credentials, closest first;
        `folder` is where its file lies."""
        self._account = account
        self._service = f"triage:{service}"
        self._names = tuple(names)
        self._environ = environ
        self._ring = ring
        name = hashlib.sha256(f"{service}\n{account}".encode()).hexdigest()[:16]
        self._file = folder / f"sign-in-{name}.json"
        self._file_source = Source(f"file {self._file}")
        self._lock = folder / "sign-in.lock"
        self._last: _Lying | None = None

    def read(self) -> str:
        """What counts now; empty where there is nothing. Raises CredentialError."""
        self._last = self._lying()
        return self._last.secret if self._last else ""

    @property
    def source(self) -> Source | None:
        """Where that lies; None where there is nothing. Raises CredentialError."""
        lying = self._lying()
        return lying.source if lying else None

    def replace(self, secret: str) -> None:
        """Put this in the place of what was read last: on the disk, or in the keyring, when this returns.

        Raises KeepingError where it is in neither.
        """
        last = self._last
        if last and (last.in_ring or last.follows) and not systemd.credential(self._names, self._environ):
            try:
                self.keep(secret)
            except KeepingError:
                pass  # locked, perhaps: into the file, then
            else:
                return
        self._write(secret, self._followed(last) if last else "")

    def keep(self, secret: str) -> Source:
        """Keep a new one in the keyring. Raises KeepingError where that does not keep it."""
        kept = keyrings.keep(self._service, self._account, secret, self._names, self._ring)
        whole.remove(self._file)
        return kept

    def keep_in_file(self, secret: str) -> Source:
        """Keep a new one in the file: for machines without a keyring. Raises KeepingError."""
        self._write(secret, "")
        return self._file_source

    def drop(self) -> tuple[Source, ...]:
        """Remove it from keyring and file. Returns where it was. Raises CredentialError."""
        gone = []
        if self._file.exists():
            whole.remove(self._file)
            gone.append(self._file_source)
        try:
            dropped = keyrings.drop(self._service, self._account, self._names, self._ring)
        except CredentialError:
            if not gone:
                raise
            dropped = None
        return (*gone, dropped) if dropped else tuple(gone)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else on this machine reads, exchanges and replaces it meanwhile. Raises CredentialError."""
        try:
            self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CredentialError(f"{self._lock} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _followed(self, last: _Lying) -> str:
        return last.follows if last.source == self._file_source else _name(last.secret)

    def _lying(self) -> _Lying | None:
        filed = self._filed()
        try:
            elsewhere = self._elsewhere()
        except CredentialError:
            if filed is None:
                raise
            return filed  # the keyring is locked, or there is none
        if filed is None or elsewhere is None:
            return filed or elsewhere
        # A file that follows nothing was kept where there was no keyring; one came up since, with a newer sign-in.
        return filed if filed.follows == _name(elsewhere.secret) else elsewhere

    def _elsewhere(self) -> _Lying | None:
        if path := systemd.credential(self._names, self._environ):
            return _Lying(private.line(path, private.SYSTEMD), Source(f"systemd credential {path.name}"))
        secret = keyrings.get(self._service, self._account, self._names, self._ring)
        return _Lying(secret, keyrings.source(self._ring), in_ring=True) if secret else None

    def _filed(self) -> _Lying | None:
        if not self._file.exists() and not self._file.is_symlink():
            return None
        try:
            told = json.loads(private.contents(self._file, private.KEPT))
            return _Lying(told["secret"], self._file_source, follows=told["follows"])
        except (ValueError, LookupError, TypeError):
            pass
        # Outside the except block: the error holds what stands in the file.
        raise CredentialError(f"{self._file} is damaged: run `triage login` again.")

    def _write(self, secret: str, follows: str) -> None:
        try:
            whole.write(self._file, json.dumps({"secret": secret, "follows": follows}).encode())
        except OSError as error:
            told = f"The sign-in could not be kept in {self._file}: {error.strerror}."
        else:
            return
        raise KeepingError(told)


def _name(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
