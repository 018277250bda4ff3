"""What is installed from a source archive and its wheel holds every file that the program reads at run time."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINKED = ("triage/templates", "triage/systemd", "triage/config")
"""Folders with links in them, which a search from above would not follow."""
READ = (".py", ".toml", ".j2", ".eml", ".service", ".mako", ".typed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Made from the source archive, so that what either of them loses is missing from it."""
    copy = tmp_path_factory.mktemp("build")
    for name in ("triage", "systemd", "templates"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "config.example.toml"):
        shutil.copy(ROOT / name, copy / name)
    build("sdist", copy)
    (archive,) = (copy / "out").glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(copy / "unpacked")
    (source,) = (copy / "unpacked").iterdir()
    build("wheel", source)
    return zipfile.ZipFile(next((source / "out").glob("*.whl")))


def build(kind: str, folder: Path) -> None:
    code = f"from setuptools import build_meta; build_meta.build_{kind}('out')"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, timeout=120)


def test_every_file_is_there_byte_for_byte(wheel: zipfile.ZipFile) -> None:
    folders = [ROOT / "triage", *(ROOT / name for name in LINKED)]
    files = {path for folder in folders for path in folder.rglob("*") if path.suffix in READ and path.is_file()}
    assert len([path for path in files if path.suffix == ".eml"]) >= 25
    packed = set(wheel.namelist())
    missing = [name for path in files if (name := str(path.relative_to(ROOT))) not in packed]
    assert missing == []
    assert [path for path in files if wheel.read(str(path.relative_to(ROOT))) != path.read_bytes()] == []


def test_nothing_else_is_there(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0].partition("-")[0] for name in wheel.namelist()} == {"triage"}
