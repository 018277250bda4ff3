"""What `triage init` asks for, and what a configuration answers already."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from triage.config.values import Config, ImapMailbox, SmtpCourier

APP_PASSWORD, PASSWORD, OAUTH = "app-password", "password", "oauth"  # kinds of sign-in, no secrets
SIGN_INS = (APP_PASSWORD, PASSWORD, OAUTH)
IMAP, SMTP = "imap", "smtp"
COURIERS = (IMAP, SMTP)
TLS = ("implicit", "starttls", "none")


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that is asked; None where there is no answer yet. No secret is among it."""

    address: str | None = None
    host: str | None = None
    port: int | None = None
    tls: str | None = None
    ca_file: str | None = None
    user: str | None = None
    sign_in: str | None = None
    authority: str | None = None
    client_id: str | None = None
    courier: str | None = None
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_tls: str | None = None
    smtp_user: str | None = None
    password_file: str | None = None
    smtp_password_file: str | None = None
    language: str | None = None
    name: str | None = None
    country: str | None = None
    time_zone: str | None = None
    mailbox: str | None = None
    """Which one of several, by its name."""
    add: bool | None = None
    """Is it to be one more?"""

    def over(self, others: Answers) -> Answers:
        """These, and where one is missing, that of the others."""
        missing = {one.name: getattr(others, one.name) for one in fields(self) if getattr(self, one.name) is None}
        return replace(self, **missing)


def of_config(config: Config) -> Answers:
    """What a configuration says already."""
    reader, courier = config.reader, config.courier
    home = config.imap_mailboxes[0] if config.imap_mailboxes else None
    letters = courier if isinstance(courier, SmtpCourier) else None
    return Answers(
        address=reader.address,
        language=reader.language,
        name=reader.name,
        country=reader.country,
        time_zone=reader.time_zone,
        courier=courier.kind,
        smtp_host=letters.host if letters else None,
        smtp_port=letters.port if letters else None,
        smtp_tls=letters.tls if letters else None,
        smtp_user=letters.user if letters else None,
        smtp_password_file=_path(letters, "password_file"),
    ).over(of_mailbox(home) if home else Answers())


def of_mailbox(home: ImapMailbox) -> Answers:
    """What it says of one mailbox."""
    return Answers(
        host=home.host,
        port=home.port,
        tls=home.tls,
        ca_file=_path(home, "ca_file"),
        user=home.user,
        sign_in=home.sign_in,
        authority=home.oauth.authority if home.oauth else None,
        client_id=home.oauth.client_id if home.oauth else None,
        password_file=_path(home, "password_file"),
    )


def _path(table: object, key: str) -> str | None:
    found = getattr(table, key, None)
    return str(found) if found else None
