"""What `triage status` needs of the configuration, read without pydantic, which takes longer to load than all else.

Nothing is checked here. So an outline counts only where the very same text has passed `load` before: `seal` names such
a text, and the service keeps that name in its store.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from triage import __version__
from triage.core.letter import Cadence

_SETTINGS = {
    "hour": "hour",
    "quiet_from": "quiet_from",
    "quiet_to": "quiet_to",
    "weekends": "weekends",
    "most_per_day": "most_per_day",
    "most_per_week": "most_per_week",
    "weekly": "weekly",
    "before_days": "before_days",
    "after_talk": "after",
    "taper_weeks": "taper_weeks",
}
"""The settings under [letters] that make a cadence, and what each is called there."""


@dataclass(frozen=True, slots=True)
class Outline:
    """When letters may come, the mailboxes by name, and where the store is; None: where it usually is."""

    cadence: Cadence
    mailboxes: tuple[str, ...]
    store: Path | None
    encrypted: bool


def seal(text: bytes) -> str:
    """Names a text, for this version of the program: what another version has found good, this one may not."""
    return hashlib.sha256(f"{__version__}\n".encode() + text).hexdigest()


def outline(text: bytes) -> Outline | None:
    """What the configuration says, if it is a good one; None where that takes a closer look."""
    try:
        return _outline(tomllib.loads(text.decode("utf-8-sig")))
    except (ValueError, LookupError, TypeError, AttributeError, OSError, RuntimeError):
        return None  # as the full reading will say, in plain words


def _outline(settings: Mapping[str, Any]) -> Outline:
    store = settings.get("store", {})
    path = store.get("path", "")
    return Outline(
        cadence(settings.get("letters", {}), zone(settings["reader"].get("time_zone", ""))),
        tuple(map(_name, settings["mailbox"])),
        Path(path).expanduser() if path else None,
        store.get("encrypted", False),
    )


def zone(name: str) -> ZoneInfo:
    """The time zone of this name, or this machine's. Raises LookupError, ValueError or OSError where there is none."""
    if name:
        return ZoneInfo(name)
    import tzlocal  # noqa: PLC0415  # most people write theirs down

    return tzlocal.get_localzone()


def cadence(letters: Mapping[str, Any], zone: ZoneInfo) -> Cadence:
    """When letters may come, by the settings under [letters]; what is not said there is as usual."""
    return Cadence(zone, **{ours: _value(letters[name]) for name, ours in _SETTINGS.items() if name in letters})


def _value(written: Any) -> Any:
    return time.fromisoformat(written) if isinstance(written, str) else written


def _name(mailbox: Mapping[str, Any]) -> str:
    if name := mailbox.get("name", ""):
        return str(name)
    maildir = mailbox.get("kind", "imap") == "maildir"
    return as_name(Path(mailbox["path"]).expanduser().name if maildir else mailbox["host"])


def as_name(text: str) -> str:
    """What a mailbox without a name is called: as `fields.Name` demands, for it is part of a credential's file name."""
    return re.sub(r"[^!-~]|[/:]", "-", text)[:64] or "mailbox"
