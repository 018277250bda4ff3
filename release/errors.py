"""What stops a release."""

from __future__ import annotations


class ReleaseError(Exception):
    """A sentence that says what is wrong with what was made."""
