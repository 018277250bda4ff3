"""What docs/security.md says is tested, is: every test that it names exists, and every threat names one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text()
ROWS = [line.split(" | ") for line in TEXT.splitlines() if re.match(r"\| \d+ \|", line)]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
THREATS = 24


def named_in(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in named_in(ROOT / path)


def test_every_threat_has_its_tests() -> None:
    assert [int(row[0].strip("| ")) for row in ROWS] == list(range(1, THREATS + 1))
    assert all("::test_" in row[3] for row in ROWS)


def test_whatever_is_left_is_told() -> None:
    left = {row[-1].strip("| ") for row in ROWS} - {"-"}
    assert left == set(re.findall(r"^- \*\*(\w)\.\*\*", TEXT, re.MULTILINE))


def test_every_file_of_these_tests_is_named() -> None:
    here = {path.relative_to(ROOT).as_posix() for path in Path(__file__).parent.glob("test_*.py")}
    assert here <= {path for path, _ in NAMED} | {"tests/security/test_documented.py"}


@pytest.mark.parametrize("name", ["SECURITY.md", "docs/security.md"])
def test_no_address_is_made_up(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"\w@\w|https?://", text)
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert ((ROOT / name).parent / link).exists(), link
