"""The ways to mail servers and folders of mail, from the configuration. Each connects when it is first used."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from triage import oauth
from triage.accounts import client
from triage.config import values
from triage.config.locate import store_folder
from triage.config.values import Account, Config
from triage.courier import Courier
from triage.credentials import CommandTokens, Named, Source, Vault, password_for, source_of
from triage.errors import CredentialError
from triage.mailbox import Mailbox
from triage.wire import Password, Server, Tls

if TYPE_CHECKING:
    from triage.courier.drafts import DraftsFolder


SignIn = Callable[[Account], Password]
"""Where the password of an account comes from."""


def mailbox(config: Config, table: values.Mailbox, sign_in: SignIn | None = None) -> Mailbox:
    """One mailbox; it connects when it is first used. `sign_in`: by default, as this machine keeps passwords."""
    if isinstance(table, values.ImapMailbox):
        from triage.mailbox.imap import ImapMailbox

        return ImapMailbox(table.name, server(table), (sign_in or password)(config.account(table)), table.folders)
    from triage.mailbox.maildir import MaildirMailbox

    return MaildirMailbox(table.name, table.path)


def courier(config: Config, sign_in: SignIn | None = None) -> Courier:
    """The way to the one reader."""
    table, sign_in = config.courier, sign_in or password
    if isinstance(table, values.MaildirCourier):
        from triage.courier.maildir import MaildirCourier

        return MaildirCourier(table.path)
    if isinstance(table, values.SmtpCourier):
        from triage.courier.smtp import SmtpCourier

        return SmtpCourier(
            server(table),
            sign_in(config.account(table)),
            config.reader.address,
            lambda message_id: _arrived(config, message_id, sign_in),
        )
    return _imap_courier(config, table, sign_in)


def _imap_courier(config: Config, table: values.ImapCourier, sign_in: SignIn) -> Courier:
    from triage.courier.imap import ImapCourier

    home = config.letter_mailbox
    assert home is not None  # noqa: S101  # the configuration checks it for this kind of courier
    return ImapCourier(server(home), sign_in(config.account(home)), table.folder)


def drafts(config: Config, name: str) -> DraftsFolder:
    """The folder of drafts in the mailbox of this name, or, where it is none on a server, in that of the letters."""
    from triage.courier.drafts import DraftsFolder

    tables = {table.name: table for table in config.imap_mailboxes}
    home = tables.get(name) or config.letter_mailbox or config.imap_mailboxes[0]
    return DraftsFolder(server(home), password(config.account(home)), config.drafts.folder)


def _arrived(config: Config, message_id: str, sign_in: SignIn) -> bool:
    """Has a letter sent by SMTP come out at the other end, in one of the watched mailboxes?

    Asked rarely, and by another thread than the one that watches: so it opens connections of its own.
    """
    for table in config.mailboxes:
        there = mailbox(config, table, sign_in)
        try:
            if there.contains(message_id):
                return True
        finally:
            there.close()
    return False


def server(table: values.ImapMailbox | values.SmtpCourier) -> Server:
    return Server(table.host, table.port, table.user, Tls(table.tls), table.ca_file, float(table.timeout_seconds))


def password(account: Account) -> Password:
    """Asks for the password anew each time: it lives no longer than a sign-in. An access token lives until it ends."""
    if account.token_command:
        return CommandTokens(account.token_command, account.host)
    if account.oauth:
        return _tokens(account)
    return lambda: password_for(*_places(account), named=_named(account))


def require_secret(account: Account) -> None:
    """Raise CredentialError where there is nothing to sign in with. Nobody is asked over the network."""
    if account.oauth:
        _tokens(account).require()
    else:
        password(account)()


def source(account: Account) -> Source:
    """Where the secret for a sign-in comes from. Never raises for a missing one: then it says what is wrong."""
    try:
        if account.token_command:
            password(account)()
            return Source(f"token_command {account.token_command[0]}")
        if account.oauth:
            return _signed_in(account)
    except CredentialError as error:
        return Source(str(error), found=False)
    return source_of(*_places(account), named=_named(account))


def _signed_in(account: Account) -> Source:
    require_secret(account)
    lies = vault(account).source
    return Source(f"sign-in with {client(account).authority.name}, {lies.name if lies else 'in memory'}")


def vault(account: Account) -> Vault:
    """Where the lasting sign-in of this account lies: one for all servers that the same sign-in is for."""
    told = account.oauth
    assert told is not None  # noqa: S101  # whoever asks has looked
    service = f"oauth:{told.token_url if told.authority == 'other' else told.authority}"
    return Vault(account.user, service, account.credentials, store_folder(account.store, os.environ))


@lru_cache
def _tokens(account: Account) -> oauth.Tokens:
    """One for all threads, so that a token is made once and used by all of them."""
    return oauth.Tokens(client(account), vault(account))


def _places(account: Account) -> tuple[str, str, tuple[str, ...]]:
    return account.user, account.host, account.credentials


def _named(account: Account) -> Named:
    return Named(account.password_command, account.password_file)


__all__ = [
    "SignIn",
    "client",
    "courier",
    "drafts",
    "mailbox",
    "password",
    "require_secret",
    "server",
    "source",
    "vault",
]
