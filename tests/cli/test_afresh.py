"""A changed configuration is read in a process of its own, which is not heard of any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from triage.cli import afresh
from triage.config.load import parse
from triage.errors import ConfigError

TEXT = """
[reader]
address = "robin@reader.example"
time_zone = "UTC"

[[mailbox]]
name = "mine"
host = "imap.reader.example"
user = "robin"

[courier]
kind = "imap"
"""


def test_it_says_what_is_in_it() -> None:
    assert afresh.read(TEXT, "here") == parse(TEXT, "here")


@pytest.mark.parametrize("text", ["[reader", TEXT + 'colour = "red"', ""], ids=["no TOML", "unknown", "empty"])
def test_what_is_wrong_with_it_is_said_in_the_same_words(text: str) -> None:
    with pytest.raises(ConfigError) as here:
        parse(text, "here")
    with pytest.raises(ConfigError) as there:
        afresh.read(text, "here")
    assert str(there.value) == str(here.value)


@pytest.mark.parametrize("command", [("/nowhere/at/all",), (sys.executable, "-c", "raise SystemExit(3)")])
def test_where_no_program_can_be_begun_there_is_no_answer(command: tuple[str, ...]) -> None:
    assert afresh.read(TEXT, "here", command) is None


def test_what_reads_it_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(TEXT)
    code = (
        "import sys; from pathlib import Path; from triage.cli.settings import Settings\n"
        "settings = Settings(Path(sys.argv[1])); settings.read_afresh(); settings.config\n"
        "print([name for name in ('pydantic', 'pydantic_core') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "config.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
