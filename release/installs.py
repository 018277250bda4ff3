"""The wheel, installed the two ways people install programs, in a home of its own; and that nothing is left of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from release.build import run
from release.errors import ReleaseError


@dataclass(frozen=True, slots=True)
class Installer:
    """How one program installs, lists and removes."""

    name: str
    install: tuple[str, ...]
    remove: tuple[str, ...]


def installers() -> tuple[Installer, ...]:
    """Both, from the environment that makes the release."""
    pipx, uv = (sys.executable, "-m", "pipx"), (str(Path(sys.executable).with_name("uv")), "tool")
    return (
        Installer("pipx", (*pipx, "install", "--python", sys.executable), (*pipx, "uninstall", "triage")),
        Installer(
            "uv tool",
            (*uv, "install", "--offline", "--no-index", "--python", sys.executable),
            (*uv, "uninstall", "triage"),
        ),
    )


def wheels(root: Path, into: Path) -> None:
    """Everything the program needs, and pipx itself (a pip), so that a try asks nobody and gets what was tested."""
    lock = str(root / "requirements" / "release.txt")
    run([sys.executable, "-m", "pip", "download", "-q", "--require-hashes", "-r", lock, "-d", str(into)], root, 0)


def try_installer(installer: Installer, wheel: Path, wheelhouse: Path, home: Path) -> str:
    """Install, use, remove; `home` is a new folder and all that it may touch. Returns what was found there."""
    environ = _alone(home, wheelhouse)
    _call([*installer.install, str(wheel)], environ)
    command = home / ".local/bin/triage"
    version = _call([str(command), "--version"], environ).strip()
    if "rejection" not in _call([str(command), "demo", "--into", str(home / "demo")], environ):
        raise ReleaseError(f"{installer.name}: the demo of the installed program shows no rejection.")
    if "app password" not in _call([str(command), "help", "sign-in"], environ):
        raise ReleaseError(f"{installer.name}: `triage help sign-in` does not show the page.")
    page = home / ".local/share/man/man1/triage.1"
    found = f"{version}; man page {'linked' if page.exists() else 'not linked'}"
    _call(installer.remove, environ)
    left = [str(path.relative_to(home)) for path in home.rglob("*triage*") if _ours(path.relative_to(home))]
    if left:
        raise ReleaseError(f"{installer.name}: left behind after removal: {', '.join(left[:5])}")
    return found


def _ours(path: Path) -> bool:
    """What the installer keeps for itself (its cache, its journal, its locks) and the demo we asked for are not."""
    return path.suffix != ".lock" and not {".cache", "demo", "logs"} & set(path.parts)


def _alone(home: Path, wheelhouse: Path) -> dict[str, str]:
    """No setting of the person who makes the release, and no index: only the wheels that were fetched."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return {
        "HOME": str(home),
        "PATH": f"{home}/.local/bin:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),  # noqa: S108  # where there is no other
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheelhouse),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_FIND_LINKS": str(wheelhouse),
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "PIPX_DEFAULT_BACKEND": "pip",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


def _call(command: tuple[str, ...] | list[str], environ: dict[str, str]) -> str:
    done = subprocess.run(command, env=environ, cwd=environ["HOME"], capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ReleaseError(f"{' '.join(command[:5])} ... failed:\n{last}")
    return done.stdout
