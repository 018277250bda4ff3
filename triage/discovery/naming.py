"""Addresses and host names: checked, and in the form that DNS uses (IDNA 2008)."""

from __future__ import annotations

import ipaddress
import re

import idna

from triage.discovery.values import Address, UnreachableError

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\\x00-\x1f\x7f]{1,64}")
_LONGEST = 253
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def address(text: str) -> Address:
    """The parts of an address. Raises UnreachableError for what is none with a domain."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        raise UnreachableError(f"{text.strip()[:80]!r} is no address such as name@example.org")
    return Address(local, host(domain), domain.strip().rstrip(".").lower())


def host(text: str) -> str:
    """A name with at least one dot, as DNS has it. Raises UnreachableError for all else, numbers of hosts included."""
    name = text.strip().rstrip(".").lower()
    try:
        if not name.isascii():
            name = idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise UnreachableError(f"{text[:80]!r} is no name of a host") from None
    labels = name.split(".")
    fine = len(labels) > 1 and len(name) <= _LONGEST and all(_LABEL.fullmatch(label) for label in labels)
    if not fine or labels[-1].isdigit():
        raise UnreachableError(f"{text[:80]!r} is no name of a host")
    return name


def is_public(address: IPAddress) -> bool:
    """Can this be a server on the Internet, and not one of this machine or of a network at home or at work?"""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def is_within(name: str, domain: str) -> bool:
    """Is the host of this domain, so that whoever has the domain has the host?"""
    return name == domain or name.endswith(f".{domain}")
