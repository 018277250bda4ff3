"""The log of the running program, on stderr: one line a fact, no word of any mail, no secret.

Levels are set on the logger `triage` alone, and what libraries log goes nowhere: the IMAP library logs whole mails
at DEBUG, and the mail parser words of a mail at ERROR.
"""

from __future__ import annotations

import logging
import os

_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _JournalFormatter(logging.Formatter):
    """The level as systemd's journal reads it (sd-daemon(3)); the journal adds the time itself."""

    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{_PRIORITY.get(record.levelno, 5)}>"
        return "\n".join(prefix + line for line in super().format(record).splitlines())


def set_up_logging(*, verbose: bool, debug: bool) -> None:
    """Send `triage`'s own log lines to stderr: warnings, with `verbose` facts too, with `debug` everything."""
    handler = logging.StreamHandler()
    under_systemd = "JOURNAL_STREAM" in os.environ
    text = "%(message)s" if under_systemd else "%(asctime)s %(levelname)-7s %(message)s"
    handler.setFormatter((_JournalFormatter if under_systemd else logging.Formatter)(text))
    # Without any handler there, Python would print the libraries' warnings to stderr by itself.
    logging.getLogger().addHandler(logging.NullHandler())
    logger = logging.getLogger("triage")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING)
