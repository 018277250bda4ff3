"""The ways to mail servers and folders of mail, from the configuration. Each connects when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.config import values
from triage.config.values import Account, Config
from triage.courier import Courier
from triage.credentials import password_for
from triage.mailbox import Mailbox
from triage.wire import Password, Server, Tls

if TYPE_CHECKING:
    from triage.courier.drafts import DraftsFolder


def mailbox(config: Config, table: values.Mailbox) -> Mailbox:
    """One mailbox; it connects when it is first used."""
    if isinstance(table, values.ImapMailbox):
        from triage.mailbox.imap import ImapMailbox

        return ImapMailbox(table.name, server(table), password(config.account(table)), table.folders)
    from triage.mailbox.maildir import MaildirMailbox

    return MaildirMailbox(table.name, table.path)


def courier(config: Config) -> Courier:
    """The way to the one reader."""
    table = config.courier
    if isinstance(table, values.MaildirCourier):
        from triage.courier.maildir import MaildirCourier

        return MaildirCourier(table.path)
    if isinstance(table, values.SmtpCourier):
        from triage.courier.smtp import SmtpCourier

        return SmtpCourier(
            server(table), password(config.account(table)), config.reader.address, lambda mid: _arrived(config, mid)
        )
    return _imap_courier(config, table)


def _imap_courier(config: Config, table: values.ImapCourier) -> Courier:
    from triage.courier.imap import ImapCourier

    home = config.letter_mailbox
    assert home is not None  # noqa: S101  # the configuration checks it for this kind of courier
    return ImapCourier(server(home), password(config.account(home)), table.folder)


def drafts(config: Config, name: str) -> DraftsFolder:
    """The folder of drafts in the mailbox of this name, or, where it is none on a server, in that of the letters."""
    from triage.courier.drafts import DraftsFolder

    tables = {table.name: table for table in config.imap_mailboxes}
    home = tables.get(name) or config.letter_mailbox or config.imap_mailboxes[0]
    return DraftsFolder(server(home), password(config.account(home)), config.drafts.folder)


def _arrived(config: Config, message_id: str) -> bool:
    """Has a letter sent by SMTP come out at the other end, in one of the watched mailboxes?

    Asked rarely, and by another thread than the one that watches: so it opens connections of its own.
    """
    for table in config.mailboxes:
        there = mailbox(config, table)
        try:
            if there.contains(message_id):
                return True
        finally:
            there.close()
    return False


def server(table: values.ImapMailbox | values.SmtpCourier) -> Server:
    return Server(table.host, table.port, table.user, Tls(table.tls), table.ca_file, float(table.timeout_seconds))


def password(account: Account) -> Password:
    """Asks for the password anew each time: it lives no longer than a sign-in."""
    return lambda: password_for(account.user, account.host, account.credentials)
