"""Files for the eyes of their owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from triage import whole
from triage.errors import OutputError

REPORT = "report.html"
"""What `triage report` writes beside the log; it goes where the log goes."""


def write_private(path: Path, text: str) -> None:
    """Write where a person has said, maybe into a device, what only they may read, from its first byte on.

    Raises OutputError.
    """
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # and no /dev/stdout
                os.fchmod(file.fileno(), 0o600)  # one that was there before may be open to others
                os.ftruncate(file.fileno(), 0)
            file.write(text)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error


def keep_private(path: Path, text: str) -> None:
    """Write a file of ours that only its owner may read, whole or not at all. Raises OutputError."""
    try:
        whole.write(path, text.encode())
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error
