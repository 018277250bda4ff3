"""The commands `login` and `logout`: keeping what a sign-in takes, after trying it, and taking it back."""

from __future__ import annotations

import sys

import click

from triage.cli import connecting
from triage.cli.options import pass_settings
from triage.cli.settings import Settings
from triage.config.values import COURIER, Account, Config, ImapMailbox, SmtpCourier
from triage.credentials import Source, forget, remember
from triage.errors import CredentialError, InputError
from triage.wire import Password

RELOAD = "A running service looks again within the hour; `systemctl --user reload triage` has it look at once."


@click.command()
@click.argument("name", required=False)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--no-check", is_flag=True, help="Keep it without signing in first.")
@click.option("--browser", "way", flag_value="browser", help="OAuth: sign in with the browser of this computer.")
@click.option("--device", "way", flag_value="device", help="OAuth: enter a code in a browser anywhere.")
@click.option("--paste", "way", flag_value="paste", help="OAuth: use any browser, and paste the address it ends at.")
@click.option("--client-secret-stdin", is_flag=True, help="OAuth: read your client's secret from standard input.")
@click.option("--print", "to_stdout", is_flag=True, help="OAuth: print the sign-in for systemd-creds; keep nothing.")
@pass_settings
def login(
    settings: Settings,
    name: str | None,
    from_stdin: bool,
    no_check: bool,
    way: str | None,
    client_secret_stdin: bool,
    to_stdout: bool,
) -> None:
    """Keep what a sign-in takes in this machine's keyring, after trying it.

    Large providers want an app password here and not the one you sign in with on their site. A mailbox with
    sign_in = "oauth" has no password: you sign in with your provider in a browser, and triage keeps what it gets.
    `triage help sign-in` says what to do for each provider, and what there is for a machine without a desktop session.

    NAME is one of several mailboxes, or "courier" for the server that letters are sent through.
    """
    config = settings.config
    table = _server(config, name)
    secret = sys.stdin.readline().strip("\r\n") if from_stdin or client_secret_stdin else None
    if secret == "":
        raise CredentialError("Nothing was given on standard input; nothing was kept.")
    if table.oauth and (to_stdout or way):
        from triage.cli.signing_in import sign_in

        sign_in(config, table, secret, way=way or "", check=not no_check, to_stdout=to_stdout)
        return
    sign_in_and_keep(config, table, secret, check=not no_check)


@click.command()
@click.argument("name", required=False)
@pass_settings
def logout(settings: Settings, name: str | None) -> None:
    """Remove what `triage login` kept, and take back a sign-in by OAuth where your provider lets a program do that.

    NAME is one of several mailboxes, or "courier" for the server that letters are sent through.
    """
    table = _server(settings.config, name)
    account = settings.config.account(table)
    if account.oauth:
        from triage.cli.signing_in import sign_out

        gone = sign_out(account)
    else:
        found = forget(account.user, account.host)
        gone = (found,) if found else ()
    for source in gone:
        click.echo(f"Removed from the {source.name}.", err=True)
    if not gone:
        click.echo(f"Nothing was kept here for {account.host}.", err=True)
    left = connecting.source(account)
    if left.found:
        click.echo(f"There still is: {left.name}. That is yours to remove.", err=True)


def sign_in_and_keep(
    config: Config, table: ImapMailbox | SmtpCourier, secret: str | None, *, check: bool = True
) -> Source:
    """Sign in to this server, and keep what that takes; tells on stderr what it does. Returns where it lies.

    `secret` is the password or, with OAuth, the secret of the client; None: the person is asked, or led through the
    sign-in. Where the configuration names a command or a file for the password, that is only tried. Raises KeepingError
    where the sign-in was fine and could not be kept, else TriageError.
    """
    account = config.account(table)
    if account.oauth:
        from triage.cli.signing_in import sign_in

        return sign_in(config, table, secret, check=check)
    if account.token_command or (secret is None and (account.password_command or account.password_file)):
        return _tried(table, account)
    _refuse_passwords(account)
    password = _as_meant(account, _asked(account) if secret is None else secret)
    if not password:
        raise CredentialError("No password was given; nothing was kept.")
    if check:
        try_sign_in(table, lambda: password)
    source = remember(account.user, account.host, password)
    click.echo(f"The password for {account.user} on {account.host} is in the {source.name}.", err=True)
    return source


def try_sign_in(table: ImapMailbox | SmtpCourier, password: Password) -> None:
    """Say so, sign in once, and leave again. Raises TriageError."""
    click.echo(f"Trying {table.host} ...", err=True)
    try_once(table, password)


def try_once(table: ImapMailbox | SmtpCourier, password: Password) -> None:
    """Sign in once, and leave again. Raises TriageError."""
    if isinstance(table, SmtpCourier):
        from triage.wire import smtp

        with smtp.signed_in(connecting.server(table), password):
            return
    from triage.wire.imap import Session

    Session(connecting.server(table), password).close()


def _tried(table: ImapMailbox | SmtpCourier, account: Account) -> Source:
    source = connecting.source(account)
    if not source.found:
        raise CredentialError(source.name)
    try_sign_in(table, connecting.password(account))
    click.echo(f"The sign-in works: {source.name}.", err=True)
    return source


def _asked(account: Account) -> str:
    return str(click.prompt(f"Password for {account.user} on {account.host}", hide_input=True, err=True))


def _refuse_passwords(account: Account) -> None:
    from triage.providers import of_host

    provider = of_host(account.host)
    if provider and provider.sign_in == ("oauth",):
        raise CredentialError(
            f"{provider.name} takes no passwords from programs, not even an app password: write "
            'sign_in = "oauth" for it; `triage help sign-in` says how.'
        )


def _as_meant(account: Account, password: str) -> str:
    """Some pages show an app password in groups, with spaces that do not belong to it."""
    from triage.providers import of_host

    provider, bare = of_host(account.host), "".join(password.split())
    grouped = provider is not None and provider.grouped_password and len(bare) == 16 and bare.isalpha()
    return bare if grouped else password


def _server(config: Config, name: str | None) -> ImapMailbox | SmtpCourier:
    """The server of this name: a mailbox, or `courier` for the one that takes the letters."""
    servers: dict[str, ImapMailbox | SmtpCourier] = {one.name: one for one in config.imap_mailboxes}
    if isinstance(config.courier, SmtpCourier):
        servers[COURIER] = config.courier
    if not servers:
        raise InputError("No mailbox in the configuration needs a password.")
    if name is None and len(servers) > 1:
        raise InputError(f"Which one? triage login {' | '.join(servers)}")
    chosen = name or next(iter(servers))
    if chosen not in servers:
        raise InputError(f"Nothing called {chosen} in the configuration needs a password, but: {', '.join(servers)}.")
    return servers[chosen]
