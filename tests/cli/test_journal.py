"""Whether it is the journal that listens, and how much it is told."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from triage.cli.journal import is_journal, set_level


def test_the_journal_is_known_by_the_very_stream(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream:
        seen = os.fstat(stream.fileno())
        assert is_journal(stream.fileno(), {"JOURNAL_STREAM": f"{seen.st_dev}:{seen.st_ino}"})
        assert not is_journal(stream.fileno(), {"JOURNAL_STREAM": f"{seen.st_dev}:{seen.st_ino + 1}"}), "inherited"
        assert not is_journal(stream.fileno(), {})
        gone = stream.fileno()
    assert not is_journal(gone, {"JOURNAL_STREAM": "8:1"})


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    ours = logging.getLogger("triage")
    before = ours.level
    yield ours
    ours.setLevel(before)


@pytest.mark.parametrize(
    ("configured", "verbose", "debug", "level"),
    [
        ("error", False, False, logging.ERROR),
        ("warning", False, False, logging.WARNING),
        ("info", False, False, logging.INFO),
        ("debug", False, False, logging.DEBUG),
        ("error", True, False, logging.INFO),
        ("debug", True, False, logging.DEBUG),
        ("error", False, True, logging.DEBUG),
        ("error", True, True, logging.DEBUG),
    ],
)
def test_the_level(logger: logging.Logger, configured: str, verbose: bool, debug: bool, level: int) -> None:
    set_level(configured, verbose=verbose, debug=debug)
    assert logger.level == level
