"""The [courier] table: how a letter reaches the reader."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from triage.config.fields import Folder, FolderPath, MailboxName, Port
from triage.config.servers import ServerTable
from triage.config.table import Table, kind_of

_PORTS = {"implicit": 465, "starttls": 587, "none": 25}


def _port(settings: dict[str, Any]) -> int:
    return _PORTS[settings["tls"]]


class ImapCourierConfig(Table):
    """Put the letter into the reader's own mailbox. In a `Config`, `mailbox` names an IMAP mailbox of it."""

    kind: Literal["imap"] = "imap"
    mailbox: MailboxName = ""
    folder: Folder = "INBOX"


class SmtpCourierConfig(ServerTable):
    """Hand the letter to a mail server, addressed to the reader."""

    kind: Literal["smtp"] = "smtp"
    port: Port = Field(default_factory=_port)

    def completed(self, address: str) -> SmtpCourierConfig:
        """Itself with a user, the reader's `address` by default."""
        return self.model_copy(update={"user": self.user or address})


class MaildirCourierConfig(Table):
    """Put the letter into a Maildir on this machine."""

    kind: Literal["maildir"] = "maildir"
    path: FolderPath


def _kind(value: object) -> str | None:
    return kind_of(value, "imap")


CourierConfig = Annotated[
    Annotated[ImapCourierConfig, Tag("imap")]
    | Annotated[SmtpCourierConfig, Tag("smtp")]
    | Annotated[MaildirCourierConfig, Tag("maildir")],
    Discriminator(_kind),
]
