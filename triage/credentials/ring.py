"""The keyring of this machine. Whatever its backend raises becomes a sentence that holds nothing of a secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from triage.credentials.source import KeepingError, Source, remedy
from triage.errors import CredentialError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")


def get(service: str, account: str, names: Sequence[str], ring: KeyringBackend | None = None) -> str:
    """What is kept for `account` under `service`; empty where nothing is. Raises CredentialError."""
    return _ask(lambda: (ring or own()).get_password(service, account), service, names) or ""


def keep(service: str, account: str, secret: str, names: Sequence[str], ring: KeyringBackend | None = None) -> Source:
    """Keep a secret, and make sure that it is there. Raises KeepingError where it is not."""
    try:
        kept = _ask(lambda: _keep(ring or own(), service, account, secret), service, names)
    except CredentialError as error:
        told = str(error)
    else:
        if kept:
            return source(ring)
        # The null backend, for one, takes everything and keeps nothing.
        told = f"The keyring took the password for {_host(service)} but did not keep it. {remedy(names)}"
    raise KeepingError(told)


def drop(service: str, account: str, names: Sequence[str], ring: KeyringBackend | None = None) -> Source | None:
    """Remove what is kept; None where nothing was. Raises CredentialError."""
    return source(ring) if _ask(lambda: _drop(ring or own(), service, account), service, names) else None


def source(ring: KeyringBackend | None) -> Source:
    """How the keyring is called."""
    return Source(f"keyring {(ring or own()).name}")


def own() -> KeyringBackend:
    """The keyring that this machine offers."""
    import keyring  # noqa: PLC0415  # with its plug-ins it is large, and where systemd has the password nobody asks it

    return keyring.get_keyring()


def _keep(ring: KeyringBackend, service: str, account: str, secret: str) -> bool:
    ring.set_password(service, account, secret)
    return ring.get_password(service, account) == secret


def _drop(ring: KeyringBackend, service: str, account: str) -> bool:
    from keyring.backends.fail import Keyring  # noqa: PLC0415  # as above

    if isinstance(ring, Keyring) or ring.get_password(service, account) is None:
        return False
    ring.delete_password(service, account)
    return True


def _ask(question: Callable[[], T], service: str, names: Sequence[str]) -> T:
    """Put a question to the keyring, and turn whatever it raises into a CredentialError."""
    try:
        return question()
    except Exception as error:  # noqa: BLE001 - a backend is whatever plug-in is installed; it raises what it likes
        fault = type(error).__name__
    # Outside the except block: the backend's error may hold what it was given, and must not travel along with ours.
    raise CredentialError(f"The keyring cannot be used for {_host(service)} ({fault}). {remedy(names)}")


def _host(service: str) -> str:
    return service.removeprefix("triage:").removeprefix("oauth:")
