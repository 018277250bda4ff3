"""Credentials that systemd gives to a service (systemd.exec(5), "Credentials")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def credential(names: Sequence[str], environ: Mapping[str, str]) -> Path | None:
    """The first of the named credentials that the service was given."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    return next((path for path in (Path(folder) / name for name in names) if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() or path.is_symlink()  # a link that leads nowhere is still no reason to look elsewhere
    except OSError:  # the folder of another service, inherited with the environment: nothing in it is for us
        return False
