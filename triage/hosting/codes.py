"""Codes that somebody holds in their hand: one to enrol with, one to leave with. We keep what they hash to, only."""

from __future__ import annotations

import hashlib
import secrets

from triage.errors import InputError

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's Base32 (https://www.crockford.com/base32.html): nothing that looks like something else."""
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LENGTH, _GROUP = 20, 4
"""100 bits: not to be guessed, whoever tries, so a plain hash keeps them."""


def made() -> str:
    """A new code, in groups that can be read out on the telephone."""
    letters = _some(_LENGTH)
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def digest(code: str) -> bytes:
    """What a code hashes to, however it was typed. Raises InputError where it cannot be one."""
    letters = code.upper().translate(_MEANT)
    if len(letters) != _LENGTH or set(letters) - set(_LETTERS):
        raise InputError("That is not a whole code. One has five groups of four letters and digits, as ABCD-1234-...")
    return hashlib.sha256(f"triage code {letters}".encode()).digest()


def handle() -> str:
    """What a new member is called, by everybody who runs this: chance, and nothing of the person."""
    return f"m-{_some(8).lower()}"


def _some(number: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(number))
