"""The mailbox that is measured: a Maildir of thousands of mails, built once and kept in the reader's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench import jobs
from bench.mails import SEED, Writer

DAYS = 300
"""Over which the mails are spread."""
RARE = 100
"""Every so manyeth mail is an employer's."""
CHUNK = 250
_TOLD = "folder.json"
YEARS, MONTH = 8 * 365, 30
"""Days of the large mailbox, and of its part that a first look reads."""
_SMALL = (
    b"From: News <news@shop.example>\nTo: robin@ekholm.example\nSubject: News\nMIME-Version: 1.0\n"
    b"Content-Type: text/plain; charset=utf-8\n\n" + b"What there is in the shop today is on this page.\n" * 40
)
_SOURCES = ("mails.py", "jobs.py", "names.py", "folder.py", "words.toml", "names.toml")


@dataclass(frozen=True, slots=True)
class Folder:
    """A Maildir with `count` mails of together `octets` bytes, as IMAP counts them."""

    path: Path
    count: int
    octets: int
    oldest: float
    """When the first of them came, in seconds since 1970."""

    @property
    def days(self) -> int:
        """How many days to look back to see all of it."""
        return (datetime.now(UTC) - datetime.fromtimestamp(self.oldest, UTC)).days + 2

    def mails(self) -> Iterator[tuple[bytes, datetime]]:
        """All of them, oldest first, as a server would hand them over, and when they came."""
        for entry in sorted(os.scandir(self.path / "cur"), key=lambda entry: entry.name):
            data = Path(entry.path).read_bytes().replace(b"\n", b"\r\n")
            yield data, datetime.fromtimestamp(int(entry.stat().st_mtime), UTC)


def cache() -> Path:
    """Where mailboxes are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "triage-bench"


def everyday(below: Path, count: int) -> Folder:
    """The realistic mix of `count` mails. Built where it is not there yet: two minutes for 20,000."""
    return _built(below / f"everyday-{count}-{_version()}", partial(_everyday, count))


def _everyday(count: int, path: Path) -> Folder:
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = end - timedelta(days=DAYS)
    return Folder(path, count, sum(_written(path, count, start)), start.timestamp())


def _built(path: Path, build: Callable[[Path], Folder]) -> Folder:
    """Once, under another name until it is whole: so nobody else uses a half of it."""
    if not (path / _TOLD).exists():
        part = path.with_name(f"{path.name}.{os.getpid()}")
        (part / "cur").mkdir(parents=True)
        made = build(part)
        told = {"count": made.count, "octets": made.octets, "oldest": made.oldest}
        (part / _TOLD).write_text(json.dumps(told))
        shutil.rmtree(path, ignore_errors=True)
        part.rename(path)
    return Folder(path, **json.loads((path / _TOLD).read_text()))


def large(below: Path, count: int) -> Folder:
    """`count` mails of eight years. Those of the last month are of the realistic mix; the older ones nobody fetches,
    so they are links to one small mail a day.
    """
    path = below / f"large-{count}-{_version()}-{datetime.now(UTC):%Y-%m-%d}"
    for old in below.glob(f"large-{count}-*"):
        if old != path:
            shutil.rmtree(old, ignore_errors=True)
    return _built(path, partial(_large, count))


def _large(count: int, path: Path) -> Folder:
    start = datetime.now(UTC) - timedelta(days=YEARS)
    number, octets = _linked(path / "cur", count, start)
    return Folder(path, count, octets + _lately(path / "cur", range(number, count), start), start.timestamp())


def _linked(cur: Path, count: int, start: datetime) -> tuple[int, int]:
    """All but the last month: the mail of a day, as often as its share is. Returns how many, and their bytes."""
    octets = number = size = 0
    for day in range(YEARS - MONTH):
        when = start + timedelta(days=day, hours=12)
        first = cur / _name(number, _SMALL, when)
        while number < count / YEARS * (day + 1):
            if cur / _name(number, _SMALL, when) == first:
                size = put(cur, number, _SMALL, when)
            else:
                (cur / _name(number, _SMALL, when)).hardlink_to(first)
            octets, number = octets + size, number + 1
        say(f"linking mails: {number} of {count}", end="\r")
    return number, octets


def _lately(cur: Path, numbers: range, start: datetime) -> int:
    octets, writer = 0, Writer(SEED)
    for place, number in enumerate(numbers):
        when = start + timedelta(days=YEARS - MONTH) + timedelta(days=MONTH) * place / len(numbers)
        rare = place % RARE == RARE // 2
        data = jobs.mail(writer, place // RARE, when) if rare else writer.mail(number, when)
        octets += put(cur, number, data, when)
    say("")
    return octets


def _version() -> str:
    """Other mails are kept elsewhere."""
    here = Path(__file__).parent
    return hashlib.sha256(b"".join((here / name).read_bytes() for name in _SOURCES)).hexdigest()[:10]


def _written(path: Path, count: int, start: datetime) -> Iterator[int]:
    """Bytes of the mails, a chunk at a time."""
    chunks = range(0, count, CHUNK)
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(chunks))) as pool:
        for number, octets in enumerate(pool.map(partial(_chunk, path, count, start), chunks)):
            say(f"writing mails: {min((number + 1) * CHUNK, count)} of {count}", end="\r")
            yield octets
    say("")


def _chunk(path: Path, count: int, start: datetime, first: int) -> int:
    """Its own dice for each chunk: so the mails are the same on any number of processors."""
    writer, octets = Writer(SEED + first), 0
    for number in range(first, min(first + CHUNK, count)):
        when = start + timedelta(days=DAYS) * number / count
        rare = number % RARE == RARE // 2
        data = jobs.mail(writer, number // RARE, when) if rare else writer.mail(number, when)
        octets += put(path / "cur", number, data, when)
    return octets


def put(cur: Path, number: int, data: bytes, when: datetime) -> int:
    """Lay one mail into the folder, seen, as a mail server does it; its size as IMAP counts it."""
    stamp, written = int(when.timestamp()), cur / _name(number, data, when)
    written.write_bytes(data)
    os.utime(written, (stamp, stamp))
    return _octets(data)


def _name(number: int, data: bytes, when: datetime) -> str:
    return f"{int(when.timestamp())}.M{number:06}P1.bench,S={len(data)},W={_octets(data)}:2,S"


def _octets(data: bytes) -> int:
    """As IMAP counts them: with a line end of two characters."""
    return len(data) + data.count(b"\n")


def say(text: str, end: str = "\n") -> None:
    """Tell whoever waits what is being done; what is soon told anew, only where somebody is looking."""
    if end == "\n" or sys.stderr.isatty():
        print(f"{text:<60}", end=end, file=sys.stderr, flush=True)  # noqa: T201 - a command's own words
