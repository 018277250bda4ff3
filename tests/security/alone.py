"""Runs tests in a network that has no way out: `unshare --net python -m tests.security.alone TEST...`."""

from __future__ import annotations

import fcntl
import socket
import struct
import sys

import pytest

_SET_FLAGS = 0x8914  # SIOCSIFFLAGS, netdevice(7)
_UP = 0x1
CANNOT = 77
"""The exit code where there is a way out after all, or no way in."""


def main(tests: list[str]) -> int:
    """0 where all pass."""
    if socket.if_nameindex() != [(1, "lo")]:
        return CANNOT
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        if probe.connect_ex(("192.0.2.1", 9)) == 0:
            return CANNOT
    return int(pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", *tests]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
