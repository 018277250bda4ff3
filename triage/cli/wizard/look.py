"""What triage would have found in the last thirty days: counts alone. What is read for that is forgotten at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from triage.cli import build
from triage.cli.clock import utc_now
from triage.cli.progress import bars
from triage.config.values import Config
from triage.core.values import Kind
from triage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 30
_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.OFFER: ("an offer", "offers"),
    Kind.INTERVIEW: ("an invitation to a talk", "invitations to talks"),
    Kind.ASSESSMENT: ("a task or a test", "tasks or tests"),
    Kind.REJECTION: ("an answer that says no", "answers that say no"),
    Kind.ACKNOWLEDGEMENT: ("a confirmation that your application came in", "confirmations that an application came in"),
    Kind.OUTREACH: ("a message from a recruiter", "messages from recruiters"),
    Kind.UNSURE: ("a mail that may be an answer; triage would ask you", "mails that may be answers; it would ask you"),
    Kind.UNREADABLE: ("a mail that could not be read", "mails that could not be read"),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many mails were looked at, and how many of each kind are worth a line of the log."""

    read: int
    kinds: Mapping[Kind, int]

    @property
    def sentence(self) -> str:
        """What comes before the rows, or says that there are none."""
        if not self.read:
            return f"No mail came in the last {DAYS} days."
        told = sum(self.kinds[kind] for kind, _ in self._shown)
        mails = "One mail" if self.read == 1 else f"{self.read} mails"
        if not told:
            return f"{mails} came in the last {DAYS} days. None looks like an employer's answer."
        return f"{mails} came in the last {DAYS} days. triage would have put into its log:"

    @property
    def rows(self) -> list[str]:
        """One line a kind, the best news first."""
        return [f"{self.kinds[kind]:4}  {words[self.kinds[kind] != 1]}" for kind, words in self._shown]

    @property
    def _shown(self) -> list[tuple[Kind, tuple[str, str]]]:
        return [(kind, words) for kind, words in _WORDS.items() if self.kinds.get(kind)]


def look(config: Config) -> Counted:
    """Read as the service would, into a store that is thrown away. Raises TriageError."""
    read, kinds, since = 0, Counter[Kind](), utc_now() - timedelta(days=DAYS)
    with _passing() as store, bars() as progress:
        pipeline = build.pipeline(config, store)
        for watched in build.watched(config):
            try:
                for folder in watched.mailbox.folders:
                    tally = pipeline.read(watched.mailbox, folder, since, progress)
                    read, kinds = read + tally.read, kinds + Counter(tally.logged)
            finally:
                watched.mailbox.close()
        pipeline.judge.rest()  # the wizard goes on for as long as the person thinks
    return Counted(read, dict(kinds))


@contextmanager
def _passing() -> Iterator[Store]:
    """A store for a moment: in memory where this session has a folder for that, otherwise among temporary files."""
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = bool(folder) and os.access(folder, os.W_OK | os.X_OK)
    with TemporaryDirectory(prefix="triage-", dir=folder if usable else None) as place:
        store = Store(Path(place))
        try:
            yield store
        finally:
            store.close()
