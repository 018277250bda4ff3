"""How fast are mails judged, next to loops that only read them? `./run.sh bench`; --rounds N for more rounds.

Two mailboxes: one of everyday mail, and one in which every hundredth mail is an employer's. The loops that only read
are given the mails of the file, in memory; `triage scan` is the command itself, called in this process, from the file
to the lines it prints. Counted is the processor's time, of one thread: other programs hardly change it. A first round
is not counted: it loads what is needed once, which takes a second or two.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import mailparser
from rich.console import Console
from rich.table import Table

from bench.mails import SEED, Writer, mbox
from triage.cli import cli
from triage.cli.build import judge
from triage.core import message
from triage.core.values import Cursor, Kind, RawMessage
from triage.demo import sample

RARE = 100
"""In the second mailbox, every so manyeth mail is about a job."""


@dataclass(frozen=True, slots=True)
class Box:
    """The same mails, in memory and in a file."""

    name: str
    mails: Sequence[bytes]
    path: Path


def boxes(folder: Path, count: int) -> Iterator[Box]:
    """Everyday mail; and the same with employers' mail from the demo in it."""
    usual = list(Writer(SEED).mails(count))
    answers = [data for data in (arrival.data for arrival in sample().arrivals) if _is_answer(data)]
    mixed = [
        answers[number // RARE % len(answers)] if number % RARE == 0 else mail for number, mail in enumerate(usual)
    ]
    for name, mails in (("everyday mail", usual), (f"1 of {RARE} from an employer", mixed)):
        path = folder / f"{len(name)}.mbox"
        path.write_bytes(mbox(mails))
        yield Box(name, mails, path)


def standard_library(box: Box) -> None:
    """Reads the text with `email`, and judges nothing."""
    for one in box.mails:
        read = message_from_bytes(one, policy=policy.default)
        assert isinstance(read, EmailMessage)
        part = read.get_body(("plain", "html"))
        if part is not None:
            part.get_content()


def mail_parser(box: Box) -> None:
    """Reads the text with mail-parser, and judges nothing."""
    for one in box.mails:
        read = mailparser.parse_from_bytes(one)
        _ = read.text_plain or read.text_html


def reading(box: Box) -> None:
    """The first half of ours: bytes to a Message."""
    for one in box.mails:
        message.parse(_raw(one))


def judging(box: Box) -> None:
    """Read, judged, and what it says extracted."""
    for one in box.mails:
        JUDGE.verdict(message.parse(_raw(one)))


def scanning(box: Box) -> None:
    """The command: from the file to the printed lines."""
    with (box.path.parent / "lines.jsonl").open("w") as lines, redirect_stdout(lines):
        cli.main(["scan", str(box.path), "--jsonl"], standalone_mode=False)


JUDGE = judge(frozenset())
LOOPS: dict[str, Callable[[Box], None]] = {
    "email, reads only": standard_library,
    "mail-parser, reads only": mail_parser,
    "triage, reads only": reading,
    "triage, reads and judges": judging,
    "triage scan, file to output": scanning,
}


def _raw(data: bytes) -> RawMessage:
    return RawMessage(Cursor("bench", "", 0, 0), datetime(2026, 3, 2, tzinfo=UTC), data)


def _is_answer(data: bytes) -> bool:
    return JUDGE.verdict(message.parse(_raw(data)))[0].kind is not Kind.OTHER


def asked(box: Box) -> int:
    """Of how many mails the network was asked."""
    return sum(JUDGE.verdict(message.parse(_raw(mail)))[0].opinion is not None for mail in box.mails)


def rates(box: Box, rounds: int) -> dict[str, list[float]]:
    """Mails a second, of each loop in turn, round after round."""
    found: dict[str, list[float]] = {name: [] for name in LOOPS}
    for _ in range(rounds + 1):
        for name, loop in LOOPS.items():
            start = time.process_time()
            loop(box)
            found[name].append(len(box.mails) / (time.process_time() - start))
    return {name: values[1:] for name, values in found.items()}


def _table(box: Box, found: dict[str, list[float]]) -> Table:
    size = sum(map(len, box.mails)) / len(box.mails) / 1000
    title = f"{box.name}: {len(box.mails)} mails of {size:.0f} kB; the network was asked about {asked(box)}"
    bases = {"email": "email, reads only", "mail-parser": "mail-parser, reads only"}
    table = Table("loop", "mails/s", *(f"times {name} (least-most)" for name in bases), box=None, title=title)
    for name, values in found.items():
        table.add_row(
            name, f"{statistics.median(values):.0f}", *(_times(values, found[base]) for base in bases.values())
        )
    return table


def _times(values: Sequence[float], base: Sequence[float]) -> str:
    ratios = [one / other for one, other in zip(values, base, strict=True)]
    return f"{statistics.median(ratios):5.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def main() -> None:
    options = argparse.ArgumentParser(prog="bench", description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--mails", type=int, default=600)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for box in boxes(Path(folder), chosen.mails):
            Console(width=100).print(_table(box, rates(box, chosen.rounds)))


if __name__ == "__main__":
    main()
