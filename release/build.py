"""Wheel and source archive, from a folder with the sources: the same bytes from the same sources, wherever that is."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from release.errors import ReleaseError


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to."""

    wheel: Path
    sdist: Path


def build(source: Path, into: Path, epoch: int) -> Built:
    """Both packages from `source`, with `epoch` as the time of everything in them. The backend is the installed one."""
    run([sys.executable, "-m", "hatchling", "build", "-d", str(into)], source, epoch)
    return Built(only(into, "*.whl"), only(into, "*.tar.gz"))


def from_sdist(sdist: Path, folder: Path, epoch: int) -> Path:
    """The wheel that somebody gets who has the source archive alone; `folder` is new, and for the work on it."""
    with tarfile.open(sdist) as packed:
        packed.extractall(folder / "source", filter="data")
    run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        only(folder / "source", "*"),
        epoch,
    )
    return only(folder, "*.whl")


def sources(root: Path, into: Path) -> None:
    """The files of the last commit of `root`, and no others, as a checkout of it would have them."""
    into.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=root, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(into)], input=archive, check=True)


def run(command: list[str], folder: Path, epoch: int) -> str:
    """What the command prints. Raises ReleaseError with its last words."""
    environ = os.environ | {"SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ReleaseError(f"{' '.join(command[:6])} ... failed:\n{last}")
    return done.stdout


def only(folder: Path, pattern: str) -> Path:
    """The one file there that is called so."""
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise ReleaseError(f"{folder}: {len(found)} files are called {pattern}, and there should be one.")
    return found[0]
