"""From a mail's arrival to its row in the log and to the prompt note in the inbox, and the server's own share of it."""

from __future__ import annotations

import random
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.arriving import PATIENCE, Idler, Typist, arrival, breathe, drop, logged
from bench.folder import say
from bench.options import Options
from bench.program import BOX, IMAP, Rows, beside, running, until
from bench.report import Goal, Report, Table
from bench.server import Served, serving
from tests.rig import employers

USER = "robin"
MARK = b"X-Triage-Letter:"
PROMPT_EACH = 4
"""Every so manyeth mail is an invitation, of which a note is written at once."""
PUSH, DROPPED, APPENDED, OWN, NOTE = (
    "Dovecot's own push (a bare IDLE)",
    "mail to row: delivered into the Maildir",
    "mail to row: appended by another program",
    "of that ours: from the push to the row",
    "mail to prompt note in the inbox",
)


@dataclass(slots=True)
class Found:
    """Seconds, by what they are of."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, seconds: float) -> None:
        self.taken.setdefault(what, []).append(seconds)

    def all(self) -> tuple[float, ...]:
        """From a mail's arrival to its row, whichever way it came."""
        return (*self.taken.get(DROPPED, ()), *self.taken.get(APPENDED, ()))


def run(options: Options) -> Report:
    """The part `latency`."""
    found = Found()
    with serving() as served, tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        served.make(USER)
        program = beside(Path(folder), IMAP.format(name=BOX, port=served.port, user=USER, days=30), (BOX,))
        with running(program), Idler(served.port, USER) as idler:
            rows, typist = Rows(program), Typist(served.port, USER)
            _arrive(served, (idler, rows, typist), found, options.arrivals)
            typist.close()
            rows.close()
    return Report("latency", (_table(found),), _goals(found))


def _arrive(served: Served, parties: tuple[Idler, Rows, Typist], found: Found, count: int) -> None:
    idler, rows, typist = parties
    dice, folder = random.Random(count), served.maildir(USER)  # noqa: S311 - no secret
    for number in range(count + 1):
        say(f"mail {number} of {count}", end="\r")
        prompt = number % PROMPT_EACH == 1
        mail = arrival(employers.interview if prompt else employers.rejection)
        before = notes(folder)
        way = (DROPPED, APPENDED)[number // PROMPT_EACH % 2 if prompt else number % 2]
        sent = drop(folder, mail) if way is DROPPED else typist.append(mail)
        row = logged(rows, mail)
        note = _noted(folder, before) if prompt else 0.0
        if number:  # the first one loads what is loaded once
            push = idler.told(sent)
            found.note(way, row - sent)
            if push is not None:
                found.note(PUSH, push - sent)
                found.note(OWN, row - push)
            if prompt:
                found.note(NOTE, note - sent)
        breathe(dice)
    say("")


def _noted(folder: Path, before: int) -> float:
    return until(lambda: notes(folder) > before, PATIENCE)


_SEEN: dict[str, bool] = {}


def notes(folder: Path) -> int:
    """How many letters of ours lie in the inbox."""
    total = 0
    for part in ("new", "cur"):
        for entry in (folder / part).iterdir():
            name = entry.name.partition(":")[0]
            if name not in _SEEN:
                try:
                    _SEEN[name] = MARK in entry.read_bytes()[:8192]
                except FileNotFoundError:  # it moves from one to the other
                    continue
            total += _SEEN[name]
    return total


def percentile(values: Sequence[float], share: int) -> float:
    """The value that so many of a hundred do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1] if len(values) > 1 else values[0]


def _table(found: Found) -> Table:
    rows = tuple(
        (what, str(len(values)), *(f"{percentile(values, share):.3f}" for share in (50, 95, 99)), f"{max(values):.3f}")
        for what in (PUSH, DROPPED, APPENDED, OWN, NOTE)
        if (values := found.taken.get(what))
    )
    return Table("latency, in seconds", ("", "mails", "p50", "p95", "p99", "most"), rows)


def _goals(found: Found) -> tuple[Goal, ...]:
    rows, note = found.all(), found.taken[NOTE]
    return (
        Goal("mail to row in the log, over IDLE: p95", 1.0, "s", (percentile(rows, 95),)),
        Goal("mail to row in the log, over IDLE: p99", 2.0, "s", (percentile(rows, 99),)),
        Goal("mail to prompt note in the inbox: p95", 3.0, "s", (percentile(note, 95),)),
    )
