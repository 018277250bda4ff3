"""The libraries that go with the program, and under which terms they may.

MIT, our own licence, asks nothing of those we take along; theirs may ask something of us. What is not known here stops
a release until somebody has read it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0", "PSF-2.0",
    "Zlib",
}  # fmt: skip
COPYLEFT = {"MPL-2.0"}
"""Allowed, and reported: whoever changes a file of theirs has to publish that file. We change none."""
_WORDS = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What older metadata says, by the identifier of today."""
_READ = {"imapclient": "BSD-3-Clause", "colorama": "BSD-3-Clause", "pywin32-ctypes": "BSD-3-Clause"}
"""Read in their own texts: one says it nowhere else, and the others are for Windows alone and not installed here."""


@dataclass(frozen=True, slots=True)
class Library:
    """One of them, as it is installed. `places` are its files and folders there, `metadata` one of these."""

    name: str
    version: str
    licence: str
    metadata: str
    places: tuple[str, ...]


def libraries(folder: Path) -> list[Library]:
    """Everything that is installed in `folder`, by name."""
    return sorted(_read([str(folder)]), key=lambda library: library.name)


def installed() -> list[Library]:
    """Everything that is installed for this Python, by name."""
    return sorted(_read(sys.path), key=lambda library: library.name)


def _read(folders: list[str]) -> Iterator[Library]:
    for one in distributions(path=folders):
        tops = {Path(file).parts[0] for file in one.files or []} - {"..", "bin", "share"}
        metadata = next((top for top in tops if top.endswith(".dist-info")), "")
        yield Library(canonical(one.name), one.version, licence_of(one), metadata, tuple(sorted(tops)))


def canonical(name: str) -> str:
    """The name as lock files have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(library: Distribution) -> str:
    """Its terms as an SPDX expression; empty where they are not known."""
    told = library.metadata
    stated, older = (told.get_all(key) or [] for key in ("License-Expression", "License"))
    named = (_WORDS.get(word, word) for word in (*stated, *_classified(told.get_all("Classifier") or []), *older))
    return next((word for word in named if terms(word)), "") or _READ.get(canonical(library.name), "")


def _classified(classifiers: list[str]) -> list[str]:
    return [one.split(" :: ")[-1] for one in classifiers if one.startswith("License :: ")]


def terms(expression: str) -> set[str]:
    """The licences that an SPDX expression names; none if it names one that is not known here."""
    named = {word for word in re.split(r"[\s()]+", expression) if word and word not in {"AND", "OR"}}
    return named if named <= PERMISSIVE | COPYLEFT else set()


def by_name(found: list[Library]) -> dict[str, str]:
    """The licence of each, and of those that are installed on other systems only."""
    return _READ | {one.name: one.licence for one in found}


def unknown(found: list[Library]) -> list[str]:
    """Those whose terms nobody has looked at yet."""
    return [f"{one.name} {one.version}" for one in found if not terms(one.licence)]


def copyleft(found: list[Library]) -> list[str]:
    """Those that ask more than to be named."""
    return [f"{one.name} ({one.licence})" for one in found if terms(one.licence) & COPYLEFT]
