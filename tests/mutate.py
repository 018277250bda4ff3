"""Mails spoilt by chance, read, judged and searched for details: `python -m tests.mutate 100000 --seed 1`.

Every mail is made from the seed and its own number alone, so any of them can be made again: `--first 4711` and 1 mail.
The network is asked about every fiftieth only, as it takes longer than all the rest; the signals judge every one.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import random
import resource
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from logging.handlers import QueueHandler
from pathlib import Path
from queue import SimpleQueue

from rich.console import Console

from tests.mutations import spoilt
from triage.cli import build
from triage.core import message, trust
from triage.core.detect import Detector
from triage.core.judge import Judge
from triage.core.values import Cursor, Kind, RawMessage
from triage.demo import sample

SLOW = 2.0
"""Seconds of the processor that one mail may take."""
NETWORK_EVERY = 50
_CORPUS = Path(__file__).parent / "corpus"
_RECEIVED = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)
KINDS = tuple(Kind)


@cache
def seeds() -> tuple[bytes, ...]:
    """Sound mails in nine languages, broken ones, and those of the demo."""
    broken = [path.read_bytes() for path in sorted((_CORPUS / "mime").glob("*.eml"))]
    return (*broken, *(arrival.data for arrival in sample().arrivals), *_written())


def _written() -> Iterator[bytes]:
    for path in sorted((_CORPUS / "mails").glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["mail"]:
            head = (
                f"From: {row['from']}\nTo: kit@reader.example\nSubject: {row['subject']}\nMessage-ID: <{row['id']}@x>"
            )
            kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
            yield f"{head}\n{kind}\n\n{row['body']}".encode()


def mail(seed: int, number: int) -> bytes:
    """Mail `number` of the run with this seed."""
    return spoilt(seeds(), random.Random(f"{seed}/{number}"))


@cache
def _judges() -> tuple[Judge, Judge]:
    """One that asks the network about mail like an employer's, and one that goes by the signals alone."""
    asking = build.judge(frozenset({"kit@reader.example"}))
    # The languages take up most of the room: both shall have the same, as the service has them once.
    alone = Detector(asking.detector._languages, asking.detector._senders)
    return asking, replace(asking, detector=alone)


def look(data: bytes, number: int) -> Kind:
    """All that is done with a mail before it is logged, and its details as if it were each kind in turn."""
    asking, alone = _judges()
    judge = alone if number % NETWORK_EVERY else asking
    read = message.parse(RawMessage(Cursor("home", "INBOX", 1, 1), _RECEIVED, data))
    verdict, _ = judge.verdict(read)
    judge.extractor.details(read, replace(verdict, kind=KINDS[number % len(KINDS)]))
    judge.fingerprint(read, verdict, b"key")
    trust.sender(read, "mx.example")
    return verdict.kind


@contextmanager
def _overheard() -> Iterator[list[logging.LogRecord]]:
    """Whatever is logged meanwhile."""
    records = SimpleQueue[logging.LogRecord]()
    handler = QueueHandler(records)
    heard: list[logging.LogRecord] = []
    logging.getLogger().addHandler(handler)
    try:
        yield heard
    finally:
        logging.getLogger().removeHandler(handler)
        while not records.empty():
            heard.append(records.get())


@dataclass(slots=True)
class Run:
    """What came of the mails of one run."""

    failures: list[tuple[int, str]] = field(default_factory=list)
    """Of mails by their number: what was raised, or written to a log, where nothing of a mail may stand."""
    slowest: list[tuple[float, int]] = field(default_factory=list)

    def take(self, seed: int, number: int) -> None:
        """Look at one mail, and note how that went."""
        data = mail(seed, number)
        start = time.process_time()
        with _overheard() as logged:
            try:
                look(data, number)
            except Exception as error:  # noqa: BLE001 - that there is none is what is tested
                self.failures.append((number, f"{type(error).__name__}: {error}"))
        took = time.process_time() - start
        self.failures += [(number, f"logged by {record.name}") for record in logged]
        self.slowest = sorted([*self.slowest, (took, number)], reverse=True)[:5]


def memory() -> float:
    """The most this process has used, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    options = argparse.ArgumentParser(prog="tests.mutate", description=__doc__)
    options.add_argument("mails", type=int)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0, help="the number of the first mail")
    given = options.parse_args()
    run, told, out = Run(), 0, Console(highlight=False, markup=False)
    for count in range(1, given.mails + 1):
        faulthandler.dump_traceback_later(60)  # where a mail hangs, it is said where
        run.take(given.seed, given.first + count - 1)
        for number, what in run.failures[told:]:
            out.print(f"mail {number}: {what}")
        told = len(run.failures)
        if count % max(1, given.mails // 20) == 0:
            out.print(f"{count} mails, {told} failures, {memory():.0f} MB at most, slowest {run.slowest[0][0]:.2f} s")
    faulthandler.cancel_dump_traceback_later()
    for took, number in run.slowest:
        out.print(f"mail {number}: {took:.2f} s")
    return 1 if run.failures or run.slowest[0][0] > SLOW else 0


if __name__ == "__main__":
    sys.exit(main())
