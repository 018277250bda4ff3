"""Finding the servers for an address, before there is a configuration: by what is known, what is published, and trying.

The order is the table of large providers, the hosts that take the domain's mail (MX) compared with the table, the
domain's own autoconfig document, the public database (only where the person has agreed), the domain's SRV records, and
at last the usual names. Nobody is told more than the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from triage.core.domains import organisation
from triage.discovery import autoconfig, guess, naming, records
from triage.discovery.network import Network
from triage.discovery.values import Address, Found, Source, UnreachableError
from triage.providers import of_domain, without_imap
from triage.wire.poll import Deadline

__all__ = ["Found", "Network", "Source", "discover", "explain"]

Tell = Callable[[str], None]
Step = Callable[[], Found | None]


def discover(address: str, network: Network, tell: Tell) -> Found | None:
    """The servers for an address, or None. `tell` gets a sentence before each step that leaves this machine, and after.

    Raises nothing for a network that cannot be reached, or for anything that is said there: it is told, and the next
    step is taken.
    """
    try:
        parts = naming.address(address)
    except UnreachableError as error:
        tell(f"{error}.")
        return None
    if (none := without_imap(parts.domain)) != "":
        tell(none)
        return None
    if (provider := of_domain(parts.domain)) is not None:
        return records.from_table(provider, parts, "triage's own table of providers", Source.TABLE)
    return _first(_steps(parts, network, network.begin()), tell)


def explain(found: Found) -> str:
    """One line that says where the servers are and how they were found."""
    protection = "TLS" if found.imap.tls == "implicit" else "STARTTLS"
    return f"{found.imap.host}, port {found.imap.port} with {protection}; found in {found.how}."


def _first(steps: Iterator[tuple[str, Step]], tell: Tell) -> Found | None:
    for saying, step in steps:
        tell(saying)
        try:
            found = step()
        except UnreachableError as error:
            tell(f"  Nothing found: {error}.")
            continue
        if found is not None:
            tell(f"  {explain(found)}")
            return found
        tell("  Nothing found.")
    return None


def _steps(address: Address, network: Network, deadline: Deadline) -> Iterator[tuple[str, Step]]:
    """Each step with the sentence that announces it, in the order in which they are taken."""
    domain, hosts = address.domain, list[str]()

    def by_mail_host() -> Found | None:
        hosts.extend(records.mail_hosts(network, domain, deadline))
        return records.by_mail_host(address, hosts)

    def by_document(place: str, source: Source) -> Step:
        return lambda: autoconfig.look(network, place, address, source, deadline)

    yield f"Asking the name servers who takes the mail of {address.shown} ...", by_mail_host
    if Source.AUTOCONFIG in network.places:
        for place in autoconfig.own_places(domain):
            yield f"Asking {place} ...", by_document(place, Source.AUTOCONFIG)
    if Source.ISPDB in network.places:
        for place in map(autoconfig.ispdb_place, _known_as(domain, hosts)):
            yield f"Asking {place} ...", by_document(place, Source.ISPDB)
    if Source.SRV in network.places:
        saying = f"Asking the name servers where {address.shown} says that its servers are ..."
        yield saying, lambda: records.by_srv(network, address, deadline)
    if Source.GUESS in network.places:
        tried = ", ".join(dict.fromkeys(one.host for one in guess.candidates(domain)))
        yield f"Trying {tried} ...", lambda: guess.by_trying(network, address, deadline)


def _known_as(domain: str, hosts: list[str]) -> list[str]:
    """The domain, and the one of the hosts that take its mail."""
    return list(dict.fromkeys([domain, *(name for host in hosts[:1] if (name := organisation(host)))]))
