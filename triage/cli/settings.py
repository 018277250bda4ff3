"""What every command is given: where the configuration is, read when it is first needed."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from triage.config.locate import find, store_folder

if TYPE_CHECKING:
    from triage.config.model import Config
    from triage.store.cipher import Cipher


class Settings:
    """The options that stand before the command."""

    def __init__(self, explicit: Path | None, *, debug: bool = False) -> None:
        self.explicit = explicit
        self.debug = debug

    @cached_property
    def path(self) -> Path:
        """The configuration file. Raises ConfigError where there is none."""
        return find(self.explicit, os.environ)

    @cached_property
    def config(self) -> Config:
        """The configuration. Raises ConfigError with everything that is wrong with it."""
        from triage.config.load import load

        return load(self.path)

    @cached_property
    def store_folder(self) -> Path:
        return store_folder(self.config.store.path, os.environ)

    @cached_property
    def cipher(self) -> Cipher:
        """How the store is read and written. Raises CredentialError where the key is missing."""
        from triage.cli import key
        from triage.store.cipher import PLAIN

        return key.kept() if self.config.store.encrypted else PLAIN
