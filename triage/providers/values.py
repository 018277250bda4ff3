"""What the table of providers is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's name and port; `tls` is "implicit", "starttls" or "none", as in the configuration."""

    host: str
    port: int
    tls: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail provider, or a kind of mail server that people run themselves; of the latter the host names are empty.

    What is not known, or does not apply, is an empty text or tuple.
    """

    key: str
    name: str
    domains: tuple[str, ...]
    """What stands behind the @ of its own addresses."""
    mx: tuple[str, ...]
    """What the names of the hosts end in that take mail for it, also for customers with domains of their own."""
    imap: Endpoint
    smtp: Endpoint | None
    user: str
    """The user name for IMAP: "address" or "local-part", the part before the @."""
    smtp_user: str
    sign_in: tuple[str, ...]
    """What lets a program in, best first, of "app-password", "password" and "oauth"."""
    oauth: str
    """Who grants OAuth tokens: "google", "microsoft", "yahoo"."""
    page: str
    """The page where a password for programs is made, or which says how."""
    enable: str
    """The page that says how IMAP is switched on, where it is off at first."""
    hint: str
    """One sentence that a person is told before signing in."""
    grants: str
    """What the first kind of sign-in lets a program do, honestly."""
    grants_by: Mapping[str, str]
    """The same for each kind of sign-in."""
    oddities: tuple[str, ...]
    """Keys of `ODDITIES`."""
    hosts: tuple[str, ...] = ()
    """Other names of its IMAP server."""
    capabilities: tuple[str, ...] = ()
    """Capabilities that only this server has, in capitals."""
    ident: tuple[str, ...] = ()
    """Parts of the name it gives in its answer to ID (RFC 2971), in small letters."""
    own_certificate: bool = False
    """It makes its certificate itself, so `ca_file` must name a copy of it."""
    grouped_password: bool = False
    """Its page shows the 16 letters of an app password in groups, with spaces that do not belong to it."""
    exact_sizes: bool = True
    """Is RFC822.SIZE the size of a message, and not an estimate?"""


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that is different at a provider, as a sentence or two for a person: what it is, what it means here."""

    key: str
    what: str
    signing_in: bool = False
    """Can it be why a sign-in is refused?"""
