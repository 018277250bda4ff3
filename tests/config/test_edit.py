"""Settings are changed, and everything else stays: comments, order, and every other value."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.config.edit import BEFORE, Setting, Value, edited, keep, without_empty
from triage.config.locate import EXAMPLE
from triage.errors import ConfigError

TEXT = EXAMPLE.read_text(encoding="utf-8")
OWN = """\
# my settings
reader.address = "ada@example.org" # mine
reader.name = 'Ada'

[[mailbox]] # the first
host = "imap.example.org"
#port = 1993
folders = [
    "INBOX", # all of it
    "Jobs",
]

# about the second
[[mailbox]]
host = "imap.example.net"
name = "work"
"""

SHORT = TEXT.partition("\n# Or: a mailbox that another program")[0]
DEFAULTS = frozenset(line for line in TEXT.splitlines() if line.startswith("#") and " = " in line)
PLACES: list[tuple[str | int, ...]] = [
    ("reader", "address"),
    ("reader", "name"),
    ("reader", "time_zone"),
    ("mailbox", 0, "host"),
    ("mailbox", 0, "port"),
    ("mailbox", 0, "folders"),
    ("mailbox", 1, "name"),
    ("mailbox", 1, "oauth", "client_id"),
    ("courier", "kind"),
    ("letters", "weekends"),
    ("privacy", "keep_feedback"),
]
VALUES = st.one_of(st.text(max_size=12), st.integers(-99, 70000), st.booleans(), st.just("a # b"), st.none())


def comments(text: str) -> list[str]:
    """The lines that are comments, but for the defaults of the example, whose place a setting may take."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line.startswith("#") and line not in DEFAULTS]


def said(text: str, changes: list[Setting]) -> dict[str, object]:
    """What a file would say with these settings, by plain dictionaries."""
    everything = tomllib.loads(text)
    for change in changes:
        name, *between, key = change.place
        assert isinstance(name, str)
        if change.value is not None:
            everything.setdefault(name, [{}] if between else {})
        tables = everything.get(name, [])
        if between:
            at = int(between[0])
            tables += [{}] * (change.value is not None and at == len(tables))
            tables = tables[at] if at < len(tables) else {}
        for inner in between[1:]:
            tables = tables.setdefault(inner, {}) if change.value is not None else tables.get(inner, {})
        if change.value is None:
            if key in tables:
                del tables[key]
        else:
            tables[key] = change.value
    return everything


@pytest.mark.parametrize("text", [SHORT, OWN, OWN.replace("\n", "\r\n")], ids=["example", "own", "own, CRLF"])
@given(changes=st.lists(st.builds(Setting, st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
@settings(deadline=None, max_examples=25)
def test_what_is_set_is_said_and_nothing_else_changes(text: str, changes: list[Setting]) -> None:
    changed = edited(text, changes)
    assert without_empty(tomllib.loads(changed)) == without_empty(said(text, changes))
    assert comments(changed) == comments(text)


def test_a_comment_behind_a_value_stays_behind_the_new_one() -> None:
    changed = edited(OWN, [Setting(("reader", "address"), "eve@example.org"), Setting(("mailbox", 0, "host"), "mx")])
    assert changed == OWN.replace("ada@", "eve@").replace("imap.example.org", "mx")


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        (Setting(("mailbox", 0, "host"), "a.example"), 'host = "imap.example.org"'),
        (Setting(("mailbox", 1, "host"), "b.example"), 'host = "imap.example.net"'),
        (Setting(("mailbox", 1, "name"), None), 'name = "work"'),
    ],
)
def test_tables_that_are_apart_stay_apart(setting: Setting, line: str) -> None:
    text = OWN.replace("# about the second", "# how it sounds\n[letters]\nhour = '09:00'\n\n# about the second")
    before, after = text.splitlines(), edited(text, [setting]).splitlines()
    assert [one for one in after if one in before] == [one for one in before if not one.startswith(line)]


def test_what_is_so_already_stays_as_it_is_written() -> None:
    text = "[reader]\naddress='ada@example.org'   # so\nname   =   'Ada'\n"
    assert edited(text, [Setting(("reader", "name"), "Ada"), Setting(("reader", "address"), "ada@example.org")]) == text


@pytest.mark.parametrize(
    ("setting", "lines"),
    [
        (Setting(("reader", "name"), "Ada"), ['name = "Ada"']),
        (Setting(("mailbox", 0, "port"), 1143), ["port = 1143"]),
        (Setting(("courier", "folder"), "Letters"), ['folder = "Letters"']),
        (Setting(("store", "encrypted"), True), ["encrypted = true"]),
    ],
)
def test_a_default_of_the_example_comes_out_of_its_comment(setting: Setting, lines: list[str]) -> None:
    before, after = TEXT.splitlines(), edited(TEXT, [setting]).splitlines()
    assert len(after) == len(before)
    assert [new for old, new in zip(before, after, strict=True) if old != new] == lines


def test_a_comment_of_ones_own_is_no_default() -> None:
    changed = edited(OWN, [Setting(("mailbox", 0, "port"), 1143)])
    assert "#port = 1993\n" in changed
    assert "port = 1143\n" in changed.replace("#port", "")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n[reader]\naddress = 'ada@example.org'\n[[mailbox]]\nhost = 'imap.example.org'\n")
    path.chmod(0o644)
    return path


def test_it_is_written_for_its_owner_and_the_old_one_is_kept(config: Path) -> None:
    old = config.read_text()
    new = edited(old, [Setting(("reader", "name"), "Ada")])
    assert keep(config, new).reader.name == "Ada"
    assert config.read_text() == new
    copy = config.with_name(config.name + BEFORE)
    assert copy.read_text() == old
    assert {stat.S_IMODE(path.stat().st_mode) for path in (config, copy)} == {0o600}
    assert sorted(path.name for path in config.parent.iterdir()) == sorted([config.name, copy.name])
    keep(config, new)
    assert copy.read_text() == old, "writing the same again is no change"


def test_a_link_stays_one(config: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.toml"
    link.parent.mkdir()
    link.symlink_to("../config.toml")
    keep(link, edited(config.read_text(), [Setting(("reader", "name"), "Ada")]))
    assert link.is_symlink()
    assert "Ada" in config.read_text()
    assert [path.name for path in link.parent.iterdir()] == ["link.toml"]


WRONG: list[tuple[tuple[str | int, ...], Value]] = [
    (("reader", "address"), "nobody"),
    (("mailbox", 0, "port"), 99999),
    (("mailbox", 0, "password"), "secret"),
]


@pytest.mark.parametrize(("place", "value"), WRONG)
def test_what_cannot_be_used_is_not_written(config: Path, place: tuple[str | int, ...], value: Value) -> None:
    old = config.read_text()
    with pytest.raises(ConfigError):
        keep(config, edited(old, [Setting(place, value)]))
    assert config.read_text() == old
    assert [path.name for path in config.parent.iterdir()] == [config.name]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/config\.toml: the configuration cannot be written"):
        keep(tmp_path / "file" / "config.toml", TEXT)
