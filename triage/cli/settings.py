"""What every command is given: where the configuration is, read when it is first needed."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from triage.cli.apart import apart
from triage.config.locate import find, store_folder
from triage.config.text import decoded, read

if TYPE_CHECKING:
    from triage.config.values import Config
    from triage.store.cipher import Cipher


class Settings:
    """The options that stand before the command."""

    def __init__(self, explicit: Path | None, *, verbose: bool = False, debug: bool = False) -> None:
        self.explicit = explicit
        self.verbose = verbose
        self.debug = debug

    @cached_property
    def path(self) -> Path:
        """The configuration file. Raises ConfigError where there is none."""
        return find(self.explicit, os.environ)

    @cached_property
    def text(self) -> bytes:
        """The file as it is. Raises ConfigError where it cannot be read."""
        return read(self.path)

    @cached_property
    def config(self) -> Config:
        """The configuration. Raises ConfigError with everything that is wrong with it."""
        from triage.config.load import parse

        return parse(decoded(self.text, self.path), str(self.path))

    def read_apart(self) -> None:
        """Read the configuration now, without keeping what is only needed for that. Raises ConfigError.

        For a program that runs on and on, before it has any thread.
        """
        self.config = apart(lambda: self.config)

    def read_afresh(self) -> None:
        """The same for one that has threads by now. Raises ConfigError."""
        from triage.cli import afresh

        if found := afresh.read(decoded(self.text, self.path), str(self.path)):
            self.config = found

    @cached_property
    def store_folder(self) -> Path:
        return store_folder(self.config.store.path, os.environ)

    @cached_property
    def cipher(self) -> Cipher:
        """How the store is read and written. Raises CredentialError where the key is missing."""
        return cipher(encrypted=self.config.store.encrypted)


def cipher(*, encrypted: bool) -> Cipher:
    """How such a store is read and written. Raises CredentialError where the key is missing."""
    if encrypted:
        from triage.cli import key

        return key.kept()
    from triage.store.cipher import PLAIN

    return PLAIN
