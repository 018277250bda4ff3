"""Every page that a sentence of the program names comes with the program, and can be read where it is."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from release.build import Built
from tests.packaging.conftest import ROOT
from tests.rig.terminal import Terminal
from triage.cli import cli
from triage.cli.commands import COMMANDS
from triage.pages import PAGES, links, text
from triage.pages.tables import as_lists

DOCS, PACKAGE = ROOT / "docs", ROOT / "triage"
FOR_DEVELOPERS = {"decisions", "flow", "packaging", "performance"}
WITH_THE_SOURCES = {"../SECURITY.md", "scaling.md"}
"""Where a link of a page may lead that no installation has: who reports a fault needs the repository anyway."""
_PAGE = re.compile(r"\b(?:docs/)?[\w-]+\.md\b")
_ASKED = re.compile(r"`triage help ([\w-]+)`")
_INSIDE = {"triage/core/model/__init__.py", "triage/core/detect/weighing.py"}
"""What only somebody who changes the program reads."""


def words(path: Path) -> Iterator[str]:
    """What people may get to read of a file: of code every text but docstrings, of which click shows some."""
    if path.suffix != ".py":
        yield path.read_text()
        return
    tree = ast.parse(path.read_text())
    kinds = (ast.Module, ast.ClassDef) if "triage/cli/" in str(path) else (ast.Module, ast.ClassDef, ast.FunctionDef)
    private = {_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds)}
    yield from (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in private
    )


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> ast.expr | None:
    first = node.body[0] if node.body else None
    return first.value if isinstance(first, ast.Expr) else None


SPOKEN = [
    path
    for path in (*PACKAGE.rglob("*"), *(ROOT / "templates").rglob("*"), *(ROOT / "systemd").iterdir())
    if path.suffix in {".py", ".toml", ".j2", ".service", ".1"} and "pages" not in path.parts
] + [ROOT / "config.example.toml"]


def test_no_sentence_names_a_file_that_an_installation_does_not_have() -> None:
    """Name the command instead: `triage help PAGE`."""
    named = {
        f"{path.relative_to(ROOT)}: {page}"
        for path in SPOKEN
        for said in words(path)
        for page in _PAGE.findall(said)
        if str(path.relative_to(ROOT)) not in _INSIDE
    }
    assert named == {"triage/providers/providers.toml: docs/providers.md"}, "which is made from this file"


def test_every_page_that_is_named_is_there() -> None:
    asked = {page for path in SPOKEN for said in words(path) for page in _ASKED.findall(" ".join(said.split()))}
    assert "sign-in" in asked
    assert asked <= PAGES.keys() | COMMANDS.keys()


def test_every_page_of_the_documentation_has_its_place() -> None:
    assert {path.stem for path in DOCS.glob("*.md")} == PAGES.keys() | FOR_DEVELOPERS
    assert PAGES.keys() & FOR_DEVELOPERS == set()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_in_the_wheel_as_it_is_here(page: str, built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as packed:
        assert packed.read(f"triage/pages/{page}.md") == (DOCS / f"{page}.md").read_bytes()


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_lead_to_what_the_reader_has(page: str) -> None:
    told = (DOCS / f"{page}.md").read_text()
    ours = {place.partition("#")[0].removesuffix(".md") for place in links(told) if "://" not in place} - {""}
    assert ours <= PAGES.keys() | {place.removesuffix(".md") for place in WITH_THE_SOURCES}
    left = [place for place in links(text(page)) if "://" not in place]
    assert left == [], "in a terminal nothing can be clicked on"


@pytest.mark.parametrize("page", [*PAGES, "docs/sign-in.md", "Letters"])
def test_a_page_is_shown(page: str) -> None:
    done = CliRunner().invoke(cli, ["help", page])
    assert done.exit_code == 0
    assert done.output.startswith("# ")


def test_at_a_terminal_it_is_laid_out_for_reading() -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PAGER": "cat", "LC_ALL": "C.UTF-8"}
    with Terminal([sys.executable, "-m", "triage", "help", "answering"], environ) as screen:
        assert "|---|" not in screen.until("on the command line: triage correct 12 --kind other")


def test_without_a_name_all_are_listed() -> None:
    listed = CliRunner().invoke(cli, ["help"]).output
    assert all(f"triage help {name} " in listed and about in listed for name, about in PAGES.items())


def test_the_name_of_a_command_shows_its_help() -> None:
    shown = CliRunner().invoke(cli, ["help", "status"]).output
    assert shown.startswith("Usage: ")
    assert " status [OPTIONS]" in shown
    assert "--json" in shown
    assert CliRunner().invoke(cli, ["help", "letters"]).output.endswith("`triage letters --help`.\n")


def test_a_name_that_is_none() -> None:
    done = CliRunner().invoke(cli, ["help", "signin"])
    assert done.exit_code == 2
    assert "Did you mean sign-in?" in done.output


def test_completion_offers_pages_and_commands(tmp_path: Path) -> None:
    asked = {"_TRIAGE_COMPLETE": "bash_complete", "COMP_WORDS": "triage help s", "COMP_CWORD": "2"}
    code = "import sys; sys.argv[0] = 'triage'; from triage.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=asked, cwd=ROOT, check=True)
    assert {"plain,sign-in", "plain,security", "plain,status"} <= set(done.stdout.split())


WIDE = """\
| tip | when | address |
|---|:--|---|
| **A** | soon | `imap.example.org` |
| B\\|C | - | x |
| | | |
text | with a bar
"""


def test_a_table_becomes_a_list() -> None:
    assert as_lists(WIDE).splitlines() == [
        "- **A**", "  - when: soon", "  - address: `imap.example.org`", "- **B|C**", "  - address: x", "- ****",
        "text | with a bar",
    ]  # fmt: skip
    assert as_lists("| |\n|---|\n").strip() == ""
    assert as_lists("| a | b |\n|---|---|\n| x | y |\n") == "- **x**: y\n"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_off_in_a_narrow_terminal(page: str) -> None:
    """Every address and command that is to be typed stands there whole, whatever the pages come to hold."""
    from triage.cli.help import _rendered

    plain = re.sub(r"\x1b\[[0-9;]*m", "", _rendered(text(page)))
    assert "…" not in plain or "…" in text(page)
    shown = re.sub(r"\s+", "", plain)
    for address in re.findall(r"https?://[\w./#-]*\w", text(page)):
        assert address in shown


def test_the_pages_are_links_to_the_documentation() -> None:
    """One that lies there as a copy would grow old."""
    assert all((PACKAGE / "pages" / f"{page}.md").is_symlink() for page in PAGES)
