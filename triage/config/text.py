"""The bytes of the configuration file, read once."""

from __future__ import annotations

from pathlib import Path

from triage.errors import ConfigError

_LARGEST = 256 * 1024
"""Bytes. Nobody writes so much by hand; a wrong path may lead to a file of any size."""


def read(path: Path) -> bytes:
    """What stands in the file at `path`. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except IsADirectoryError:
        raise ConfigError(f"{path}: this is a folder; name the configuration file in it.") from None
    except OSError as error:
        raise ConfigError(f"{path}: the configuration cannot be read: {error.strerror}.") from None
    if len(data) > _LARGEST:
        raise ConfigError(f"{path}: the file is too large to be a configuration; is this the right one?")
    return data


def decoded(data: bytes, path: Path) -> str:
    """The same as text. Raises ConfigError."""
    try:
        return data.decode("utf-8-sig")  # some editors put a byte order mark in front
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: the file is not UTF-8 text; save it as UTF-8 in your editor.") from None
