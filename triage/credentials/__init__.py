"""Where passwords and lasting sign-ins come from, and where they are kept; never the configuration file.

In this order: a systemd credential, what the configuration names as `password_command`, the keyring, and, as the last
resort, a file for its owner alone. A service without a desktop session has no keyring, so systemd
(`LoadCredentialEncrypted=`) comes first. No secret stands in an error, in a log line, or in anything returned but the
results made for it. A file that others can read, a link, and a file of somebody else are refused.
"""

from triage.credentials.passwords import NAMES, NOTHING_NAMED, Named, forget, password_for, remember, source_of
from triage.credentials.source import KeepingError, Source
from triage.credentials.tokens import CommandTokens
from triage.credentials.vault import Vault

__all__ = [
    "NAMES",
    "NOTHING_NAMED",
    "CommandTokens",
    "KeepingError",
    "Named",
    "Source",
    "Vault",
    "forget",
    "password_for",
    "remember",
    "source_of",
]
