"""The key of an encrypted store: kept where passwords are, a systemd credential first, then the keyring."""

from __future__ import annotations

import secrets

from triage.credentials import Source, password_for, remember, source_of
from triage.errors import CredentialError
from triage.store.cipher import Cipher

CREDENTIAL = "triage.store-key"
WHOSE = ("key", "store")
_BY_HAND = (
    f"For a service without a desktop session: openssl rand -hex 32 | systemd-creds encrypt --name={CREDENTIAL} - "
    f"/etc/credstore.encrypted/{CREDENTIAL}, and LoadCredentialEncrypted={CREDENTIAL} in its unit."
)


def kept() -> Cipher:
    """How the encrypted store is read. Raises CredentialError where its key is nowhere to be had."""
    try:
        return Cipher(password_for(*WHOSE, (CREDENTIAL,)))
    except CredentialError as error:
        raise _ours(error, "The store is encrypted, and its key is not to be had here.") from None


def kept_or_made() -> tuple[Cipher, Source]:
    """The key there is, or a new one, kept and found again; and where it lies. Raises CredentialError."""
    source = source_of(*WHOSE, (CREDENTIAL,))
    if not source.found:
        try:
            source = remember(*WHOSE, secrets.token_hex(32))
        except CredentialError as error:
            raise _ours(error, "There is no keyring here that keeps a key.") from None
    return kept(), source


def _ours(error: CredentialError, sentence: str) -> CredentialError:
    """Where a key is missing, other things help than where a password is; what is wrong with a file stays the same."""
    if "triage login" not in str(error):
        return error
    return CredentialError(f"{sentence} `triage encrypt` makes one and keeps it in your keyring. {_BY_HAND}")
