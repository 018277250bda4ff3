"""The program's own files, read once at start: signals, templates and wordings.

A folder of the reader's own templates wins over ours, file by file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from triage.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def templates(own: Path | None) -> dict[str, str]:
    """The sources of all letter templates by name. Raises ConfigError."""
    from triage.core.compose import TEMPLATES  # noqa: PLC0415  # who writes letters has loaded it, others need not

    return {name: _read(name, own) for name in TEMPLATES}


def words(language: str, own: Path | None) -> dict[str, str]:
    """The files of words of a language, by the names they are called in errors. Raises ConfigError."""
    return {name: _read(name, own) for name in _word_files(language)}


def formal_words(language: str, own: Path | None) -> dict[str, str]:
    """Those in which the reader is addressed formally, where the language has two ways. Raises ConfigError."""
    return {name: _read(name, own) for name in _word_files(f"{language}/formal") if _exists(name, own)}


def _word_files(folder: str) -> list[str]:
    from triage.core.wording.blocks import FILES  # noqa: PLC0415  # as above

    return [f"{folder}/{name}.toml" for name in FILES]


def _exists(name: str, own: Path | None) -> bool:
    return (files("triage") / "templates" / name).is_file() or (own is not None and (own / name).is_file())


def playbook(own: Path | None) -> str:
    """The text of the playbook. Raises ConfigError."""
    from triage.core.playbook import FILE  # noqa: PLC0415  # as above

    return _read(FILE, own)


def helplines(own: Path | None) -> str:
    """The text of the table of helplines. Raises ConfigError."""
    return _read("helplines.toml", own)


def drafts(language: str, own: Path | None) -> str:
    """The text of a language's drafts for employers. Raises ConfigError."""
    return _read(f"{language}/drafts.toml", own)


def replies(language: str, own: Path | None) -> str:
    """The text of a language's table of replies. Raises ConfigError."""
    return _read(f"{language}/replies.toml", own)


def sample(language: str, own: Path | None) -> str:
    """The text of a language's words for the sample letter. Raises ConfigError."""
    return _read(f"{language}/sample.toml", own)


def report(language: str, own: Path | None) -> str:
    """The text of a language's words for the report and the calendar. Raises ConfigError."""
    return _read(f"{language}/report.toml", own)


def report_template(own: Path | None) -> str:
    """The source of the report's page. Raises ConfigError."""
    return _read("report.html.j2", own)


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


DRAFT_LANGUAGES = ("en", "de", "es", "fr")
"""Languages in which there are drafts for employers."""
LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt", "sv")
"""Languages of which there are signals. The first is taken where a message does not show its own."""


def signals(languages: Iterable[str]) -> dict[str, str]:
    """The text of the signal file of each of these languages."""
    return {language: _detection(language) for language in languages}


def common_words() -> str:
    """The text of the table of everyday words by language."""
    return _detection("languages")


def senders() -> str:
    """The text of the table of applicant systems."""
    return _detection("senders")


def names() -> str:
    """The text of the table of words around names."""
    return _extraction("names")


def zones() -> str:
    """The text of the table of time zones."""
    return _extraction("zones")


def lists() -> str:
    """The text of the table of words by which a list that the reader brings is understood."""
    return (files("triage.core.brought") / "lists.toml").read_text(encoding="utf-8")


def arrays(name: str) -> Mapping[str, npt.NDArray[np.generic]]:
    """What was learnt: `weights` (see `core.model.network`) or `prefilter`. They stay in their file (`mapped`)."""
    from triage import mapped  # noqa: PLC0415  # NumPy: only who judges mail needs it, and it takes long to load

    with as_file(files("triage.core.model") / f"{name}.npz") as path:
        return mapped.arrays(path)


def _detection(name: str) -> str:
    return (files("triage.core.detect") / "data" / f"{name}.toml").read_text(encoding="utf-8")


def _extraction(name: str) -> str:
    return (files("triage.core.extract") / f"{name}.toml").read_text(encoding="utf-8")
