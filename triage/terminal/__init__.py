"""What a terminal wants besides the program: its manual page, and the completion of commands and options.

Made from the commands by `./run.sh manual`, and kept beside this file. Packages put them where a system looks for
them; here they go to where one person's own shell does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from triage import whole
from triage.errors import OutputError

MARK = "made by triage"
"""Stands in every one of these files, so that we never overwrite or remove somebody else's."""


@dataclass(frozen=True, slots=True)
class Extra:
    """One of these files, its place below the folder that holds a person's data, and what is to be known then."""

    file: str
    place: str
    hint: str


EXTRAS = {
    "bash": Extra(
        "triage.bash",
        "bash-completion/completions/triage",
        "It works in every new terminal, if the package bash-completion is installed.",
    ),
    "zsh": Extra(
        "triage.zsh",
        "zsh/site-functions/_triage",
        "Put this line into ~/.zshrc, before the one with compinit: fpath+=(~/.local/share/zsh/site-functions)",
    ),
    "fish": Extra("triage.fish", "fish/vendor_completions.d/triage.fish", "It works in every new terminal."),
    "man": Extra("triage.1", "man/man1/triage.1", "Read it with: man triage"),
}


def text(extra: Extra) -> str:
    """What is in the file."""
    return files("triage.terminal").joinpath(extra.file).read_text(encoding="utf-8")


def place(extra: Extra, data: Path) -> Path:
    """Put it below `data` ($XDG_DATA_HOME), all of it or nothing. Raises OutputError, also for a file not ours."""
    path = data / extra.place
    if path.is_symlink() and _says_so(path):
        return path  # an installer such as pipx has linked it there, and removes it again
    if path.is_symlink() or (path.exists() and not _ours(path)):
        raise OutputError(f"{path}: this file is not ours, so it is left alone. Move it away, then repeat.")
    try:
        whole.write(path, text(extra).encode(), whole.PUBLIC)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def placed(data: Path) -> Iterator[Path]:
    """Those of ours that are below `data`: what uninstalling has to remove."""
    return (data / one.place for one in EXTRAS.values() if _ours(data / one.place))


def _ours(path: Path) -> bool:
    return not path.is_symlink() and _says_so(path)


def _says_so(path: Path) -> bool:
    return path.is_file() and MARK in path.read_text(encoding="utf-8", errors="replace")[:200]
