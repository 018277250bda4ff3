"""What has to be in the packages, and that nothing else is."""

from __future__ import annotations

import tarfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

MADE = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
"""What every wheel of ours has beside the package."""
BESIDE = ("pyproject.toml", "config.example.toml", "README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md")
"""What the source archive has beside the package. Tests and benchmarks are for those who have the repository."""
KINDS = {".py", ".toml", ".j2", ".eml", ".md", ".service", ".mako", ".npz", ".1", ".bash", ".fish", ".zsh"}
"""What kinds of file the package is made of. A new kind is a decision; anything else was left there by accident."""
_GENERATED = {"PKG-INFO", ".gitignore"}


def package(source: Path) -> dict[str, bytes]:
    """Every file below `triage/` that belongs to it, links followed, by its path."""
    return {str(path.relative_to(source)): path.read_bytes() for path in _walk(source / "triage")}


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            yield from _walk(path)
        elif path.suffix in KINDS or path.name == "py.typed":
            yield path


def wheel_faults(wheel: Path, source: Path) -> list[str]:
    """What is missing from the wheel, what is in it for no reason, and what is not as it is in `source`."""
    with zipfile.ZipFile(wheel) as packed:
        found = {name: packed.read(name) for name in packed.namelist()}
    stem = "-".join(wheel.name.split("-")[:2])
    own = package(source)
    shared = {f"{stem}.data/data/{place}": own[file] for file, place in _shared(source).items()}
    made = {f"{stem}.dist-info/{name}": found.get(f"{stem}.dist-info/{name}", b"") for name in MADE}
    return _compared(own | shared | made, found)


def sdist_faults(sdist: Path, source: Path) -> list[str]:
    """The same of the source archive."""
    stem = sdist.name.removesuffix(".tar.gz")
    with tarfile.open(sdist) as packed:
        inside = [one for one in packed if not one.isdir()]
        # A link in it is followed; one that leads out of the archive raises KeyError.
        files = [(one.name.removeprefix(f"{stem}/"), packed.extractfile(one)) for one in inside]
        found = {name: file.read() for name, file in files if file}
    docs = (str(path.relative_to(source)) for path in (source / "docs").iterdir())
    wanted = package(source) | {name: (source / name).read_bytes() for name in (*BESIDE, *docs)}
    return _compared(wanted | {name: found[name] for name in _GENERATED & found.keys()}, found)


def _compared(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    missing = [f"{name}: missing" for name in wanted.keys() - found.keys()]
    more = [f"{name}: should not be in it" for name in found.keys() - wanted.keys()]
    other = [f"{name}: not as in the sources" for name in wanted.keys() & found.keys() if wanted[name] != found[name]]
    return sorted(missing + more + other)


def _shared(source: Path) -> dict[str, str]:
    """Which files go to which standard places, below /usr or a person's ~/.local."""
    project = tomllib.loads((source / "pyproject.toml").read_text())
    shared: dict[str, str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    return shared
