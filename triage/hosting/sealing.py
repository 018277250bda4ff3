"""Secrets at rest: sealed by a key that lies outside the database, and each for one member and one name.

AES-256 in GCM-SIV (RFC 8452): it tells any change, binds a secret to whom and what it is for, and keeps that even if a
nonce should come twice. Keys are in a file for its owner alone or a systemd credential, one in a line, the newest
first: that one seals, and all of them open.
"""

from __future__ import annotations

import binascii
import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from triage.credentials import private, systemd
from triage.errors import CredentialError

CREDENTIAL = "triage.hosting-keys"
"""The systemd credential that holds the keys: where there is one, no file is looked at."""
MAKE = "openssl rand -base64 32"
_BYTES, _NONCE = 32, 12
_FORM = b"\x01"
"""How a sealed secret is written: this byte, the nonce, what was sealed. Another way would have another number."""
_FILE = private.Kind("file of keys", "check [keys] in the hosting configuration", "one key a line")


class SealingError(CredentialError):
    """A key is missing, or a sealed secret was changed: a task for whoever runs the service, and no member's fault."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as the database has it, and the name of the key that opens it."""

    data: bytes
    key: str


@dataclass(frozen=True, slots=True)
class _Key:
    """`name` tells keys apart and says nothing of them."""

    name: str
    cipher: AESGCMSIV = field(repr=False, compare=False)


class Keys:
    """The keys of one installation, newest first. Nothing of them shows in an error, a log or a `repr`."""

    def __init__(self, keys: Sequence[bytes], again: Callable[[], Sequence[bytes]] | None = None) -> None:
        """`again` reads them anew, for a key that is not known: it may have come meanwhile.

        Raises SealingError where there is none, where one has a wrong length, or this machine cannot use them.
        """
        self._again = again
        self._keys = self._taken(keys)

    @staticmethod
    def _taken(keys: Sequence[bytes]) -> tuple[_Key, ...]:
        if not keys:
            raise SealingError(f"There is no key to seal secrets with. `{MAKE}` makes one, for the file of keys.")
        if any(len(key) != _BYTES for key in keys):
            raise SealingError(f"A key is {_BYTES} bytes, written in Base64, one a line. `{MAKE}` makes one.")
        try:
            return tuple(_Key(_name(key), AESGCMSIV(key)) for key in keys)
        except UnsupportedAlgorithm:
            raise SealingError(
                "The OpenSSL of this machine does not know AES-GCM-SIV, by which secrets are sealed: it takes 3.2 or "
                "newer. The cryptography package of PyPI brings one along."
            ) from None

    @property
    def newest(self) -> str:
        """The name of the key that seals."""
        return self._keys[0].name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all, newest first."""
        return tuple(key.name for key in self._keys)

    def seal(self, data: bytes, *, about: str) -> Sealed:
        """Seal this for `about`, such as "17/settings": for anything else it does not open."""
        key, nonce = self._keys[0], os.urandom(_NONCE)
        return Sealed(_FORM + nonce + key.cipher.encrypt(nonce, data, _bound(about)), key.name)

    def open(self, sealed: Sealed, *, about: str) -> bytes:
        """What was sealed. Raises SealingError where its key is not here, or it is not what was sealed for `about`."""
        key = self._called(sealed.key)
        if key is None:
            raise SealingError(
                f"The secret {about} was sealed by the key {sealed.key}, which is not among those here "
                f"({', '.join(self.names)}). Nothing is lost: put that key back, below the newest one."
            )
        form, nonce, rest = sealed.data[:1], sealed.data[1 : 1 + _NONCE], sealed.data[1 + _NONCE :]
        try:
            return key.cipher.decrypt(nonce, rest, _bound(about, form))
        except (InvalidTag, ValueError):
            pass
        # Outside the except block: nothing of what was tried travels along.
        raise SealingError(
            f"The secret {about} does not open: it was changed in the database, or is another one's. It was left as "
            "it is. Put it back from a backup, or invite the member to sign in anew."
        )

    def _called(self, name: str) -> _Key | None:
        """The key of this name; read anew where it is not known, and where that can be done."""
        if name not in self.names and self._again:
            with suppress(CredentialError):  # half written, perhaps: those we have still do
                self._keys = self._taken(self._again())
        return next((key for key in self._keys if key.name == name), None)


def keys(files: Sequence[Path], environ: Mapping[str, str] = os.environ) -> Keys:
    """The keys of this machine: the systemd credential, else these files, in their order. Raises CredentialError."""

    def read() -> list[bytes]:
        if given := systemd.credential((CREDENTIAL,), environ):
            return _read(given, private.SYSTEMD)
        return [key for file in files for key in _read(file, _FILE)]

    return Keys(read(), read)


def _read(path: Path, kind: private.Kind) -> list[bytes]:
    """The keys in a file: one a line, empty lines and those with a "#" in front left out."""
    lines = [line.strip() for line in private.contents(path, kind).splitlines()]
    try:
        return [b64decode(line, validate=True) for line in lines if line and not line.startswith(b"#")]
    except binascii.Error:
        pass
    # Outside the except block: the error holds the line.
    raise SealingError(f"A line of {path} is no key: a key is {_BYTES} bytes in Base64. `{MAKE}` makes one.")


def made() -> str:
    """A new key, as it is written into the file."""
    return b64encode(AESGCMSIV.generate_key(_BYTES * 8)).decode()


def _name(key: bytes) -> str:
    return hashlib.sha256(b"the name of a key of triage\0" + key).hexdigest()[:12]


def _bound(about: str, form: bytes = _FORM) -> bytes:
    return form + about.encode()
