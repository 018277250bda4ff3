"""How a connection is protected: TLS with certificate and host name checked, or plain text to this very machine."""

from __future__ import annotations

import ipaddress
import ssl
from functools import lru_cache
from pathlib import Path

from triage.errors import ConfigError
from triage.wire import Server, Tls


def context(server: Server) -> ssl.SSLContext:
    """The rules for TLS with this server. With a `ca_file`, certificates of that authority only are accepted.

    The same for all servers with the same authorities, until these change: it holds a megabyte of certificates.
    Raises ConfigError where the file cannot be used.
    """
    try:
        return _rules(server.ca_file, _stamp(server.ca_file))
    except OSError as error:  # ssl.SSLError is one of these
        raise ConfigError(
            f"ca_file {server.ca_file} cannot be used ({error.strerror or error}): "
            "give a readable file of certificates in PEM format."
        ) from error


@lru_cache(8)
def _rules(authority: Path | None, _stamp: tuple[int, ...]) -> ssl.SSLContext:
    rules = ssl.create_default_context(cafile=authority)
    rules.minimum_version = ssl.TLSVersion.TLSv1_2
    return rules


def _stamp(authority: Path | None) -> tuple[int, ...]:
    """When the certificates were last written, as far as that can be seen."""
    if authority is not None:
        seen = authority.stat()
        return seen.st_mtime_ns, seen.st_size, seen.st_ino
    usual = ssl.get_default_verify_paths()
    places = (Path(place) for place in (usual.cafile, usual.capath) if place)
    return tuple(place.stat().st_mtime_ns for place in places if place.exists())


def guard(server: Server) -> None:
    """Raise ConfigError where the password would cross a network in plain text."""
    if server.tls is Tls.NONE and not _is_this_machine(server.host):
        raise ConfigError(
            f'{server.host}: tls = "none" would send your password readable for others. '
            'Set tls to "implicit" or "starttls"; "none" is for this machine (127.0.0.1) only.'
        )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # A name. It may resolve to anything, tomorrow differently.
        return False
