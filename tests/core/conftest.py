"""Golden letters: `WRITE_LETTERS=1 pytest tests/core/test_content.py` writes them anew. Read every one that changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

LETTERS = Path(__file__).parent / "letters"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a text with the file of that name, or writes it there."""

    def compare(name: str, text: str) -> None:
        path = LETTERS / f"{name}.txt"
        if os.environ.get("WRITE_LETTERS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), "There is no such golden letter yet: run with WRITE_LETTERS=1, and read it."
        assert text == path.read_text(encoding="utf-8")

    return compare
