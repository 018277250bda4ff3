"""What `triage check` looks at on the way to each mail server. All servers are looked at at the same time."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from triage.checkup import Finding, failed, network, note, ok, on_servers, skipped, wrong
from triage.checkup.network import Speech
from triage.checkup.survey import Abilities, Survey
from triage.checkup.within import Look
from triage.cli import connecting
from triage.cli.checking import Group, attempted
from triage.config.values import COURIER, Config, ImapCourier, ImapMailbox, Mailbox, MaildirMailbox, SmtpCourier
from triage.courier.drafts import AUTO
from triage.errors import CredentialError, InputError, ServerError, TriageError
from triage.wire import Server, Tls, faults

if TYPE_CHECKING:
    from triage.providers import Provider

PATIENCE = 10.0
"""Seconds for a single answer; the configuration may allow a service more, but a person is waiting here."""
LONGEST = 60.0
"""Seconds for all that is asked of one server."""

Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asked for. `thorough`: also what is known to be different at their provider."""

    now: datetime
    offline: bool = False
    thorough: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """One server, or folder of mail: what it is called, and how to look at it."""

    title: str
    look: Callable[[], Findings]


def of_servers(config: Config, wanted: Wanted) -> list[Group]:
    """Every mailbox, and the way letters take."""
    targets = [_mailbox(config, table, wanted) for table in config.mailboxes]
    if not isinstance(config.courier, ImapCourier):
        targets.append(_Target("letters", partial(_courier, config, wanted)))
    looks: list[tuple[_Target, list[Finding], Look[None]]] = []
    for target in targets:
        found: list[Finding] = []
        looks.append((target, found, Look(partial(_collect, target.look, found))))
    end = time.monotonic() + LONGEST
    return [Group(target.title, tuple(_so_far(found, look, end))) for target, found, look in looks]


def _collect(look: Callable[[], Findings], found: list[Finding]) -> None:
    for one in look():
        found.append(one)


def _so_far(found: Sequence[Finding], look: Look[None], end: float) -> Findings:
    """What was found until now; that it took too long is a finding too."""
    try:
        look.result(end - time.monotonic())
    except TimeoutError:
        how = f"no end after {LONGEST:.0f} seconds: the server answers too slowly to be of use."
        yield from (*found, wrong("all else", how, "Try again later.", ServerError.exit_code))
        return
    except TriageError as error:
        yield from (*found, failed("all else", error))
        return
    yield from found


def _mailbox(config: Config, table: Mailbox, wanted: Wanted) -> _Target:
    if isinstance(table, MaildirMailbox):
        return _Target(f"mailbox {table.name}", partial(_maildir, config, table, wanted.now))
    return _Target(f"mailbox {table.name}", partial(_imap, config, table, wanted))


def _maildir(config: Config, table: MaildirMailbox, now: datetime) -> Findings:
    def look() -> Finding:
        mailbox = connecting.mailbox(config, table)
        count = mailbox.unread(mailbox.folders[0], None, now - timedelta(days=table.look_back_days)).total
        return ok("folder", f"{table.path}: {count:,} messages of the last {table.look_back_days} days")

    yield attempted("folder", look)


def _imap(config: Config, table: ImapMailbox, wanted: Wanted) -> Findings:
    """From the password to the folders; each step hangs on the one before."""
    server = _server(table)
    if (yield from _ready(config, table, server, wanted)):
        yield from _signed_in(config, table, server, wanted)


def _ready(
    config: Config, table: ImapMailbox | SmtpCourier, server: Server, wanted: Wanted
) -> Generator[Finding, None, bool]:
    """Is there all that it takes to sign in: a password, and a way to the server?"""
    has_password = yield from _password(config, table)
    speech = Speech.IMAP if isinstance(table, ImapMailbox) else Speech.SMTP
    if wanted.offline:
        why = "--offline was asked for"
    elif not (yield from _reached(server, speech, wanted.now)):
        why = f"there is no way to {faults.place(server)}"
    elif not has_password:
        why = "there is no password"
    else:
        return True
    yield skipped("all else", why)
    return False


def _password(config: Config, table: ImapMailbox | SmtpCourier) -> Generator[Finding, None, bool]:
    source = connecting.source(config.account(table))
    name = table.name if isinstance(table, ImapMailbox) else COURIER
    missing = _named(failed("password", CredentialError(source.name)), config, name)
    yield ok("password", source.name) if source.found else missing
    return source.found


def _named(finding: Finding, config: Config, name: str) -> Finding:
    """Where there are several sign-ins, `triage login` has to be told which."""
    login = f"`triage login {shlex.quote(name)}`" if len(config.accounts) > 1 else "`triage login`"
    return replace(finding, remedy=finding.remedy.replace("`triage login`", login))


def _server(table: ImapMailbox | SmtpCourier) -> Server:
    server = connecting.server(table)
    return replace(server, timeout=min(server.timeout, PATIENCE))


def _reached(server: Server, speech: Speech, now: datetime) -> Generator[Finding, None, bool]:
    """The name, the port and the protection. False where that is as far as one gets."""
    try:
        known = network.addresses(server, server.timeout)
    except OSError as error:
        yield on_servers.names_nobody(server, error)
        return False
    try:
        network.connect(server)
    except OSError as error:
        yield on_servers.connection_failed(server, error)
        return False
    yield on_servers.connected(server, known)
    protection = _protection(server, speech, now)
    yield protection
    return not protection.code


def _protection(server: Server, speech: Speech, now: datetime) -> Finding:
    if server.tls is Tls.NONE:
        return on_servers.unprotected()
    try:
        return on_servers.protection(server, network.handshake(server, speech), now)
    except OSError as error:
        return on_servers.tls_failed(server, error)
    except TriageError as error:
        return failed("protection", error)


def _signed_in(config: Config, table: ImapMailbox, server: Server, wanted: Wanted) -> Findings:
    try:
        session = Survey(server, connecting.password(config.account(table)))
    except TriageError as error:
        yield _named(failed("sign-in", error), config, table.name)
        yield from _why_refused(_provider(table))
        yield skipped("all else", "the server did not let us in")
        return
    try:
        yield ok("sign-in", f"as {server.user}")
        yield from _within(config, table, session, wanted)
    except TriageError as error:
        yield failed("all else", error)
    finally:
        session.close()
    yield from _letters_here(config, table)


def _within(config: Config, table: ImapMailbox, session: Survey, wanted: Wanted) -> Findings:
    able = session.abilities()
    home = config.drafts.folder == AUTO and table == (config.letter_mailbox or config.imap_mailboxes[0])
    yield on_servers.abilities(able.capabilities, on_servers.Needs(table.poll_minutes, home))
    yield from _oddities(_provider(table, able), wanted)
    day = (wanted.now - timedelta(days=table.look_back_days)).date()
    newest = []
    for name in table.folders:
        try:
            held = session.holds_since(name, day)
        except InputError as error:
            yield on_servers.no_folder(name, error)
            continue
        newest += [held.newest] if held.newest else []
        yield on_servers.folder(name, held, table.look_back_days)
    others = on_servers.other_folders(session.folders(), table.folders)
    astray = on_servers.by_their_clock(max(newest, default=None), wanted.now)
    yield from (one for one in (others, astray) if one is not None)


def _provider(table: ImapMailbox, able: Abilities | None = None) -> Provider | None:
    """Whose server it is, or of which kind, as far as that can be told."""
    from triage.providers import of_host, of_server

    return of_host(table.host) or (of_server(able.capabilities, able.ident) if able else None)


def _oddities(provider: Provider | None, wanted: Wanted) -> Findings:
    """What is known to be different at this kind of server, now that we are let in."""
    from triage.providers import ODDITIES

    odd = [ODDITIES[key] for key in provider.oddities] if provider else []
    known = [one.what for one in odd if not one.signing_in]
    if provider is None or not known:
        return
    if wanted.thorough:
        yield from (ok(provider.name, what) for what in known)
        return
    yield ok("provider", f"{provider.name}; what is different there: `triage -v check`")


def _why_refused(provider: Provider | None) -> Findings:
    from triage.providers import ODDITIES

    for key in provider.oddities if provider else ():
        if ODDITIES[key].signing_in:
            yield note(f"at {provider.name}" if provider else "", ODDITIES[key].what)


def _letters_here(config: Config, table: ImapMailbox) -> Findings:
    """What else is done with this mailbox."""
    home = config.letter_mailbox
    if isinstance(config.courier, ImapCourier) and home == table:
        yield attempted("letters", lambda: ok("letters", connecting.courier(config).check()))
    if config.drafts.folder and table == (home or config.imap_mailboxes[0]):
        yield attempted("drafts", lambda: ok("drafts", connecting.drafts(config, "").check()))


def _courier(config: Config, wanted: Wanted) -> Findings:
    """The way of the letters, where that is not one of the mailboxes."""
    table = config.courier
    if isinstance(table, SmtpCourier) and not (yield from _ready(config, table, _server(table), wanted)):
        return
    yield attempted(f"by {table.kind}", lambda: ok(f"by {table.kind}", connecting.courier(config).check()))
