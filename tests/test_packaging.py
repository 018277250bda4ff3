"""A wheel holds everything the program reads at run time, wherever it lies in the repository."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = (".toml", ".j2", ".eml", ".service", ".mako")


def test_the_wheel_is_complete(tmp_path: Path) -> None:
    source = tmp_path / "source"
    # From a copy: building leaves its traces beside the source.
    copied = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(copied, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).exists() or (ROOT / name).is_symlink():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            _copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("triage-*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    needed = {
        str(path.relative_to(ROOT))
        for folder in ("triage", "triage/templates", "triage/systemd", "triage/config")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (*DATA, ".py") and path.is_file()
    }
    assert len([name for name in needed if name.endswith(".eml")]) >= 25
    assert needed - packed == set()
    assert not [name for name in packed if name.startswith(("tests/", "bench/"))]


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
    else:
        target.write_bytes(source.read_bytes())
