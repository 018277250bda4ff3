"""Tells systemd how the service is doing (sd_notify(3)); says nothing where systemd does not listen."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from systemd_watchdog.systemd_watchdog import WatchDog

_PATIENCE = 1.0
"""Seconds to wait for a service manager that does not take our message."""
_MICRO = 1_000_000


class Notifier:
    """The service's line to systemd. No method raises or hangs: to be unheard is no reason to stop working."""

    def __init__(self, address: str | None = None) -> None:
        """`address` is the socket to talk to; without it $NOTIFY_SOCKET counts, and without that nothing is said."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(_PATIENCE)
        self._systemd = WatchDog(sock=self._socket, addr=address)

    @property
    def every(self) -> float | None:
        """Seconds between two signs of life, half of WatchdogSec (sd_watchdog_enabled(3)); None: nobody waits."""
        microseconds = os.environ.get("WATCHDOG_USEC", "")
        if not self._systemd.is_enabled or not microseconds.isdecimal() or not int(microseconds):
            return None
        return int(microseconds) / _MICRO / 2

    def ready(self) -> None:
        """The service has started: it is signed in, or keeps trying."""
        with suppress(OSError):
            self._systemd.ready()

    def status(self, text: str) -> None:
        """One line for `systemctl status`. Everyone on the machine may read it."""
        line = " ".join(text.split())  # a line end would begin another assignment, such as STOPPING=1
        with suppress(OSError):
            self._systemd.status(line[:200])

    def alive(self) -> None:
        """Work has gone on. To be called after real progress only, and well within WatchdogSec.

        Sent every time: the library's own pause between two messages follows the wall clock, and a clock set
        back would silence it until systemd kills us.
        """
        with suppress(OSError):
            self._systemd.notify()

    def stopping(self) -> None:
        """The service is on its way out; nothing can be said after this."""
        with suppress(OSError):
            self._systemd.status("Stopping\nSTOPPING=1")  # the library has no call for it; the protocol is lines
        self._socket.close()
