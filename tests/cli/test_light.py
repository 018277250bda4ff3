"""What is asked for often loads little: judged by the names and the number of the modules, never by a clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click import Context
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.cli.test_bad_input import sound, table
from tests.rig.installed import AT_ONCE, Installed, installed
from triage.cli import cli, plain
from triage.cli.commands import COMMANDS

HEAVY = (
    "sqlalchemy", "alembic", "pydantic", "rich", "numpy", "turbohtml", "re2", "jinja2", "css_inline", "tree_sitter",
    "imapclient", "keyring", "schedule", "mailparser", "publicsuffixlist", "tzlocal", "asyncio",
    "triage.pipeline", "triage.core.detect", "triage.core.extract", "triage.core.compose", "triage.core.journey",
    "triage.core.model", "triage.core.html", "triage.store.store",
)  # fmt: skip
BARE = 60
"""Modules that Python loads by itself, and a margin for how it was installed."""


def loaded(program: Installed, *arguments: str) -> tuple[set[str], str]:
    """The modules that a command loads, and what it prints."""
    code = (
        "import sys\n"
        "from triage.cli import main\n"
        "sys.argv = ['triage', *sys.argv[1:]]\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "sys.stderr.write('\\0'.join(sys.modules))\n"
    )
    command = [sys.executable, "-c", code, "--config", str(program.config), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=program.environ)
    return set(done.stderr.splitlines()[-1].split("\0")), done.stdout


def heavy(modules: set[str]) -> list[str]:
    return [name for name in HEAVY if name in modules]


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    program = installed(tmp_path)
    sound(program)
    program.configure(table(program, AT_ONCE))
    return program


@pytest.mark.parametrize(
    ("arguments", "most"),
    [(["--version"], 90), (["--help"], 95), (["stauts"], 95), (["status", "--help"], 145), (["log", "--help"], 150)],
)
def test_what_needs_no_store_loads_nothing_of_it(program: Installed, arguments: list[str], most: int) -> None:
    modules, _ = loaded(program, *arguments)
    assert heavy(modules) == []
    assert len(modules) <= BARE + most


@pytest.mark.server
def test_status_is_told_at_a_glance_once_a_service_has_run(program: Installed) -> None:
    first, says = loaded(program, "status")
    assert first >= {"pydantic"}, "nobody has said yet that this configuration is a good one"
    assert says == ""
    program.triage("poll")
    program.triage("poll")
    closely = program.triage("status", "--json").out
    modules, glanced = loaded(program, "status", "--json")
    assert glanced == closely
    assert heavy(modules) == []
    assert len(modules) <= BARE + 160
    program.configure(table(program, AT_ONCE) + "\n# changed\n")
    modules, again = loaded(program, "status", "--json")
    assert "pydantic" in modules, "a text that no service has read is looked at closely"
    assert again == closely


@pytest.mark.server
def test_a_configuration_that_went_wrong_is_told_and_not_passed_over(program: Installed) -> None:
    program.triage("poll")
    program.triage("poll")
    program.configure(table(program, AT_ONCE.replace("most_per_day = 24", "most_per_day = 99")))
    done = program.triage("status")
    assert (done.code, done.out) == (78, "")
    assert "most_per_day" in done.err


def test_a_service_does_not_keep_what_reads_its_configuration(program: Installed) -> None:
    code = (
        "import sys, triage.cli.service\n"
        "from pathlib import Path\n"
        "from triage.cli.settings import Settings\n"
        "settings = Settings(Path(sys.argv[1]))\n"
        "settings.read_apart()\n"
        "print(settings.config.reader.address, 'pydantic' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(program.config)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=program.environ)
    assert done.stdout == "robin@reader.example False\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_what_help_says_of_a_command_is_how_its_own_help_begins(name: str) -> None:
    command = cli.get_command(Context(cli), name)
    assert command is not None
    assert command.get_short_help_str(1000) == COMMANDS[name].help


CELLS = st.text(st.sampled_from("ab “”–é:[]日🚀 "), max_size=12).map(str.strip)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4),
    title=st.sampled_from(["", "New", "A longer title"]),
)
def test_a_plain_table_is_what_a_table_is(rows: list[tuple[str, str, str]], title: str) -> None:
    found = plain.table(title, ("#", "date", "kind"), rows, 120)
    if found is not None:
        assert found == as_rich_has_it(title, rows)
        assert all(cell_len(cell) == len(cell) for row in rows for cell in row)


def as_rich_has_it(title: str, rows: list[tuple[str, str, str]]) -> list[str]:
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in ("#", "date", "kind"):
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*map(Text, row))
    out = StringIO()
    Console(file=out, width=120, highlight=False).print(made)
    return out.getvalue().splitlines()
