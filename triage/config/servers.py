"""What tables that name a mail server have in common: where it is, and how to sign in to it."""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from triage.config.fields import Command, Host, OptionalFilePath, SignIn, TimeoutSeconds, Tls, User, is_loopback
from triage.config.oauth import OAuthConfig
from triage.config.table import Table, refuse


class ServerTable(Table):
    """A table that names a mail server. `user` is empty only in a table built outside of a `Config`."""

    host: Host
    tls: Tls = "implicit"
    user: User = ""
    ca_file: OptionalFilePath = None
    timeout_seconds: TimeoutSeconds = 30
    sign_in: SignIn = "password"
    password_command: Command = ()
    password_file: OptionalFilePath = None
    token_command: Command = ()
    oauth: OAuthConfig | None = Field(default=None, description="a table with authority and client_id")

    @field_validator("tls")
    @classmethod
    def _plain_text_stays_here(cls, tls: Tls, info: ValidationInfo) -> Tls:
        if tls == "none" and not is_loopback(info.data.get("host", "localhost")):
            raise refuse(
                '"none" sends the password in plain text, so it is allowed to this machine only '
                '(host = "localhost"); write "implicit" or "starttls"'
            )
        return tls

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if self.sign_in == "oauth":
            self._require_tokens()
        elif key := next((key for key in ("token_command", "oauth") if getattr(self, key)), ""):
            raise refuse('this is for sign_in = "oauth"; write that line too', key)
        elif self.password_command and self.password_file:
            raise refuse("a password comes from a command or from a file; take out one of them", "password_file")
        return self

    def _require_tokens(self) -> None:
        if key := next((key for key in ("password_command", "password_file") if getattr(self, key)), ""):
            raise refuse('this is for sign_in = "password"', key)
        if bool(self.token_command) == bool(self.oauth):
            raise refuse(
                'sign_in = "oauth" takes either a table of its own with authority and client_id, or a token_command; '
                "`triage help sign-in` says what to write",
                "sign_in",
            )
