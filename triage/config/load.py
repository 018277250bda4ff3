"""Reads the configuration file. Whatever is wrong with it is found in one go and told in one ConfigError."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from triage.config import values
from triage.config.couriers import ImapCourierConfig, MaildirCourierConfig, SmtpCourierConfig
from triage.config.mailboxes import ImapMailboxConfig, MaildirMailboxConfig
from triage.config.model import (
    Config,
    DraftsConfig,
    LettersConfig,
    PrivacyConfig,
    ReaderConfig,
    ServiceConfig,
    StoreConfig,
)
from triage.config.oauth import OAuthConfig
from triage.config.table import Table
from triage.config.text import decoded, read
from triage.errors import ConfigError


def load(path: Path) -> values.Config:
    """The configuration in the file at `path`. Raises ConfigError, with every fault found in it."""
    return parse(decoded(read(path), path), str(path))


def parse(text: str, name: str) -> values.Config:
    """The configuration written in `text`; errors call the file `name`. Raises ConfigError."""
    settings, fault = _toml(text)
    if fault:
        raise ConfigError(f"{name}: {fault}")
    try:
        found: values.Config = plain(Config.model_validate(settings))
        return found
    except ValidationError as error:
        from triage.config.problems import problems  # noqa: PLC0415  # most configurations have none

        faults = problems(error.errors(include_url=False), text, name)
    # Outside the except block: pydantic's error holds what was written, and must not travel along with ours.
    raise ConfigError(*faults)


_VALUES: Mapping[type[Table], Any] = {
    Config: values.Config,
    ReaderConfig: values.Reader,
    ImapMailboxConfig: values.ImapMailbox,
    MaildirMailboxConfig: values.MaildirMailbox,
    LettersConfig: values.Letters,
    ImapCourierConfig: values.ImapCourier,
    SmtpCourierConfig: values.SmtpCourier,
    OAuthConfig: values.OAuth,
    MaildirCourierConfig: values.MaildirCourier,
    DraftsConfig: values.Drafts,
    StoreConfig: values.Store,
    PrivacyConfig: values.Privacy,
    ServiceConfig: values.Service,
}


def plain(table: Any) -> Any:
    """A table, or a tuple of tables, as the plain value that it becomes; anything else as it is."""
    if isinstance(table, tuple):
        return tuple(map(plain, table))
    if not isinstance(table, Table):
        return table
    value = _VALUES[type(table)]
    return value(**{field.name: plain(getattr(table, field.name)) for field in fields(value)})


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
