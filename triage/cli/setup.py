"""The commands for setting up: `check`, `login`, and `install-service`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from triage.cli import connecting
from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import show_json
from triage.config.values import Account, Config, ImapMailbox, SmtpCourier
from triage.errors import CredentialError, InputError, StoreError, TriageError
from triage.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to; `code` is 0 where all is well, otherwise the exit code of the error."""

    what: str
    how: str
    code: int = 0


@click.command()
@as_json
@pass_settings
def check(settings: Settings, as_json: bool) -> None:
    """Check that everything is in place, changing nothing: a verdict each, and the remedy where one is needed.

    Looks at the configuration, the templates, the passwords, the sign-in to every mailbox, the way letters take,
    and the store. The exit code is 0 where all is well, otherwise that of the first thing that is not.
    """
    findings = list(_findings(settings))
    if as_json:
        show_json([{"what": one.what, "ok": one.code == 0, "how": one.how} for one in findings])
    else:
        rows = [("ok" if one.code == 0 else "WRONG", one.what, one.how) for one in findings]
        width = max(len(what) for _, what, _ in rows)
        for verdict, what, how in rows:
            click.echo(f"{verdict:5}  {what:{width}}  {how}")
    code = next((one.code for one in findings if one.code), 0)
    if code:
        sys.exit(code)


def _findings(settings: Settings) -> Iterator[Finding]:
    found = _try("configuration", lambda: f"{settings.path}, {len(settings.config.mailboxes)} mailbox(es)")
    yield found
    if found.code:
        return
    config = settings.config
    yield _try("templates", lambda: f"language {config.reader.language}, all readable" if _stationery(config) else "")
    for account in config.accounts:
        yield _try(f"password {account.user}", partial(_source, account))
    for table in config.mailboxes:
        mailbox = connecting.mailbox(config, table)
        for folder in mailbox.folders:
            name = f"mailbox {mailbox.name}, {folder}"
            yield _try(name, partial(_folder, mailbox, folder, timedelta(days=table.look_back_days)))
        mailbox.close()
    yield _try(f"letters by {config.courier.kind}", lambda: connecting.courier(config).check())
    if config.drafts.folder:
        yield _try("drafts", lambda: connecting.drafts(config, "").check())
    yield _try("store", lambda: _store(settings))


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, look())
    except TriageError as error:
        return Finding(what, str(error), error.exit_code)


def _stationery(config: Config) -> bool:
    from triage.cli.writing import stationery

    return bool(stationery(config, b"check"))


def _source(account: Account) -> str:
    from triage.credentials import source_of

    source = source_of(account.user, account.host, account.credentials)
    if not source.found:
        raise CredentialError(source.name)
    return source.name


def _folder(mailbox: Mailbox, folder: str, look_back: timedelta) -> str:
    unread = mailbox.unread(folder, None, utc_now() - look_back)
    return f"readable, {unread.total} message(s) within the first look"


def _store(settings: Settings) -> str:
    """Opens a store that exists, but does not make one: only where it would lie is looked at then."""
    from triage.store import FILE, Store
    from triage.store.engine import refuse_to_forget

    folder = settings.store_folder
    if not (folder / FILE).exists():
        refuse_to_forget(folder / FILE)
        place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)) or not _writable(place):
            raise StoreError(f"The store cannot be made in {folder}: {place} cannot be written. Set [store] path.")
        return f"{folder}, to be made by the first run"
    store = Store(folder, settings.cipher)
    store.close()
    return f"{store.path}, sound" + (", encrypted" if store.cipher.key else "")


def _writable(folder: Path) -> bool:
    """Asked of the file system itself: rights alone do not tell where nothing can be written at all."""
    try:
        with TemporaryDirectory(prefix=".triage-", dir=folder):
            return True
    except OSError:
        return False


@click.command()
@click.argument("name", required=False)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--no-check", is_flag=True, help="Keep it without signing in first.")
@pass_settings
def login(settings: Settings, name: str | None, from_stdin: bool, no_check: bool) -> None:
    """Keep a mailbox password in this machine's keyring, after trying it.

    Large providers want an app password here and not the one you sign in with on their site. On a machine without
    a desktop session, use a systemd credential instead: `triage install-service --system` says how. NAME is one of
    several mailboxes, or "courier" for the server that letters are sent through.
    """
    from triage.credentials import remember

    table = _signed_in_to(settings.config, name)
    account = settings.config.account(table)
    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else _ask(account)
    if not password:
        raise CredentialError("No password was given; nothing was kept.")
    if not no_check:
        click.echo(f"Trying {account.host} ...", err=True)
        _try_sign_in(table, password)
    source = remember(account.user, account.host, password)
    click.echo(f"The password for {account.user} on {account.host} is in the {source.name}.", err=True)


def _ask(account: Account) -> str:
    return str(click.prompt(f"Password for {account.user} on {account.host}", hide_input=True, err=True))


COURIER = "courier"


def _signed_in_to(config: Config, name: str | None) -> ImapMailbox | SmtpCourier:
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


def _try_sign_in(table: ImapMailbox | SmtpCourier, password: str) -> None:
    if isinstance(table, SmtpCourier):
        from triage.wire import smtp

        with smtp.signed_in(connecting.server(table), lambda: password):
            return
    from triage.wire.imap import Session

    Session(connecting.server(table), lambda: password).close()


def _executable() -> Path:
    """The `triage` command that is running, also where it runs as `python -m triage`."""
    called = Path(sys.argv[0])
    return (called if called.name == "triage" else Path(sys.executable).with_name("triage")).absolute()


@click.command("install-service")
@click.option("--force", is_flag=True, help="Replace a unit that you have changed.")
@click.option("--dry-run", "-n", is_flag=True, help="Print the unit and place nothing.")
@click.option("--system", is_flag=True, help="Print the hardened system unit, for an administrator to place.")
@pass_settings
def install_service(settings: Settings, force: bool, dry_run: bool, system: bool) -> None:
    """Put the systemd user unit in place, and say the two commands that follow. Nothing is started."""
    from triage.install import place_user_unit, system_unit, unit_folder, user_unit

    executable = _executable()
    if system:
        click.echo(system_unit(executable), nl=False)
        return
    # The service has another environment: what names the file here has to be written into the unit.
    config = settings.path if settings.explicit or "TRIAGE_CONFIG" in os.environ else None
    if dry_run:
        click.echo(user_unit(executable, config), nl=False)
        return
    placed = place_user_unit(executable, unit_folder(), config, force=force)
    click.echo(f"{placed.path}: {placed.outcome}. Now:", err=True)
    for command in placed.commands:
        click.echo(f"  {command}")
    click.echo(placed.hint, err=True)
