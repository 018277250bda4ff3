"""The lines that the running program logs, each with a name that stays when its words change.

The names are for those who look for lines (`journalctl --user -u triage TRIAGE_EVENT=letter-written`) or watch for
them; docs/your-data.md lists them. A test holds this table to the lines.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

EVENTS = {
    "Watching %d mailbox(es).": "watching",
    "Stopped.": "stopped",
    "The changed configuration holds from now on.": "configuration-changed",
    "The configuration is left as it was: %s": "configuration-refused",
    "Mailbox %s: %d read, %s.": "mailbox-read",
    "A message could not be judged (%s); it is logged as unreadable.": "message-unreadable",
    "A message could not be fetched %d times; it is logged as unreadable.": "message-unreadable",
    "A message has stopped the program %d times; it is logged as unreadable.": "message-unreadable",
    "A mail that answers a letter is ignored: %s.": "answer-ignored",
    "A %s letter is written.": "letter-written",
    "A letter could not be delivered: %s": "letter-undelivered",
    "The store is backed up.": "backup-made",
    "%s Until that works, a restart would need `%s`.": "sign-in-not-kept",
    "%s": "store-trouble",
}
"""Words as they stand in the code, and the name of what has happened."""
FAILED = "%s: %s"
"""What went wrong where: in a mailbox, in writing letters, in making a backup. The next try comes by itself."""
_MAILBOX, _WHERE = "Mailbox ", {"Letters": "letters-failed", "Backup": "backup-failed"}


@dataclass(frozen=True, slots=True)
class Happened:
    """What a line says, for a program: the name of the event, and of the mailbox. Empty where there is none."""

    event: str
    mailbox: str = ""


def happened(record: logging.LogRecord) -> Happened:
    """What this line is about; never a word of a mail, and no address: a mailbox goes by its name."""
    words, told = str(record.msg), record.args if isinstance(record.args, tuple) else ()
    where = str(told[0]) if told else ""
    if words == FAILED:
        if where.startswith(_MAILBOX):
            return Happened("mailbox-failed", where.removeprefix(_MAILBOX))
        return Happened(_WHERE.get(where, ""))
    return Happened(EVENTS.get(words, ""), where if words.startswith("Mailbox %s: ") else "")
