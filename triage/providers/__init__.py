"""What is known of the large mail providers, and of servers by what they say: facts in a table, and its look-up.

The facts are in `providers.toml` and `oddities.toml`; `triage.discovery` uses them to find a mailbox's servers, `check`
to say what is odd about one. Nothing here touches the network.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from triage.providers import table
from triage.providers.table import oddities, providers
from triage.providers.values import Endpoint, Oddity, Provider

__all__ = [
    "ODDITIES",
    "Endpoint",
    "Oddity",
    "Provider",
    "of_domain",
    "of_host",
    "of_mx",
    "of_server",
    "providers",
    "without_imap",
]

ODDITIES: Mapping[str, Oddity] = MappingProxyType({oddity.key: oddity for oddity in oddities()})
"""Every known oddity by its key."""


def of_domain(domain: str) -> Provider | None:
    """The provider whose addresses end in this domain (any case; a full stop at the end is no matter)."""
    wanted = _plain(domain)
    return next((one for one in providers() if wanted in one.domains), None)


def without_imap(domain: str) -> str:
    """A sentence for those whose provider has no IMAP, so that no program like this one can read their mail; or ""."""
    name = table.without_imap().get(_plain(domain))
    return f"{name} has no IMAP: no program but its own can read mail there, triage neither." if name else ""


def of_host(host: str) -> Provider | None:
    """The provider whose IMAP or SMTP server has this name; an address such as 127.0.0.1 tells nothing."""
    wanted = _plain(host)
    return next((one for one in providers() if wanted in _hosts(one)), None)


def of_mx(mx_host: str) -> Provider | None:
    """The provider that takes the mail of a domain with this MX host."""
    wanted = _plain(mx_host)
    return next((one for one in providers() if any(_ends_in(wanted, end) for end in one.mx)), None)


def of_server(capabilities: Collection[str], ident: Mapping[str, str]) -> Provider | None:
    """The kind of server that says this of itself: its capabilities (RFC 9051) and its answer to ID (RFC 2971)."""
    told = {capability.upper() for capability in capabilities}
    name = next((value.lower() for key, value in ident.items() if key.lower() == "name"), "")
    fitting = (one for one in providers() if _says(one, told, name))
    return next(fitting, None)


def _hosts(one: Provider) -> set[str]:
    if one.own_certificate:
        return set()  # It answers at 127.0.0.1, as any server on this machine may.
    return {one.imap.host, *one.hosts, *((one.smtp.host,) if one.smtp else ())} - {""}


def _says(one: Provider, told: set[str], name: str) -> bool:
    return bool(told & set(one.capabilities)) or any(part in name for part in one.ident if name)


def _plain(name: str) -> str:
    return name.strip().rstrip(".").lower()


def _ends_in(host: str, suffix: str) -> bool:
    return host == suffix or host.endswith(f".{suffix}")
