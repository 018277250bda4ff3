"""The program's own files, read once at start: signals, templates and wordings.

A folder of the reader's own templates wins over ours, file by file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from triage.core.compose import TEMPLATES
from triage.errors import ConfigError


def templates(own: Path | None) -> dict[str, str]:
    """The sources of all letter templates by name. Raises ConfigError."""
    return {name: _read(name, own) for name in TEMPLATES}


def blocks(language: str, own: Path | None) -> str:
    """The text of a language's block file. Raises ConfigError."""
    return _read(f"{language}/blocks.toml", own)


def _read(name: str, own: Path | None) -> str:
    if own is not None and not own.is_dir():
        raise ConfigError(f"The templates folder {own} does not exist. Check [letters] templates.")
    path: Traversable = files("triage") / "templates" / name
    if own is not None and (own / name).is_file():
        path = own / name
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The template {path} cannot be read ({error}).") from error


LANGUAGES = ("en", "de", "es", "fr", "it", "pt")
"""Languages of which there are signals. English is measured and held by tests; the others are a first version."""


def signals(languages: Iterable[str]) -> Iterator[str]:
    """The texts of the signal files of these languages."""
    folder = files("triage.core.detect") / "data"
    return ((folder / f"{language}.toml").read_text(encoding="utf-8") for language in languages)


def senders() -> str:
    """The text of the table of applicant systems."""
    return (files("triage.core.detect") / "data" / "senders.toml").read_text(encoding="utf-8")
