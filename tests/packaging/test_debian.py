"""The texts and scripts of the Debian package. Building and installing it is `./run.sh release`'s affair."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from release.debian_files import changelog, copyright_of, filled
from release.licences import Library

DEBIAN = Path(__file__).parents[2] / "release" / "debian"
VALUES = {"VERSION": "1.0-1~deb13", "MAINTAINER": "A <a@b.example>", "PYTHON": "3.13", "NEXT": "3.14", "SIZE": "7"}


@pytest.mark.parametrize("name", ["postinst", "prerm", "tried"])
def test_scripts_are_scripts_that_stop_at_a_fault(name: str) -> None:
    subprocess.run(["sh", "-n", str(DEBIAN / name)], check=True, timeout=10)
    assert re.search(r"^set -eu?$", (DEBIAN / name).read_text(), re.MULTILINE)


def test_the_launcher_loads_the_libraries_of_the_package_and_nothing_of_the_person() -> None:
    text = (DEBIAN / "launcher").read_text()
    assert text.startswith("#!/usr/bin/python3 -I\n"), "-I: no PYTHONPATH, no libraries of the person, not this folder"
    assert isinstance(ast.parse(text), ast.Module)


def test_a_package_asks_for_the_python_that_its_libraries_are_for() -> None:
    fields = dict(re.findall(r"^(\S+): (.*)$", filled((DEBIAN / "control").read_text(), VALUES), re.MULTILINE))
    assert "python3 (>= 3.13), python3 (<< 3.14)" in fields["Depends"]
    assert (fields["Version"], fields["Installed-Size"]) == ("1.0-1~deb13", "7")
    assert not re.search(r"@[A-Z]+@", "".join(fields.values())), "everything is filled in"


def test_the_copyright_names_every_library_and_its_terms() -> None:
    library = Library("some-lib", "2.1", "ISC", "some_lib-2.1.dist-info", ("some_lib", "some_lib-2.1.dist-info"))
    text = copyright_of([library], "MIT License\n\nCopyright ...\n")
    assert "License: Expat\n MIT License\n .\n Copyright ...\n" in text
    assert "Files: usr/lib/triage/some_lib* usr/lib/triage/some_lib-2.1.dist-info*\n" in text
    assert " ISC. The text is in /usr/lib/triage/some_lib-2.1.dist-info." in text


def test_the_time_of_the_changelog_is_the_one_given() -> None:
    told = changelog("1.0-1~deb13", "trixie", 1767225600)
    assert told.startswith("triage (1.0-1~deb13) trixie; urgency=medium\n")
    assert told.endswith("  Thu, 01 Jan 2026 00:00:00 +0000\n")
