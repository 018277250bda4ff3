"""The log of a worker, on stderr: handles and numbers, and nothing of what is written for a single reader's own eyes.

There a line may name a mailbox, or the user a server refused: it is their own machine. Here it is somebody else's. So
of the lines that other rooms write, the name of the event is shown (`triage.cli.events`), and whose it is.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime

from triage.cli.events import happened
from triage.cli.journal import Prefixed, is_journal
from triage.hosting.home import AT_WORK

_OURS = "triage.hosting"


class _Handles(logging.Filter):
    """Has lines of other rooms say what has happened, and to whom, and nothing else."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = record.stack_info = None
        if not record.name.startswith(_OURS):
            told = {"event": happened(record).event or record.name, "member": AT_WORK.get()}
            record.msg, record.args = " ".join(filter(None, told.values())), None
            record.told = told
        return True


class _Objects(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "room": record.name,
            "says": record.getMessage(),
        }
        return json.dumps(line | getattr(record, "told", {}), ensure_ascii=False)


def log_in_handles(*, as_json: bool, level: int) -> None:
    """From now on, log so."""
    handler = logging.StreamHandler()
    handler.addFilter(_Handles())
    if as_json:
        handler.setFormatter(_Objects())
    elif is_journal(2, os.environ):
        handler.setFormatter(Prefixed("%(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    logging.getLogger().addHandler(logging.NullHandler())
    logger = logging.getLogger("triage")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)
