"""The [[mailbox]] tables: where mail is read from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StrictInt, Tag, field_validator

from triage.config.fields import AuthservId, Folder, FolderPath, Name, Port
from triage.config.outline import as_name
from triage.config.servers import ServerTable
from triage.config.table import Table, kind_of, refuse

LookBack = Annotated[StrictInt, Field(ge=0, le=3650, description="a whole number of days from 0 to 3650")]
PollMinutes = Annotated[StrictInt, Field(ge=1, le=29, description="a whole number of minutes from 1 to 29")]
Folders = Annotated[tuple[Folder, ...], Field(min_length=1, description='a list of mail folders, such as ["INBOX"]')]


def _port(settings: dict[str, Any]) -> int:
    return 993 if settings["tls"] == "implicit" else 143


class ImapMailboxConfig(ServerTable):
    """A mailbox on an IMAP server. `poll_minutes` is the safety net beside IDLE (RFC 2177: under 30)."""

    kind: Literal["imap"] = "imap"
    port: Port = Field(default_factory=_port)
    folders: Folders = ("INBOX",)
    poll_minutes: PollMinutes = 5
    look_back_days: LookBack = 30
    authserv_id: AuthservId = ""
    name: Name = ""

    @field_validator("folders")
    @classmethod
    def _each_folder_once(cls, folders: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(folders)) < len(folders):
            raise refuse("a folder stands here twice; name each folder once")
        return folders

    def completed(self, address: str) -> ImapMailboxConfig:
        """Itself with a user, the reader's `address` by default, and with a name.

        The name stands in log lines, so it is the server's and not the account's, which mostly is an address.
        """
        return self.model_copy(update={"user": self.user or address, "name": self.name or as_name(self.host)})


class MaildirMailboxConfig(Table):
    """A mailbox that another program keeps in sync as a Maildir."""

    kind: Literal["maildir"] = "maildir"
    path: FolderPath
    look_back_days: LookBack = 30
    authserv_id: AuthservId = ""
    name: Name = ""

    def completed(self, address: str) -> MaildirMailboxConfig:
        """Itself with a name. `address` is the reader's, and of no use here."""
        return self.model_copy(update={"name": self.name or as_name(self.path.name)})


def _kind(value: object) -> str | None:
    return kind_of(value, "imap")


MailboxConfig = Annotated[
    Annotated[ImapMailboxConfig, Tag("imap")] | Annotated[MaildirMailboxConfig, Tag("maildir")],
    Discriminator(_kind),
]
