"""The log of the running program: one line a fact, no word of any mail, no secret. On stderr, or in systemd's journal.

Levels are set on the logger `triage` alone, and what libraries log goes nowhere: the IMAP library logs whole mails
at DEBUG, and the mail parser words of a mail at ERROR.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

JOURNAL = "/run/systemd/journal/socket"
"""Where systemd's journal takes lines with fields."""
PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class Prefixed(logging.Formatter):
    """The level as systemd's journal reads it (sd-daemon(3)); the journal adds the time itself."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{PRIORITY.get(record.levelno, 5)}>"
        return "\n".join(prefix + line for line in super().format(record).splitlines())


def set_up_logging(*, verbose: bool, debug: bool, journal: str = JOURNAL) -> None:
    """Send `triage`'s own log lines where they belong: warnings, with `verbose` facts too, with `debug` everything."""
    handler: logging.Handler
    if is_journal(2, os.environ):
        from triage.cli.native import Journal

        handler = Journal(journal)
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    # Without any handler there, Python would print the libraries' warnings to stderr by itself.
    logging.getLogger().addHandler(logging.NullHandler())
    logger = logging.getLogger("triage")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING)


def set_level(configured: str, *, verbose: bool, debug: bool) -> None:
    """What a running service says, by the configuration; an option on the command line counts for more."""
    level = _LEVELS[configured]
    if debug:
        level = logging.DEBUG
    elif verbose:
        level = min(level, logging.INFO)
    logging.getLogger("triage").setLevel(level)


_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}
"""As `[service] log_level` names them."""


def is_journal(descriptor: int, environ: Mapping[str, str]) -> bool:
    """Does what is written here go to systemd's journal (systemd.exec(5), $JOURNAL_STREAM)?

    The variable is handed on to every program that is started, the terminals of a desktop among them: so it counts
    only where it names this very stream.
    """
    named = environ.get("JOURNAL_STREAM", "")
    try:
        seen = os.fstat(descriptor)
    except OSError:
        return False
    return named == f"{seen.st_dev}:{seen.st_ino}"
