"""Places on this machine: ports that nobody uses, and a name that no certificate has."""

from __future__ import annotations

import socket

UNNAMED = "127.1"
"""Another way to write 127.0.0.1 that stands in no certificate, and needs no name server and no hosts file."""


def free_port() -> int:
    """A port that was free a moment ago; test processes that run side by side are unlikely to be given the same."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
