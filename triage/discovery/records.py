"""Servers by DNS: who takes the domain's mail (MX), and where it says that its servers are (RFC 6186, RFC 8314)."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from triage.discovery import naming
from triage.discovery.network import Network
from triage.discovery.values import Address, Found, Source, UnreachableError
from triage.providers import Endpoint, Provider, of_host, of_mx
from triage.wire.poll import Deadline

_IMAP = (("_imaps", "implicit"), ("_imap", "starttls"))
_MOST = 6
"""Hosts of one kind that are looked at."""
_SMTP = (("_submissions", "implicit"), ("_submission", "starttls"))


def mail_hosts(network: Network, domain: str, deadline: Deadline) -> list[str]:
    """The hosts that take mail for a domain, the preferred one first. Raises UnreachableError."""
    records = (record.split() for record in network.records(domain, "MX", deadline))
    ordered = sorted(((int(preference), name) for preference, name in records), key=itemgetter(0))
    return [host for _, name in ordered if (host := _host(name))]


def by_mail_host(address: Address, hosts: Iterable[str]) -> Found | None:
    """The servers of the provider that these hosts belong to; None where it is not in the table."""
    for host in hosts:
        if (provider := of_mx(host)) is not None:
            how = f"triage's own table: the mail of {address.shown} is taken by {provider.name}"
            return from_table(provider, address, how, Source.MX)
    return None


def from_table(provider: Provider, address: Address, how: str, source: Source) -> Found:
    """What the table says, for this address."""
    user, smtp_user = address.user(provider.user), address.user(provider.smtp_user)
    return Found(provider.imap, provider.smtp, user, smtp_user, provider, how, source, provider.sign_in)


def by_srv(network: Network, address: Address, deadline: Deadline) -> Found | None:
    """The servers that the domain's own records name; None where there are none. Raises UnreachableError."""
    imap = _service(network, address.domain, _IMAP, deadline)
    if imap is None:
        return None
    try:
        smtp = _service(network, address.domain, _SMTP, deadline)
    except UnreachableError:
        smtp = None
    provider, user = of_host(imap.host), str(address)
    how = f"the SRV records of {address.shown}"
    ways = provider.sign_in if provider else ("password",)
    ask = "" if provider else _question(imap, address)
    return Found(imap, smtp, user, user, provider, how, Source.SRV, ways, ask)


def _question(imap: Endpoint, address: Address) -> str:
    """RFC 6186, section 6: a record can be forged, and then it names a host that somebody else has."""
    if naming.is_within(imap.host, address.domain):
        return ""
    return (
        f"The name servers say that the mail of {address.shown} is kept at {imap.host}, which is another domain. "
        "Is that the company that keeps your mail?"
    )


def _service(network: Network, domain: str, services: Iterable[tuple[str, str]], deadline: Deadline) -> Endpoint | None:
    """The first server of the first of these services that the domain has."""
    trouble: UnreachableError | None = None
    for label, tls in services:
        for host, port in _targets(network, f"{label}._tcp.{domain}", deadline):
            try:
                network.addresses(host, deadline)
                return Endpoint(host, port, tls)
            except UnreachableError as error:
                trouble = error
    if trouble is not None:
        raise trouble
    return None


def _targets(network: Network, name: str, deadline: Deadline) -> list[tuple[str, int]]:
    """Hosts and ports, in the order of RFC 2782, but of equals the heavier always first."""
    records = (record.split() for record in network.records(name, "SRV", deadline))
    found = ((int(priority), -int(weight), target, int(port)) for priority, weight, port, target in records)
    named = [(host, port) for _, _, target, port in sorted(found) if port and (host := _host(target))]
    return named[:_MOST]


def _host(name: str) -> str:
    """A host as it stands in a record; empty for "." (there is none) and for what is no host name."""
    try:
        return naming.host(name)
    except UnreachableError:
        return ""
