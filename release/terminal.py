"""The files of `triage/terminal`, made from the commands: the manual page, and what three shells need to complete."""

from __future__ import annotations

from pathlib import Path

from click.shell_completion import get_completion_class

from release.manual import page
from triage.cli import cli
from triage.terminal import MARK

FOLDER = Path(__file__).parents[1] / "triage" / "terminal"
SHELLS = ("bash", "zsh", "fish")


def made() -> dict[str, str]:
    """Each file by its name, as it has to be."""
    return {"triage.1": page()} | {f"triage.{shell}": _completion(shell) for shell in SHELLS}


def write() -> list[str]:
    """Bring the files up to date; returns the names of those that were not."""
    stale = [name for name, text in made().items() if not _is(FOLDER / name, text)]
    for name in stale:
        (FOLDER / name).write_text(made()[name], encoding="utf-8")
    return stale


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _completion(shell: str) -> str:
    """click's own script. zsh wants `#compdef` in the first line, so what we say stands in the second."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # click knows these three
    # The template itself: `source()` would first ask the bash of this machine how old it is.
    filled = kind.source_template % kind(cli, {}, "triage", "_TRIAGE_COMPLETE").source_vars()
    lines = [line.rstrip() for line in filled.strip().splitlines()]
    lines.insert(int(lines[0].startswith("#")), f"# Completion of triage in {shell}, {MARK} (./run.sh manual).")
    return "\n".join(lines) + "\n"
