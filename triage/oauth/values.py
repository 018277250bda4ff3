"""What a sign-in by OAuth 2.0 is made of. Secrets are kept out of how these values show themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from triage.errors import CredentialError
from triage.oauth.authorities import Authority


class RevokedError(CredentialError):
    """The authority does not accept a lasting sign-in any more (`invalid_grant`): only the person can mend that."""


@dataclass(frozen=True, slots=True)
class Client:
    """This program as an authority knows it, for one account. `command` is what a person types to sign in anew."""

    authority: Authority
    client_id: str
    user: str
    command: str = "triage login"


@dataclass(frozen=True, slots=True)
class Kept:
    """A lasting sign-in as it is kept: the refresh token, and the client's secret where the authority gave it one."""

    refresh: str = field(repr=False)
    client_secret: str = field(default="", repr=False)

    @property
    def text(self) -> str:
        """To be read again by `kept`."""
        return json.dumps({"refresh_token": self.refresh, "client_secret": self.client_secret})


def kept(text: str) -> Kept:
    """From a text that was kept, or a refresh token alone, as somebody may have put it into a systemd credential.

    Raises CredentialError where it is neither.
    """
    if not text.startswith("{"):
        return Kept(text.strip())
    try:
        told = json.loads(text)
        return Kept(str(told["refresh_token"]), str(told.get("client_secret", "")))
    except (ValueError, LookupError, AttributeError):
        pass
    # Outside the except block: the error holds the text.
    raise CredentialError("The sign-in that was kept cannot be read: run `triage login` again.")


@dataclass(frozen=True, slots=True)
class Granted:
    """What an authority gave: an access token, how many seconds it is good for, and perhaps a new refresh token."""

    access: str = field(repr=False)
    seconds: float
    refresh: str = field(default="", repr=False)
