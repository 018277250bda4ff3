"""Servers by a document: of the domain itself, or of Thunderbird's public database where the person allows that."""

from __future__ import annotations

from collections.abc import Iterable

from triage.discovery import document, naming, web
from triage.discovery.document import Offered
from triage.discovery.network import Network
from triage.discovery.values import Address, Found, Source, UnreachableError
from triage.providers import Endpoint, of_host
from triage.wire.poll import Deadline

ISPDB = "autoconfig.thunderbird.net"
_LONGEST_USER = 255


def own_places(domain: str) -> list[str]:
    """Where a domain may have its document.

    The draft has `?emailaddress=` behind the first of them. It is left out: the host need not learn who is asking.
    """
    return [
        f"https://autoconfig.{domain}/mail/config-v1.1.xml",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    ]


def ispdb_place(domain: str) -> str:
    """Where the database has the document for a domain."""
    return f"https://{ISPDB}/v1.1/{domain}"


def look(network: Network, place: str, address: Address, source: Source, deadline: Deadline) -> Found:
    """What the document at this place says. Raises UnreachableError where there is none that can be used."""
    offered = document.servers(web.fetch(network, place, deadline))
    imap, told = _first(network, "imap", offered, address, deadline)
    try:
        smtp, posting = _first(network, "smtp", offered, address, deadline)
    except UnreachableError:
        smtp, posting = None, None
    provider = of_host(imap.host)
    return Found(
        imap,
        smtp,
        _user(told.user, address),
        _user(posting.user if posting else told.user, address),
        provider,
        _HOW[source],
        source,
        provider.sign_in if provider else told.ways,
    )


_HOW = {
    Source.AUTOCONFIG: "the autoconfig document of the domain",
    Source.ISPDB: "Thunderbird's public database of mail providers",
}


def _first(
    network: Network, kind: str, offered: Iterable[Offered], address: Address, deadline: Deadline
) -> tuple[Endpoint, Offered]:
    """The best server of this kind that is on the public Internet."""
    trouble = UnreachableError(f"it names no {kind.upper()} server that can be used")
    for one in offered:
        if one.kind != kind:
            continue
        try:
            # The domain only: a name of a host is asked for, and with it everybody on the way learns what is in it.
            host = naming.host(one.host.replace("%EMAILDOMAIN%", address.domain))
            network.addresses(host, deadline)
            return Endpoint(host, one.port, one.tls), one
        except UnreachableError as error:
            trouble = error
    raise trouble


def _user(pattern: str, address: Address) -> str:
    words = {"%EMAILADDRESS%": str(address), "%EMAILLOCALPART%": address.local, "%EMAILDOMAIN%": address.shown}
    user = pattern
    for word, value in words.items():
        user = user.replace(word, value)
    usable = user and user.isprintable() and len(user) <= _LONGEST_USER and "%EMAIL" not in user
    return user if usable else str(address)
