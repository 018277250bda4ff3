"""What a member's own settings may say: the ordinary configuration, but for what needs a machine of their own.

They are read by the ordinary loader, so every fault is the ordinary sentence. What would reach for files, commands or
neighbours of the machines that work for everybody is refused on top of it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from triage.config.load import parse
from triage.config.values import Config, ImapMailbox, OAuth, Service, SmtpCourier, Store
from triage.errors import ConfigError

NAME = "your settings"
"""What errors call the text."""
LARGEST = 64 * 1024
MOST_MAILBOXES = 5
_OURS = "the service does that for everybody; take it out"
_INNER = (".local", ".internal", ".lan", ".home.arpa", ".localhost")


@dataclass(frozen=True, slots=True)
class Terms:
    """What this installation allows. `inner_servers`: may a mail server be a neighbour of our own machines?"""

    inner_servers: bool = False


def settled(text: str, terms: Terms = Terms()) -> Config:
    """The configuration that a member wrote. Raises ConfigError, with everything that is not possible here."""
    if len(text.encode()) > LARGEST:
        raise ConfigError(f"{NAME}: these are more than {LARGEST // 1024} kB; leave out the comments.")
    config = parse(text, NAME)
    if faults := tuple(f"{NAME}: {fault}." for fault in _faults(config, terms)):
        raise ConfigError(*faults)
    return config


def _faults(config: Config, terms: Terms) -> Iterator[str]:
    if not config.reader.time_zone:
        yield '[reader] time_zone: this is missing; write the one you live in, such as "Europe/Berlin"'
    if len(config.mailboxes) > MOST_MAILBOXES:
        yield f"[[mailbox]]: there is room for {MOST_MAILBOXES}"
    for mailbox in config.mailboxes:
        if not isinstance(mailbox, ImapMailbox):
            yield '[[mailbox]] kind: mail is read from a server here, so kind = "imap"'
            continue
        if "@" in mailbox.name:
            yield "[[mailbox]] name: a short name in place of an address, please: it is shown to those who run this"
        yield from (f"[[mailbox]] {fault}" for fault in _of_server(mailbox, terms))
    if config.courier.kind == "maildir":
        yield '[courier] kind: there is no folder of yours here; write "imap" or "smtp"'
    elif isinstance(config.courier, SmtpCourier):
        yield from (f"[courier] {fault}" for fault in _of_server(config.courier, terms))
    yield from _of_machine(config)


def _of_machine(config: Config) -> Iterator[str]:
    """What is about the machine that does the work, and not about the member."""
    if config.store != Store(None, encrypted=False):
        yield f"[store]: the log is kept by the service; {_OURS}"
    if config.letters.templates is not None:
        yield "[letters] templates: there is no folder of yours here; take it out"
    if config.service != Service("info", notifications=False):
        yield f"[service]: {_OURS}"


def _of_server(table: ImapMailbox | SmtpCourier, terms: Terms) -> Iterator[str]:
    for key in ("password_command", "password_file", "token_command", "ca_file"):
        if getattr(table, key):
            yield f"{key}: there are no files and no programs of yours here; take it out"
    if table.oauth:
        yield from _of_authority(table.oauth, terms)
    if terms.inner_servers:
        return
    if table.tls == "none":
        yield 'tls: mail and password go over the network here; write "implicit" or "starttls"'
    if _is_inner(table.host):
        yield "host: this is not the name of a server that all the world can reach"


def _of_authority(told: OAuth, terms: Terms) -> Iterator[str]:
    if terms.inner_servers:
        return
    for key in ("authorize_url", "token_url", "device_url", "revoke_url"):
        if (url := getattr(told, key)) and _is_inner(urlsplit(url).hostname or ""):
            yield f"oauth {key}: this is not the name of a server that all the world can reach"


def _is_inner(host: str) -> bool:
    """By its name alone: what a name leads to is a matter for the firewall, and may change between two looks."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
        return "." not in name or name.endswith(_INNER) or name.replace(".", "").isdigit()
    return True
