"""Where the configuration and the store are looked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from triage.config import locate
from triage.errors import ConfigError


def test_the_option_wins_over_the_environment(tmp_path: Path) -> None:
    (tmp_path / "a.toml").touch()
    (tmp_path / "b.toml").touch()
    environ = {"TRIAGE_CONFIG": str(tmp_path / "b.toml")}
    assert locate.find(tmp_path / "a.toml", environ) == tmp_path / "a.toml"
    assert locate.find(None, environ) == tmp_path / "b.toml"


@pytest.mark.parametrize(
    ("explicit", "environ", "origin"),
    [
        (Path("/nowhere/a.toml"), {}, "--config"),
        (None, {"TRIAGE_CONFIG": "/nowhere/b.toml"}, "$TRIAGE_CONFIG"),
        (Path("/nowhere/a.toml"), {"TRIAGE_CONFIG": __file__}, "--config"),
    ],
)
def test_a_file_that_was_named_and_is_missing_is_never_replaced_by_another(
    explicit: Path | None, environ: dict[str, str], origin: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        locate.find(explicit, environ)
    assert "/nowhere/" in str(raised.value)
    assert f"named by {origin}" in str(raised.value)
    assert "config.example.toml" in str(raised.value)


def test_an_empty_variable_is_none() -> None:
    path, origin = locate._named(None, {"TRIAGE_CONFIG": ""})
    assert path == locate.default_path()
    assert "usual place" in origin


def test_the_example_it_tells_to_copy_is_there() -> None:
    assert locate.EXAMPLE.read_text(encoding="utf-8").startswith("# The settings of triage.")


@pytest.mark.parametrize(
    ("configured", "environ", "expected"),
    [
        (Path("/data/log"), {"STATE_DIRECTORY": "/var/lib/triage"}, "/data/log"),
        (None, {"STATE_DIRECTORY": "/var/lib/triage"}, "/var/lib/triage"),
        (None, {"STATE_DIRECTORY": "/var/lib/triage:/var/lib/other"}, "/var/lib/triage"),
    ],
)
def test_the_store_is_where_it_was_said(configured: Path | None, environ: dict[str, str], expected: str) -> None:
    assert locate.store_folder(configured, environ) == Path(expected)


def test_the_store_is_the_users_own_by_default() -> None:
    assert locate.store_folder(None, {"STATE_DIRECTORY": ""}).name == "triage"


def test_locating_needs_no_pydantic() -> None:
    code = "import sys, triage.config.locate; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
