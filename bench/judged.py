"""No mail judged worse for what was not fetched: the log of a run beside the verdicts on the whole mails."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.folder import Folder
from tests.rig.installed import READER, installed
from triage.cli.judging import judge
from triage.core import journey, message
from triage.core.values import Cursor, Details, Kind, RawMessage
from triage.store import Store

Line = tuple[str, Kind, float, Details]
"""What a line of the log says: whose mail, what kind, how sure, and the details."""


def check(box: Folder, scratch: Path) -> str:
    """A sentence where every line is the same. Raises AssertionError with what is not."""
    kept, whole = logged(scratch), judged(box)
    missing, added = whole - kept, kept - whole
    if missing or added:
        shown = [f"- {line}" for line in missing] + [f"+ {line}" for line in added]
        raise AssertionError("mails were judged otherwise than from their whole bytes:\n" + "\n".join(sorted(shown)))
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(line[1] for line in kept).most_common())
    return f"Checked: all {box.count} mails are judged as their whole bytes are; in the log: {kinds}."


def logged(scratch: Path) -> Counter[Line]:
    """What the program has logged in this folder, without the silences that it noticed."""
    store = Store(installed(scratch).store)
    try:
        with store.reading() as work:
            events = work.log.events()
    finally:
        store.close()
    return Counter(
        (event.message_id, event.kind, event.confidence, event.details)
        for event in events
        if event.kind in journey.LOGGED or event.kind is Kind.UNREADABLE
    )


def judged(box: Folder) -> Counter[Line]:
    """What there is to log in the whole mails, each judged by itself."""
    judging = judge(frozenset({READER, "robin"}))
    lines: Counter[Line] = Counter()
    for data, received in box.mails():
        read = message.parse(RawMessage(Cursor("measured", "INBOX", 1, 1), received, data))
        verdict, details = judging.verdict(read)
        if verdict.kind in journey.LOGGED:
            lines[read.message_id, verdict.kind, round(verdict.confidence, 4), details] += 1
    return lines
