"""The store that is there, for commands that look into it or change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.cli.settings import Settings
from triage.errors import InputError
from triage.store.folder import FILE

if TYPE_CHECKING:
    from triage.store import Store


def existing(settings: Settings) -> Store:
    """The store as it is. Raises InputError where the service has never run: looking must not create one."""
    if not (settings.store_folder / FILE).exists():
        raise InputError(f"There is no log in {settings.store_folder} yet: start with `triage poll` or `triage run`.")
    from triage.store import Store

    return Store(settings.store_folder, settings.cipher)
