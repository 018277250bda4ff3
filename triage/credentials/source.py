"""What is told of where a secret lies, and what to do where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.errors import CredentialError


class KeepingError(CredentialError):
    """A secret that was given could not be kept: the sign-in itself may have been fine."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a password lies. `found` is False where there is none, and `name` then says why."""

    name: str
    found: bool = True


def remedy(names: Sequence[str]) -> str:
    """What to do where no password is found: `names` are the systemd credentials it could stand in."""
    name = names[-1]
    gives = "triage login --print" if "token" in name.split(".") else "systemd-ask-password -n"
    return (
        "Run `triage login` in your desktop session, or on a machine without one give the service a systemd "
        f"credential: {gives} | systemd-creds encrypt --name={name} - /etc/credstore.encrypted/{name}"
    )
