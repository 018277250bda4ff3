"""The words of a message, as the quick look and the network get them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """What is laid out: all of it the mail's own words, but for `quoted`."""

    sender: str
    subject: str
    sentences: Sequence[str]
    quoted: str = ""
