"""The configuration as the program works with it: plain frozen values, and what follows from them.

`model` says what may stand in the file and makes these (`load`). They are apart, because pydantic takes as much room
as all of the rest that waits for mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from triage.config import countries
from triage.config.outline import zone
from triage.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Reader:
    """The person who gets the letters."""

    address: str
    name: str
    language: str
    mail_languages: tuple[str, ...]
    time_zone: str
    country: str

    @property
    def zone(self) -> ZoneInfo:
        """The reader's time zone, or this machine's. Raises ConfigError where that cannot be told."""
        try:
            return zone(self.time_zone)
        except (LookupError, ValueError, OSError):
            raise ConfigError(
                "[reader] time_zone: this machine does not say which time zone it is in; "
                'write it down, such as time_zone = "Europe/Berlin".'
            ) from None

    @property
    def home_country(self) -> str:
        """The reader's country as written, or the one their time zone is in; empty where that cannot be told."""
        if self.country:
            return self.country
        try:
            return countries.of_zone(self.zone.key)
        except ConfigError:
            return ""


@dataclass(frozen=True, slots=True)
class OAuth:
    """Who vouches for an account, and this program's id there. The addresses are those of authority "other" only."""

    authority: str
    client_id: str
    tenant: str = ""
    authorize_url: str = ""
    token_url: str = ""
    device_url: str = ""
    revoke_url: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """A mailbox on an IMAP server, with its user, its port and its name."""

    kind: Literal["imap"]
    host: str
    tls: str
    user: str
    ca_file: Path | None
    timeout_seconds: int
    port: int
    folders: tuple[str, ...]
    poll_minutes: int
    look_back_days: int
    authserv_id: str
    name: str
    sign_in: str = "password"
    password_command: tuple[str, ...] = ()
    password_file: Path | None = None
    token_command: tuple[str, ...] = ()
    oauth: OAuth | None = None


@dataclass(frozen=True, slots=True)
class MaildirMailbox:
    """A folder that another program keeps in sync."""

    kind: Literal["maildir"]
    path: Path
    look_back_days: int
    authserv_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Letters:
    """When letters may come, how many, and how they sound; what each means is in `config.example.toml`."""

    quiet_from: time
    quiet_to: time
    hour: time
    weekends: bool
    most_per_day: int
    most_per_week: int
    weekly: bool
    before_days: int
    after_talk: bool
    taper_weeks: int
    quiet_after_days: int
    silent_after_days: int
    quiet_after_talk_days: int
    silent_after_screen_days: int
    silent_after_talk_days: int
    volunteering: bool
    formal: bool
    tone: str
    templates: Path | None


@dataclass(frozen=True, slots=True)
class ImapCourier:
    """`mailbox` is the name of one of the mailboxes."""

    kind: Literal["imap"]
    mailbox: str
    folder: str


@dataclass(frozen=True, slots=True)
class SmtpCourier:
    """A mail server, with its user and its port."""

    kind: Literal["smtp"]
    host: str
    tls: str
    user: str
    ca_file: Path | None
    timeout_seconds: int
    port: int
    sign_in: str = "password"
    password_command: tuple[str, ...] = ()
    password_file: Path | None = None
    token_command: tuple[str, ...] = ()
    oauth: OAuth | None = None


@dataclass(frozen=True, slots=True)
class MaildirCourier:
    """A folder on this machine."""

    kind: Literal["maildir"]
    path: Path


@dataclass(frozen=True, slots=True)
class Drafts:
    """The folder for drafts; empty for none."""

    folder: str


@dataclass(frozen=True, slots=True)
class Store:
    """Where the log is kept. `path` None: in the usual place."""

    path: Path | None
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Privacy:
    """What may be written down."""

    keep_feedback: bool


@dataclass(frozen=True, slots=True)
class Service:
    """How much the running service says ("error", "warning", "info", "debug"), and whether the desktop hears of it."""

    log_level: str
    notifications: bool


Mailbox = ImapMailbox | MaildirMailbox
Courier = ImapCourier | SmtpCourier | MaildirCourier

COURIER = "courier"
"""What the mail server for letters is called where mailboxes are called by their names."""


@dataclass(frozen=True, slots=True)
class Account:
    """One sign-in.

    `credentials`: the systemd credentials that may hold its password, or its lasting sign-in by OAuth, closest first.
    `name` is what `triage login` calls it. `store`: the store's folder as configured; None: the usual one.
    """

    user: str
    host: str
    credentials: tuple[str, ...]
    name: str = ""
    sign_in: str = "password"
    password_command: tuple[str, ...] = ()
    password_file: Path | None = None
    token_command: tuple[str, ...] = ()
    oauth: OAuth | None = None
    store: Path | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file: every mailbox has a name of its own, every account a user, the courier a mailbox."""

    reader: Reader
    mailboxes: tuple[Mailbox, ...]
    letters: Letters
    courier: Courier
    drafts: Drafts
    store: Store
    privacy: Privacy
    service: Service

    @property
    def imap_mailboxes(self) -> tuple[ImapMailbox, ...]:
        """The mailboxes that need a sign-in."""
        return tuple(mailbox for mailbox in self.mailboxes if isinstance(mailbox, ImapMailbox))

    @property
    def letter_mailbox(self) -> ImapMailbox | None:
        """The mailbox the letters are put into; None where the courier is not `imap`."""
        if not isinstance(self.courier, ImapCourier):
            return None
        return next(mailbox for mailbox in self.imap_mailboxes if mailbox.name == self.courier.mailbox)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Every sign-in the service needs, the mailboxes first."""
        servers: list[ImapMailbox | SmtpCourier] = [*self.imap_mailboxes]
        if isinstance(self.courier, SmtpCourier):
            servers.append(self.courier)
        return tuple(self.account(server) for server in servers)

    def account(self, server: ImapMailbox | SmtpCourier) -> Account:
        """The sign-in to one server of this configuration.

        Its own credential comes first: `triage.password.NAME` for a mailbox, `triage.courier.password` for a
        mail server. Plain `triage.password` counts only where there is one account, so that no password
        reaches another account's server. With OAuth it is `token` in place of `password`.
        """
        return Account(
            server.user,
            server.host,
            self._credentials(server),
            server.name if isinstance(server, ImapMailbox) else COURIER,
            server.sign_in,
            server.password_command,
            server.password_file,
            server.token_command,
            server.oauth,
            self.store.path,
        )

    def _credentials(self, server: ImapMailbox | SmtpCourier) -> tuple[str, ...]:
        what = "token" if server.sign_in == "oauth" else "password"
        own = [f"triage.{what}.{server.name}" if isinstance(server, ImapMailbox) else f"triage.courier.{what}"]
        if isinstance(server, SmtpCourier) and server.oauth:
            # What one sign-in at the authority allows is done with that very one.
            same = (one for one in self.imap_mailboxes if (one.user, one.oauth) == (server.user, server.oauth))
            own += [f"triage.token.{mailbox.name}" for mailbox in same]
        return (*own, f"triage.{what}") if self._one_account else tuple(own)

    @property
    def _one_account(self) -> bool:
        users = {mailbox.user for mailbox in self.imap_mailboxes}
        if isinstance(self.courier, SmtpCourier):
            users.add(self.courier.user)
        return len(users) == 1 and len(self.imap_mailboxes) <= 1
