"""What becomes of a store when bytes of its file are changed: refused, the same all the same, or one value another."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from tests.store.making import NOW, event, letter
from triage.core.acts import Act, Did
from triage.errors import StoreError
from triage.store import FILE, Store
from triage.store.cipher import PLAIN, Cipher

Rows = dict[str, list[tuple[object, ...]]]


class Fate(StrEnum):
    """What one change comes to. Anything else fails the test."""

    REFUSED = "refused, file untouched"
    HARMLESS = "opens, all data equal"
    ONE_VALUE = "opens, one value is another"


def lived_in(folder: Path, events: int, cipher: Cipher = PLAIN) -> Path:
    """A closed store as months of use make it: something in every table."""
    store = Store(folder, cipher)
    with store.writing() as work:
        work.acts.keep(Act(Did.NOTE, NOW, text="They asked about SQL."))
        work.notes.polled("mine", NOW)
        for number in range(events):
            plain = event(f"{number:064x}", f"Company {number}")
            told = work.log.record(replace(plain, application=work.log.begin(plain.details), thread=("<a@b.example>",)))
            if number % 5 == 0:
                work.outbox.mark_sent(work.outbox.enqueue(letter(f"<{number}@x>", told), NOW), NOW)
    store.close()
    return folder / FILE


def rows(path: Path, cipher: Cipher = PLAIN) -> Rows:
    """Everything in the store, table by table."""
    with closing(cipher.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in sorted(names)}


def fate(folder: Path, data: bytes, whole: Rows, cipher: Cipher = PLAIN) -> Fate:
    """Open a store with this content in `folder`, and read all of it as the program does."""
    (folder / FILE).write_bytes(data)
    try:
        _read_all(folder, cipher)
    except StoreError as error:
        told = error.exit_code
    else:
        return _compared(rows(folder / FILE, cipher), whole)
    assert told == 74
    assert (folder / FILE).read_bytes() == data, "refused, but not left as it was"
    return Fate.REFUSED


def _read_all(folder: Path, cipher: Cipher) -> None:
    store = Store(folder, cipher)
    try:
        with store.reading() as work:
            work.log.applications()
            work.log.cursors()
            work.outbox.letters()
            work.outbox.sent(NOW)
            work.corrections.all()
            work.notes.health()
    finally:
        store.close()


def _compared(found: Rows, whole: Rows) -> Fate:
    assert {name: len(lines) for name, lines in found.items()} == {name: len(lines) for name, lines in whole.items()}
    pairs = [pair for name, lines in whole.items() for pair in zip(lines, found[name], strict=True)]
    values = [pair for one, other in pairs for pair in zip(one, other, strict=True)]
    changed = sum(one != other for one, other in values)
    assert changed <= 1
    return Fate.ONE_VALUE if changed else Fate.HARMLESS


def survey(source: Path, folder: Path, spoilt: Iterable[Callable[[bytearray], None]]) -> Counter[Fate]:
    """The fate of each way to spoil the store at `source`, tried in `folder`."""
    whole, whole_rows = source.read_bytes(), rows(source)
    found: Counter[Fate] = Counter()
    for spoil in spoilt:
        data = bytearray(whole)
        spoil(data)
        for left in folder.iterdir():
            left.unlink()
        found[fate(folder, bytes(data), whole_rows)] += 1
    return found


def flips(size: int, count: int, seed: int = 1) -> list[Callable[[bytearray], None]]:
    """Every byte of the header, and so many others; half of them one bit, half of them all bits."""
    chance = random.Random(seed)
    offsets = [*range(100), *chance.sample(range(100, size), count - 100)]
    return [_flip(offset, 0xFF if number % 2 else 1 << chance.randrange(8)) for number, offset in enumerate(offsets)]


def _flip(offset: int, bits: int) -> Callable[[bytearray], None]:
    def flip(data: bytearray) -> None:
        data[offset] ^= bits

    return flip
