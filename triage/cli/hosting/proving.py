"""The sign-in of a new member: each password and each lasting sign-in is tried before it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from triage.accounts import client
from triage.cli.login import try_once
from triage.cli.wizard import signing
from triage.cli.wizard.asking import listed, say
from triage.cli.wizard.course import Course
from triage.config.values import COURIER, Config, ImapMailbox, SmtpCourier
from triage.errors import CredentialError, InputError
from triage.providers import of_host

if TYPE_CHECKING:
    from triage.hosting.settings import Hosting
    from triage.oauth.grant import Code

_Table = ImapMailbox | SmtpCourier


def proved(
    course: Course, config: Config, about: Hosting, given: Mapping[str, str], *, as_json: bool
) -> dict[str, str]:
    """The secrets of this configuration, by the names of their rows.

    `given` are passwords by the names of mailboxes, or "courier", or by hosts.
    Raises CredentialError where one is not taken, ServerError, and InputError where one is missing.
    """
    from triage.hosting.members import named
    from triage.hosting.vault import password_row, sign_in_row

    rows: dict[str, str] = {}
    for table in _tables(config):
        account = config.account(table)
        if not account.oauth:
            rows[password_row(account.name)] = _password(course, table, given, tuple(rows.values()))
        elif (name := sign_in_row(named(config, account))) not in rows:
            rows[name] = _sign_in(config, table, about, as_json=as_json)
    return rows


def _tables(config: Config) -> Iterator[_Table]:
    yield from config.imap_mailboxes
    if isinstance(config.courier, SmtpCourier):
        yield config.courier


def _password(course: Course, table: _Table, given: Mapping[str, str], known: tuple[str, ...]) -> str:
    """One that this server takes: as given, else one that another server of theirs has taken, else asked for."""
    provider = of_host(table.host)
    if told := given.get(table.name if isinstance(table, ImapMailbox) else COURIER) or given.get(table.host):
        return _tried(table, signing.tidy(told, provider))
    if isinstance(table, SmtpCourier):
        for other in known:
            with suppress(CredentialError):
                return _tried(table, other)
    if course.asker.alone:
        raise InputError(f'There is no password for {table.host}: give it in the answers, among the "secrets".')
    signing.explain(provider, course.answers.sign_in or "password")
    return signing.asked(course, table, f"The password for {table.user} on {table.host} (it is not shown):", provider)


def _tried(table: _Table, secret: str) -> str:
    try_once(table, lambda: secret)
    return secret


def _sign_in(config: Config, table: _Table, about: Hosting, *, as_json: bool) -> str:
    """A lasting sign-in, by a code that the member enters in a browser; renewed once, to see that it lasts."""
    from triage.hosting.members import COMMAND
    from triage.hosting.tokens import at_authority
    from triage.oauth import Kept, Tokens, device, faults

    account = config.account(table)
    ours = client(account, COMMAND)
    if not ours.authority.device:
        raise InputError(
            f"{ours.authority.name} has no sign-in by code for mail: choose an app password (--sign-in app-password)."
        )
    secret = _client_secret(about, ours.authority.key)
    granted = device.sign_in(ours, secret, lambda code: _show(code, as_json=as_json))
    if not granted.refresh:
        raise faults.not_lasting(ours)
    held = _Held(Kept(granted.refresh, secret).text)
    try_once(table, Tokens(ours, held, ask=at_authority))
    return held.text


def _client_secret(about: Hosting, authority: str) -> str:
    from triage.credentials import private

    registered = about.enrolment.oauth.get(authority)
    if registered is None or registered.client_secret_file is None:
        return ""
    return private.line(registered.client_secret_file, private.PASSWORD_FILE)


def _show(code: Code, *, as_json: bool) -> None:
    if as_json:
        import json

        click.echo(json.dumps({"open": code.address, "enter": code.user, "seconds": round(code.seconds)}))
        return
    say("Open this page in any browser, on any device, sign in, and enter the code:")
    listed([code.address, code.user])
    say(f"It counts for {round(code.seconds / 60)} minutes. Waiting ...")


class _Held:
    """A lasting sign-in that is in no database yet: the newest, where the authority exchanges it while we try."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self) -> str:
        return self.text

    def replace(self, secret: str) -> None:
        self.text = secret

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield
