"""What `triage check` looks at around the program: servers, certificates, this machine, systemd.

`network`, `tls`, `survey`, `machine` and `systemd` look, and say only what they saw. `on_servers` and `on_machine` are
pure: they turn that into findings, each with a verdict, a sentence, and the remedy. Nothing here changes anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from triage.errors import TriageError


class Verdict(StrEnum):
    """How it is, as it is printed."""

    OK = "ok"
    NOTE = "note"
    """It works, and there is something to know."""
    WRONG = "WRONG"
    SKIPPED = "-"
    """Not looked at, because it hangs on something that is wrong, or was not asked for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` is what to do, if anything; `code` the exit code of what is wrong."""

    what: str
    verdict: Verdict
    how: str
    remedy: str = ""
    code: int = 0


def ok(what: str, how: str) -> Finding:
    return Finding(what, Verdict.OK, how)


def note(what: str, how: str, remedy: str = "") -> Finding:
    return Finding(what, Verdict.NOTE, how, remedy)


def wrong(what: str, how: str, remedy: str, code: int) -> Finding:
    return Finding(what, Verdict.WRONG, how, remedy, code)


def skipped(what: str, because: str) -> Finding:
    return Finding(what, Verdict.SKIPPED, f"not looked at, because {because}")


def failed(what: str, error: TriageError) -> Finding:
    """What an error of ours says, parted into what is wrong and what to do about it."""
    return wrong(what, *parted(str(error)), error.exit_code)


_VERBS = "ask|check|chmod|choose|encrypt|give|install|look|make|move|run|set|start|store|trying|try|use|wait|write"
_ENDS = (re.compile(r"(?<=[.!?]) (?=[A-Z`])"), re.compile(rf"(?<=[^\d\s])[:;] (?=`|(?:{_VERBS})\b)"))
"""Where, in our sentences, the remedy begins: after a full stop, or with a verb after a colon or a semicolon."""


def parted(sentence: str) -> tuple[str, str]:
    """What an error says, and what to do, as sentences; the second is empty where it says nothing of that."""
    for end in _ENDS:
        if match := end.search(sentence):
            how, remedy = sentence[: match.start()], sentence[match.end() :]
            return _ended(how), remedy[:1].upper() + remedy[1:]
    return sentence, ""


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
