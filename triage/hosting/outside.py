"""Is a server that a member names one of the world outside, and no neighbour of our own machines?

Asked when they enrol. A name may lead elsewhere later: so workers belong behind a firewall that lets them reach the
outside only.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from triage.config.values import Config, SmtpCourier
from triage.errors import InputError

Resolve = Callable[[str], Iterable[str]]
"""The addresses that a name leads to; none where it leads nowhere just now."""


def require_outside(config: Config, resolve: Resolve | None = None) -> None:
    """Raise InputError where a server of this configuration is none. One that is not found is left to the sign-in."""
    for host in dict.fromkeys(_hosts(config)):
        if not all(_is_global(one) for one in (resolve or addresses)(host)):
            raise InputError(f"{host} leads to a machine that the world cannot reach, and so it is no mail server.")


def addresses(host: str) -> Iterable[str]:
    """As this machine finds them."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)]
    except (OSError, UnicodeError):
        return []


def _hosts(config: Config) -> Iterator[str]:
    for table in (*config.imap_mailboxes, *([config.courier] if isinstance(config.courier, SmtpCourier) else ())):
        yield table.host
        if told := table.oauth:
            urls = (told.authorize_url, told.token_url, told.device_url, told.revoke_url)
            yield from (urlsplit(url).hostname or "" for url in urls if url)


def _is_global(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast
