"""Under which terms the libraries go with the program, and the list of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from release import licences
from release.licences import Library

LOCK = (Path(__file__).parents[2] / "requirements" / "run.txt").read_text()
LOCKED = set(re.findall(r"^([a-z0-9._-]+)==", LOCK, re.MULTILINE))


def test_everything_that_goes_along_may() -> None:
    known = licences.by_name(licences.installed())
    assert {name: known.get(name) for name in LOCKED if not licences.terms(known.get(name, ""))} == {}


def test_what_asks_more_than_to_be_named_is_known() -> None:
    """One more is a decision, and belongs into docs/packaging.md."""
    found = [one for one in licences.installed() if one.name in LOCKED]
    assert licences.copyleft(found) == ["certifi (MPL-2.0)", "publicsuffixlist (MPL-2.0)"]


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("MIT", {"MIT"}),
        ("Apache-2.0 OR BSD-3-Clause", {"Apache-2.0", "BSD-3-Clause"}),
        ("BSD-3-Clause AND (MIT OR Zlib)", {"BSD-3-Clause", "MIT", "Zlib"}),
        ("MIT AND GPL-3.0-only", set()),
        ("AGPL-3.0-or-later", set()),
        ("UNKNOWN", set()),
        ("", set()),
    ],
)
def test_terms(expression: str, known: set[str]) -> None:
    assert licences.terms(expression) == known


def test_a_library_nobody_has_read_stops_a_release() -> None:
    strange = Library("strange", "1.0", "GPL-2.0-only", "strange-1.0.dist-info", ("strange",))
    assert licences.unknown([strange]) == ["strange 1.0"]


def installed_with(folder: Path, *lines: str) -> str:
    """The licence of a library whose metadata has these lines."""
    metadata = folder / "some_lib-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("\n".join(("Metadata-Version: 2.4", "Name: some-lib", "Version: 1.0", *lines)))
    (found,) = licences.libraries(folder)
    return found.licence


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: ISC"], "ISC"),
        (["License: MIT License"], "MIT"),
        (["Classifier: License :: OSI Approved :: BSD License"], "BSD-3-Clause"),
        (["License: GPLv3", "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)"], ""),
        ([], ""),
    ],
)
def test_terms_are_found_in_metadata_old_and_new(tmp_path: Path, lines: list[str], licence: str) -> None:
    assert installed_with(tmp_path, *lines) == licence
