"""The way out: names and connections, each with a limit on its time, and none to a private network.

This room is the one place that talks to hosts nobody has configured yet. So a name counts only where all of its
addresses are public: an answer from outside cannot lead us to a router or to a server at work.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from triage.discovery.naming import IPAddress, is_public
from triage.discovery.values import Source, UnreachableError
from triage.wire import Server, tls
from triage.wire.poll import Deadline

_MOST_ADDRESSES = 4
"""Of one host, how many are tried."""


@dataclass(frozen=True, slots=True)
class Network:
    """How to get out. Without arguments: the machine's own name servers and authorities, and public addresses only."""

    places: frozenset[Source] = frozenset(Source) - {Source.ISPDB}
    """Where to look, apart from the table and the MX records. The public database only where the person has agreed."""
    patience: float = 5.0
    """Seconds for one answer."""
    total: float = 30.0
    """Seconds for everything."""
    nameserver: tuple[str, int] | None = None
    authority: Path | None = None
    """Certificates of an authority to trust instead of the usual ones."""
    ports: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    """Where another port than the usual one is to be tried."""
    allowed: Callable[[IPAddress], bool] = is_public

    def begin(self) -> Deadline:
        """From now on, there is so much time."""
        return Deadline(self.total)

    def records(self, name: str, kind: str, deadline: Deadline) -> list[str]:
        """The records of a name as text; none where it has none, or does not exist. Raises UnreachableError."""
        from dns import exception, resolver  # noqa: PLC0415  # takes long to load, and only discovery needs it

        try:
            asking = resolver.Resolver(configure=self.nameserver is None)
            if self.nameserver is not None:
                asking.nameservers, asking.port = [self.nameserver[0]], self.nameserver[1]
            answer = asking.resolve(f"{name}.", kind, lifetime=self._time(deadline), raise_on_no_answer=False)
        except resolver.NXDOMAIN:
            return []
        except exception.Timeout as error:
            raise UnreachableError("the name servers gave no answer") from error
        except (exception.DNSException, OSError, ValueError) as error:
            raise UnreachableError("the name servers could not say") from error
        return [record.to_text() for record in answer.rrset or ()]

    def addresses(self, host: str, deadline: Deadline) -> list[str]:
        """The addresses of a host. Raises UnreachableError where it has none, or any that is not public."""
        found = self.records(host, "A", deadline)
        try:
            found += self.records(host, "AAAA", deadline)
        except UnreachableError:  # Some name servers fail at these; what is there to go to has been told.
            if not found:
                raise
        if not found:
            raise UnreachableError(f"there is no host {host}")
        if not all(self.allowed(ipaddress.ip_address(one)) for one in found):
            raise UnreachableError(f"{host} is not on the public Internet, so it was not tried")
        return found[:_MOST_ADDRESSES]

    @contextlib.contextmanager
    def connection(self, host: str, port: int, deadline: Deadline) -> Iterator[socket.socket]:
        """A connection that is cut when the time is over, however slowly something still trickles in.

        Raises UnreachableError, also for what goes wrong while it is used.
        """
        addresses = self.addresses(host, deadline)
        line = self._connected(host, addresses, self.ports.get(port, port), deadline)
        with contextlib.ExitStack() as stack:
            spare = stack.enter_context(line.dup())
            stack.callback(line.close)
            over = threading.Event()
            cut = threading.Timer(self._time(deadline), _cut, [spare, over])
            cut.daemon = True
            cut.start()
            stack.callback(cut.join)
            stack.callback(cut.cancel)
            try:
                yield line
            except (OSError, EOFError) as error:
                raise UnreachableError(f"{host}:{port} {_wrong(error)}") from error
            if over.is_set():  # To who reads, this looks like an answer that has come to its end.
                raise UnreachableError(f"{host}:{port} took too long")

    def _connected(self, host: str, addresses: list[str], port: int, deadline: Deadline) -> socket.socket:
        trouble: OSError = TimeoutError()
        for address in addresses:
            try:
                return socket.create_connection((address, port), timeout=self._time(deadline))
            except OSError as error:
                trouble = error
        raise UnreachableError(f"{host}:{port} {_wrong(trouble)}") from trouble

    def protected(self, line: socket.socket, host: str) -> ssl.SSLSocket:
        """TLS on a connection, with certificate and name checked as for every sign-in later. Raises OSError."""
        rules = tls.context(Server(host, 0, "", ca_file=self.authority))
        return rules.wrap_socket(line, server_hostname=host)

    def _time(self, deadline: Deadline) -> float:
        left = min(self.patience, deadline.left())
        if left <= 0:
            raise UnreachableError("the time was over")
        return left


def _cut(line: socket.socket, over: threading.Event) -> None:
    over.set()
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _wrong(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"has a certificate that cannot be trusted ({error.verify_message.rstrip('.')})"
        case ssl.SSLError():
            return "does not speak TLS there"
        case ConnectionRefusedError():
            return "takes no connections"
    return "gave no answer"
