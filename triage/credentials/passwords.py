"""Passwords: found, kept, and removed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from triage.credentials import commands, private, systemd
from triage.credentials import ring as keyrings
from triage.credentials.source import Source, remedy
from triage.errors import CredentialError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

NAMES = ("triage.password",)
"""The systemd credential of the only account. Each of several has its own, such as `triage.password.work`."""


@dataclass(frozen=True, slots=True)
class Named:
    """What the configuration names for one account: a command that prints its password, and a file that holds it."""

    command: tuple[str, ...] = ()
    file: Path | None = None


NOTHING_NAMED = Named()


def password_for(
    account: str,
    host: str,
    names: Sequence[str] = NAMES,
    environ: Mapping[str, str] = os.environ,
    ring: KeyringBackend | None = None,
    named: Named = NOTHING_NAMED,
) -> str:
    """The password of `account` on `host`: from the first place that has one.

    `ring` is the keyring to ask, by default the one this machine offers. Raises CredentialError with the remedy.
    """
    return _found(account, host, names, environ, ring, named)[0]


def source_of(
    account: str,
    host: str,
    names: Sequence[str] = NAMES,
    environ: Mapping[str, str] = os.environ,
    ring: KeyringBackend | None = None,
    named: Named = NOTHING_NAMED,
) -> Source:
    """Which source `password_for` would use, tried out. Never raises for a missing password."""
    try:
        return _found(account, host, names, environ, ring, named)[1]
    except CredentialError as error:
        return Source(str(error), found=False)


def remember(account: str, host: str, password: str, ring: KeyringBackend | None = None) -> Source:
    """Keep a password in the keyring, and make sure that it is there. Raises KeepingError where it is not."""
    return keyrings.keep(_service(host), account, password, NAMES, ring)


def forget(account: str, host: str, ring: KeyringBackend | None = None) -> Source | None:
    """Remove a password from the keyring; None where there was none. Raises CredentialError."""
    return keyrings.drop(_service(host), account, NAMES, ring)


def _found(
    account: str,
    host: str,
    names: Sequence[str],
    environ: Mapping[str, str],
    ring: KeyringBackend | None,
    named: Named,
) -> tuple[str, Source]:
    if credential := systemd.credential(names, environ):
        return private.line(credential, private.SYSTEMD), Source(f"systemd credential {credential.name}")
    if named.command:
        password = commands.first_line(named.command, "password_command", host)
        return password, Source(f"password_command {named.command[0]}")
    try:
        password = keyrings.get(_service(host), account, names, ring)
    except CredentialError:
        if named.file is None:
            raise
        password = ""
    if password:
        return password, keyrings.source(ring)
    if named.file is not None:
        return private.line(named.file, private.PASSWORD_FILE), Source(f"password file {named.file}")
    raise CredentialError(f"There is no password for {host} yet. {remedy(names)}")


def _service(host: str) -> str:
    return f"triage:{host}"
