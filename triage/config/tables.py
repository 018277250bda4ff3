"""The tables of the file by name, so that a fault, or a test, can ask what a table takes."""

from __future__ import annotations

from pydantic.fields import FieldInfo

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
from triage.core.positions import Place

TABLES: tuple[tuple[str, type[Table]], ...] = (
    ("reader", ReaderConfig),
    ("mailbox", ImapMailboxConfig),
    ("mailbox", MaildirMailboxConfig),
    ("letters", LettersConfig),
    ("courier", ImapCourierConfig),
    ("courier", SmtpCourierConfig),
    ("courier", MaildirCourierConfig),
    ("drafts", DraftsConfig),
    ("store", StoreConfig),
    ("privacy", PrivacyConfig),
    ("service", ServiceConfig),
)
"""A table of several kinds has one row for each."""

TABLES_WITHIN: tuple[tuple[str, type[Table]], ...] = (("mailbox.oauth", OAuthConfig), ("courier.oauth", OAuthConfig))
"""Tables of their own within one of those."""

_KIND_AT = {"mailbox": 2, "courier": 1}
"""Where pydantic puts the kind into a location: after the index of a mailbox, at once for the courier."""


def place_of(location: Place) -> Place:
    """Where a fault stands in the file: pydantic's location without the kind, which is no key there."""
    at = _KIND_AT.get(str(location[0]), len(location))
    return (*location[:at], *location[at + 1 :])


def table_of(location: Place) -> type[Table]:
    """The table a fault lies in; `Config` itself where it lies in none, or in one of unknown kind."""
    at = _KIND_AT.get(str(location[0]))
    if len(location) == 1 or (at is not None and len(location) <= at):
        return Config
    rows = [table for name, table in TABLES if name == location[0]]
    if within(place_of(location)):
        return OAuthConfig
    return rows[0] if at is None else next(table for table in rows if kind(table) == location[at])


def within(place: Place) -> str:
    """The name of the table within a table that a place lies in, such as "mailbox.oauth"; empty where it is none."""
    keys = [part for part in place[:-1] if isinstance(part, str)]
    name = ".".join(keys[:2])
    return name if any(name == inner for inner, _ in TABLES_WITHIN) else ""


def kind(table: type[Table]) -> str:
    """The `kind` a table is for, empty where there is only one."""
    field = table.model_fields.get("kind")
    return str(field.default) if field else ""


def field_of(table: type[Table], key: str) -> FieldInfo:
    """The setting called `key` in the file."""
    fields = table.model_fields
    return fields["mailboxes"] if table is Config and key == "mailbox" else fields[key]


def owners(key: str) -> tuple[tuple[str, type[Table]], ...]:
    """The tables that take a setting called `key`."""
    return tuple((name, table) for name, table in (*TABLES, *TABLES_WITHIN) if key in table.model_fields)


def heading(name: str) -> str:
    """How the table's heading is written."""
    return "[[mailbox]]" if name == "mailbox" else f"[{name}]"
