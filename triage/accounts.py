"""What the configuration says of an account, as `triage.oauth` wants it told: the two rooms do not know each other."""

from __future__ import annotations

import shlex

from triage import oauth
from triage.config.values import Account


def client(account: Account, command: str = "") -> oauth.Client:
    """This program as the authority of this account knows it. Only for one that has an authority.

    `command` is what a person does to sign in anew; by default `triage login` with the account's name.
    """
    told = account.oauth
    assert told is not None  # noqa: S101  # whoever asks has looked
    described = told.authorize_url, told.token_url, told.device_url, told.revoke_url, told.scopes
    known = told.authority != "other"
    authority = oauth.authority(told.authority, told.tenant) if known else oauth.other(*described)
    return oauth.Client(authority, told.client_id, account.user, command or f"triage login {shlex.quote(account.name)}")
