"""The example file and the code say the same: every setting, every default, and nothing besides."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from triage.config.load import load, parse
from triage.config.locate import EXAMPLE
from triage.config.table import Table
from triage.config.tables import TABLES, TABLES_WITHIN, kind

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "config.example.toml").read_text(encoding="utf-8")
SETTING = re.compile(r"#?([a-z_]+) = (.*?)(?:  +#.*)?")
HEADING = re.compile(r"#?(\[\[?([a-z.]+)\]\]?)")

WITHIN = {name.partition(".")[2] for name, _ in TABLES_WITHIN}
"""Settings that are tables of their own."""

Written = dict[tuple[str, str], dict[str, object]]


def written() -> Written:
    """Every setting of the example, commented out or not: by table and kind, then by key."""
    found: Written = {}
    name, settings = "", dict[str, object]()
    for line in TEXT.splitlines():
        if heading := HEADING.fullmatch(line):
            name, settings = heading[2], {}
        elif setting := SETTING.fullmatch(line):
            assert setting[1] not in settings, f"{name} {setting[1]} stands there twice"
            settings[setting[1]] = tomllib.loads(f"value = {setting[2]}")["value"]
        if name:
            found[name, str(settings.get("kind", ""))] = settings
            found.pop((name, ""), None) if settings.get("kind") else None
    return found


def of(name: str, table: type[Table]) -> dict[str, object]:
    return written()[name, kind(table)]


def ids(row: object) -> str:
    return row.__name__ if isinstance(row, type) else str(row)


def test_it_is_sound_as_it_stands() -> None:
    assert load(ROOT / "config.example.toml").reader.address == "me@example.org"


def test_the_installed_copy_is_the_same() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == TEXT


def test_no_table_is_left_out_or_invented() -> None:
    assert set(written()) == {(name, kind(table)) for name, table in (*TABLES, *TABLES_WITHIN)}


@pytest.mark.parametrize(("name", "table"), [*TABLES, *TABLES_WITHIN], ids=ids)
def test_no_setting_is_left_out_or_invented(name: str, table: type[Table]) -> None:
    assert set(of(name, table)) == set(table.model_fields) - WITHIN


@pytest.mark.parametrize(("name", "table"), TABLES_WITHIN, ids=ids)
def test_each_default_of_a_table_within_is_the_codes(name: str, table: type[Table]) -> None:
    defaults = {key: field.default for key, field in table.model_fields.items() if not field.is_required()}
    assert {key: value for key, value in of(name, table).items() if key in defaults} == {
        key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()
    }


def document(name: str, settings: dict[str, object]) -> str:
    """A file with `settings` in the table `name`, and the least of everything else around it."""
    least = {
        "reader": '[reader]\naddress = "me@example.org"\n',
        "mailbox": '[[mailbox]]\nhost = "imap.example.org"\n',
    }
    lines = "".join(f"{key} = {_toml(value)}\n" for key, value in settings.items())
    least[name] = f"{'[[mailbox]]' if name == 'mailbox' else f'[{name}]'}\n{lines}"
    if settings.get("kind") == "maildir":
        least.setdefault("courier", '[courier]\nkind = "maildir"\npath = "/mail"\n')
    return "".join(least.values())


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        str(value)
        if isinstance(value, int)
        else str(value).replace("'", '"')
        if isinstance(value, list)
        else f'"{value}"'
    )


DEFAULTS = [
    (name, table, key)
    for name, table in TABLES
    for key, field in table.model_fields.items()
    if not field.is_required() and key not in WITHIN
]


@pytest.mark.parametrize(("name", "table", "key"), DEFAULTS, ids=ids)
def test_each_default_it_names_is_the_codes(name: str, table: type[Table], key: str) -> None:
    """With the setting written as the example has it, and with it left out, the configuration is the same."""
    settings = of(name, table)
    least = {
        each: value for each, value in settings.items() if table.model_fields[each].is_required() or each == "kind"
    }
    without = {each: value for each, value in least.items() if each != key or kind(table) not in {"", "imap"}}
    assert parse(document(name, {**least, key: settings[key]}), "x") == parse(document(name, without), "x")


def test_all_defaults_taken_out_of_their_comments_change_nothing() -> None:
    settings = {(name, kind(table)): of(name, table) for name, table in TABLES if kind(table) in {"", "imap"}}
    text = "".join(
        f"{'[[mailbox]]' if name == 'mailbox' else f'[{name}]'}\n"
        + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
        for (name, _), table in settings.items()
    )
    assert parse(text, "x") == parse(TEXT, "x")
