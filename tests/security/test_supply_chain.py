"""What is installed beside the program: few libraries, each in one version, each with its checksum."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_DIRECT = 32
"""Libraries that the program asks for itself. One more is a decision, and belongs into docs/decisions.md."""
LOCKS = {"run", "dev", "release"}
_ENTRY = re.compile(r"^([a-z0-9._-]+)==(\S+?)(?: ; [^\\\n]+)?((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    """Each library of a lock file with its version; whatever is no such entry makes the file longer than these."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = list(_ENTRY.finditer(text))
    assert "".join(match[0] + "\n" for match in found) == text, "only names, versions and checksums"
    return {match[1]: match[2] for match in found}


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_everything_that_is_installed_is_pinned_with_its_checksum(name: str) -> None:
    assert len(locked(name)) > 20


@pytest.mark.parametrize("name", sorted(LOCKS - {"run"}))
def test_what_tests_and_releases_is_what_runs(name: str) -> None:
    assert locked("run").items() <= locked(name).items()


def test_the_program_asks_for_few_and_for_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = [re.split(r"[<>=!~ ;]", wanted)[0] for wanted in project["dependencies"]]
    assert len(direct) <= MOST_DIRECT
    assert not [wanted for wanted in project["dependencies"] if "@" in wanted or "://" in wanted]
    assert set(direct) <= set(locked("run"))


def test_they_are_installed_with_their_checksums_only() -> None:
    lines = (ROOT / "run.sh").read_text().splitlines()
    installs = [
        line for line in lines if "pip" in line and re.search(r"-r (requirements/(run|dev|release)|\"\$lock)", line)
    ]
    assert installs
    assert all("--require-hashes" in line for line in installs)
