"""The long form of the tests of damage: thousands of flipped bytes in stores of two sizes, plain and encrypted."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.store.flips import Fate, fate, flips, lived_in, rows
from tests.torture.table import Row, Say
from triage.store.cipher import PLAIN, Cipher

SIZES = (150, 1500)
"""Events in the stores: some weeks, and more than a year."""
KEYS = (PLAIN, Cipher("0f" * 32))


def full(say: Say, count: int = 1000) -> Row:
    """So many flips in each of the four stores. In an encrypted one, none may go unnoticed."""
    began = time.monotonic()
    found: Counter[str] = Counter()
    failures: list[str] = []
    for events in SIZES:
        for cipher in KEYS:
            name = f"{'encrypted' if cipher.key else 'plain'}, {events} events"
            _one(events, cipher, count, name, found, failures)
            say(f"{name}: {count} flips, {len(failures)} failures so far")
    note = ", ".join(f"{what}: {number}" for what, number in sorted(found.items()))
    return Row("a byte of the store flipped", sum(found.values()), tuple(failures), time.monotonic() - began, note)


def _one(events: int, cipher: Cipher, count: int, name: str, found: Counter[str], failures: list[str]) -> None:
    with TemporaryDirectory(prefix="triage-") as folder:
        source = lived_in(Path(folder) / "source", events, cipher)
        whole, whole_rows = source.read_bytes(), rows(source, cipher)
        trial = Path(folder) / "trial"
        trial.mkdir()
        for number, flip in enumerate(flips(len(whole), count, seed=events)):
            for left in trial.iterdir():
                left.unlink()
            data = bytearray(whole)
            flip(data)
            try:
                came = fate(trial, bytes(data), whole_rows, cipher)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is what this looks for
                failures.append(f"{name}, flip {number}: {type(error).__name__}: {error}"[:200])
                continue
            found[f"{'encrypted' if cipher.key else 'plain'} {came}"] += 1
            if cipher.key and came is Fate.ONE_VALUE:
                failures.append(f"{name}, flip {number}: a changed value went unnoticed")
