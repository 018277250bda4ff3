"""Leading a person through a sign-in by OAuth: in the browser here, with a code elsewhere, or by pasting an address."""

from __future__ import annotations

import os
import secrets
import sys
import time
from contextlib import suppress

import click

from triage.cli import connecting
from triage.cli.login import RELOAD, try_sign_in
from triage.config.values import Account, Config, ImapMailbox, SmtpCourier
from triage.credentials import KeepingError, Source, Vault
from triage.errors import CredentialError, InputError, TriageError
from triage.oauth import Client, Granted, Kept, device, faults, grant, loopback
from triage.oauth.authorities import OUT_OF_BAND
from triage.oauth.values import kept
from triage.wire import Bearer

_NOBODY = 49151
"""A port that is reserved and given to nobody."""
_TRIES = 3
"""How often an address may be pasted that is not the one."""


def sign_in(
    config: Config,
    table: ImapMailbox | SmtpCourier,
    secret: str | None,
    *,
    way: str = "",
    check: bool = True,
    to_stdout: bool = False,
) -> Source:
    """Lead the person through it, try what comes of it, and keep that. Raises TriageError."""
    account = config.account(table)
    client, vault = connecting.client(account), connecting.vault(account)
    way = _possible(client, way or _best(client))
    secret = _client_secret(client, vault) if secret is None else secret
    granted = _granted(client, secret, way)
    if not granted.refresh:
        raise faults.not_lasting(client)
    if check:
        try_sign_in(table, _Given(client, granted))
    found = Kept(granted.refresh, secret)
    if to_stdout:
        click.echo(found.text)
        return Source("standard output")
    source = _keep(vault, found)
    click.echo(f"The sign-in with {client.authority.name} is in the {source.name}. {RELOAD}", err=True)
    return source


def sign_out(account: Account) -> tuple[Source, ...]:
    """Take the sign-in back at the authority, and remove it here. Returns where it was. Raises CredentialError."""
    client, vault = connecting.client(account), connecting.vault(account)
    with vault.alone():
        # There may be none, or none that can be read: what is there is removed all the same.
        with suppress(CredentialError):
            click.echo(_revoked(client, kept(vault.read())), err=True)
        return vault.drop()


def _revoked(client: Client, found: Kept) -> str:
    if not found.refresh:
        return f"There is no sign-in with {client.authority.name} here."
    name = client.authority.name
    by_hand = f"take triage off the apps with access, on the page of your account with {name}"
    try:
        if grant.revoke(client, found):
            return f"{name} was told that the sign-in counts no more."
    except TriageError as error:
        return f"{error} The sign-in may still count: {by_hand}."
    return f"{name} lets no program end a sign-in: to be sure, {by_hand}."


def _keep(vault: Vault, found: Kept) -> Source:
    with vault.alone():
        try:
            return vault.keep(found.text)
        except KeepingError:
            return vault.keep_in_file(found.text)  # there is no keyring: a file for its owner alone


def _client_secret(client: Client, vault: Vault) -> str:
    """What was kept with an earlier sign-in; else the person is asked, where there always is one."""
    try:
        known = vault.read()
        if known:
            return kept(known).client_secret
    except CredentialError:
        pass  # no keyring, or a damaged file: then it is asked for
    if client.authority.key != "google":
        return ""
    question = "The client secret of your project at Google (it stands beside the client id)"
    return str(click.prompt(question, hide_input=True, err=True, default="", show_default=False))


def _possible(client: Client, way: str) -> str:
    """The same way. Raises InputError where this authority does not have it."""
    name, command = client.authority.name, client.command
    if way == "device" and not client.authority.device:
        raise InputError(
            f"{name} has no sign-in by code for mail: use `{command} --paste` on a machine without a browser."
        )
    if way != "device" and not client.authority.authorize:
        raise InputError(f"{name} has a sign-in by code only: use `{command} --device`.")
    return "paste" if client.authority.redirect == OUT_OF_BAND else way


def _granted(client: Client, secret: str, way: str) -> Granted:
    match way:
        case "device":
            return device.sign_in(client, secret, _show_code)
        case "paste":
            return _by_pasting(client, secret)
    return _by_browser(client, secret)


def _best(client: Client) -> str:
    """The way with the least to do for the person, as far as this machine can."""
    if client.authority.authorize and _has_browser():
        return "browser"
    return "device" if client.authority.device else "paste"


def _has_browser() -> bool:
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _by_browser(client: Client, secret: str) -> Granted:
    import webbrowser

    with loopback.Landing(client) as landing:
        page = grant.page(client, landing.redirect, secrets.token_urlsafe)
        landing.expect(page.state)
        click.echo(
            f"Your browser opens a page of {client.authority.name}: sign in there as {client.user}. If none opens, "
            f"open this address yourself:\n\n  {page.address}\n",
            err=True,
        )
        webbrowser.open(page.address)
        code = landing.code()
    return grant.by_code(client, secret, page, code)


def _by_pasting(client: Client, secret: str) -> Granted:
    redirect = client.authority.redirect
    # Nobody listens there: the browser says so, and that is fine.
    page = grant.page(client, redirect if redirect == OUT_OF_BAND else f"{redirect}:{_NOBODY}/", secrets.token_urlsafe)
    click.echo(
        f"Open this address in any browser, and sign in as {client.user}:\n\n  {page.address}\n\n"
        "In the end the browser shows a page that cannot be loaded, or a code. Copy the whole address of that page, "
        "or the code.",
        err=True,
    )
    for left in reversed(range(_TRIES)):
        try:
            pasted = str(click.prompt("Paste it here", err=True))
            return grant.by_code(client, secret, page, loopback.code_in(client, pasted, page.state))
        except InputError as error:
            if not left:
                raise
            click.echo(str(error), err=True)
    raise AssertionError("the last try returns or raises")


def _show_code(code: grant.Code) -> None:
    click.echo(
        f"Open {code.address} in any browser, on any device, and enter this code:\n\n  {code.user}\n\n"
        f"It counts for {round(code.seconds / 60)} minutes. Waiting ...",
        err=True,
    )


class _Given(Bearer):
    """The one token that has just been given: if it does not fit, another one would not."""

    def __init__(self, client: Client, granted: Granted) -> None:
        self.remedy = f"sign in again, as {client.user} and nobody else: `{client.command}`"
        self._granted = granted
        self._end = time.monotonic() + granted.seconds

    def __call__(self) -> str:
        return self._granted.access

    def renewed(self, refused: str) -> str:
        raise CredentialError(
            f"The mail server does not take the sign-in. Nothing was kept: {self.remedy}, and look whether IMAP is "
            "switched on in the settings of your mailbox."
        )

    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())
