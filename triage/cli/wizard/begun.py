"""What was answered so far, kept while `triage init` is under way, so that it can be stopped at any moment.

A small file for its owner alone, without any secret; gone when all is done.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from triage import whole
from triage.cli.private import keep_private
from triage.cli.wizard.answers import Answers

FILE = "setting-up.json"


@dataclass(frozen=True, slots=True)
class Begun:
    """How far it has come, for one configuration file."""

    config: Path
    answers: Answers = field(default_factory=Answers)
    done: tuple[str, ...] = ()
    """The names of the steps that need not be taken again."""

    def with_done(self, step: str) -> Begun:
        """The same, one step on."""
        return replace(self, done=(*self.done, step))


def place() -> Path:
    """Where the file is, if there is one."""
    import platformdirs

    return platformdirs.user_state_path("triage", appauthor=False) / FILE


def load(path: Path) -> Begun | None:
    """What stands in the file; None where there is none, or none that can be used."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        known = {one.name for one in fields(Answers)}
        answers = Answers(**{name: value for name, value in kept["answers"].items() if name in known})
        return Begun(Path(kept["config"]), answers, tuple(map(str, kept["done"])))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def keep(path: Path, begun: Begun) -> None:
    """Write it down, all of it or nothing. Raises OutputError."""
    keep_private(path, json.dumps({**asdict(begun), "config": str(begun.config)}, indent=1))


def forget(path: Path) -> None:
    """Remove it, and its folder; a missing one is fine."""
    whole.remove(path)
    with suppress(OSError):  # somebody else has put something there
        path.parent.rmdir()
