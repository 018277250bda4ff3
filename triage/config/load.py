"""Reads the configuration file. Whatever is wrong with it is found in one go and told in one ConfigError."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from triage.config.model import Config
from triage.config.problems import problems
from triage.errors import ConfigError

_LARGEST = 256 * 1024
"""Bytes. Nobody writes so much by hand; a wrong path may lead to a file of any size."""


def load(path: Path) -> Config:
    """The configuration in the file at `path`. Raises ConfigError, with every fault found in it."""
    return parse(_text(path), str(path))


def parse(text: str, name: str) -> Config:
    """The configuration written in `text`; errors call the file `name`. Raises ConfigError."""
    settings, fault = _toml(text)
    if fault:
        raise ConfigError(f"{name}: {fault}")
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        found = problems(error.errors(include_url=False), text, name)
    # Outside the except block: pydantic's error holds what was written, and must not travel along with ours.
    raise ConfigError(*found)


def _toml(text: str) -> tuple[dict[str, object], str]:
    """The parsed text and, where it cannot be used at all, the reason."""
    try:
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, f'this is not TOML: {error}. Texts need quotation marks, as in name = "Ada".'
    except RecursionError:
        return {}, "this is nested far too deeply to be a configuration."
    except ValueError:  # a number of more digits than Python is willing to read
        return {}, "a number in it is far too long."
    return (
        settings,
        "" if settings else "the file holds no settings; config.example.toml shows what to write.",
    )


def _text(path: Path) -> str:
    try:
        data = _bytes(path)
    except IsADirectoryError:
        raise ConfigError(f"{path}: this is a folder; name the configuration file in it.") from None
    except OSError as error:
        raise ConfigError(f"{path}: the configuration cannot be read: {error.strerror}.") from None
    if len(data) > _LARGEST:
        raise ConfigError(f"{path}: the file is too large to be a configuration; is this the right one?")
    try:
        return data.decode("utf-8-sig")  # some editors put a byte order mark in front
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: the file is not UTF-8 text; save it as UTF-8 in your editor.") from None


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)
