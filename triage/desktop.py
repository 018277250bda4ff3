"""A notice on the reader's desktop (the Desktop Notifications Specification), which says nothing private.

It may stand on a locked screen, with others around: so there is no company in it, no kind of answer, no address.
"""

from __future__ import annotations

import os
from contextlib import suppress
from enum import Enum

_SERVICE = "org.freedesktop.Notifications"
_PATIENCE = 2.0
"""Seconds for the desktop to answer."""


class Notice(Enum):
    """Everything that is ever shown."""

    LETTER = "There is a letter for you."
    NEEDS_YOU = "Something needs you. `triage status` says what."


class Desktop:
    """The desktop that this person is signed in to, if there is one."""

    def __init__(self, address: str | None = None) -> None:
        """`address`: the D-Bus to use; without it, that of the session."""
        self._address = address
        self._shown: dict[Notice, int] = {}

    def tell(self, notice: Notice) -> bool:
        """Show it, in place of an earlier one that says the same. False where there is no desktop. Never raises."""
        # Whatever a desktop, its bus, or the library has to say about it: no letter depends on this.
        with suppress(Exception):
            self._shown[notice] = self._notify(notice)
            return True
        return False

    def _notify(self, notice: Notice) -> int:
        """Call Notify; returns the number that the desktop gives it."""
        # With its protocol it is as large as all that waits here, and most people have this off.
        from jeepney import DBusAddress, new_method_call  # noqa: PLC0415
        from jeepney.io.blocking import open_dbus_connection  # noqa: PLC0415
        from jeepney.wrappers import unwrap_msg  # noqa: PLC0415

        where = DBusAddress("/org/freedesktop/Notifications", _SERVICE, _SERVICE)
        hints = {"category": ("s", "email.arrived"), "urgency": ("y", 1)}
        content: tuple[object, ...] = (
            "triage",
            self._shown.get(notice, 0),
            "mail-unread",
            "triage",
            notice.value,
            [],
            hints,
            -1,
        )
        call = new_method_call(where, "Notify", "susssasa{sv}i", content)
        with open_dbus_connection(self._bus(), auth_timeout=_PATIENCE) as connection:
            (number,) = unwrap_msg(connection.send_and_get_reply(call, timeout=_PATIENCE))
        return int(number)

    def _bus(self) -> str:
        """A service of the session may be without the variable, but the place is always the same (systemd)."""
        usual = f"unix:path={os.environ.get('XDG_RUNTIME_DIR') or f'/run/user/{os.getuid()}'}/bus"
        return self._address or os.environ.get("DBUS_SESSION_BUS_ADDRESS") or usual
