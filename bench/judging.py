"""How fast mails in memory are judged, next to loops that only read them; processor time of one thread.

Two mailboxes: everyday mail, and the same with an employer's mail at every hundredth place. A first round is not
counted: it loads what is loaded once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import mailparser

from bench import jobs
from bench.folder import RARE
from bench.mails import LONG_AGO, SEED, Writer
from bench.options import Options
from bench.report import Report, Table, number, ratios, spread
from triage.cli.judging import judge
from triage.core import message
from triage.core.values import Cursor, RawMessage

MAILS = 600
JUDGE = judge(frozenset())


@dataclass(frozen=True, slots=True)
class Box:
    """Mails in memory."""

    name: str
    mails: Sequence[bytes]


def boxes(count: int) -> Iterator[Box]:
    writer = Writer(SEED)
    usual = list(writer.mails(count))
    yield Box("everyday mail", usual)
    mixed = [
        jobs.mail(writer, place, LONG_AGO) if place % RARE == RARE // 2 else mail for place, mail in enumerate(usual)
    ]
    yield Box(f"1 of {RARE} from an employer", mixed)


def standard_library(mails: Sequence[bytes]) -> None:
    """Reads the text with `email`, and judges nothing."""
    for one in mails:
        read = message_from_bytes(one, policy=policy.default)
        assert isinstance(read, EmailMessage)
        part = read.get_body(("plain", "html"))
        if part is not None:
            part.get_content()


def mail_parser(mails: Sequence[bytes]) -> None:
    """Reads the text with mail-parser, and judges nothing."""
    for one in mails:
        read = mailparser.parse_from_bytes(one)
        _ = read.text_plain or read.text_html


def reading(mails: Sequence[bytes]) -> None:
    """The first half of ours: bytes to a Message."""
    for one in mails:
        message.parse(_raw(one))


def judging(mails: Sequence[bytes]) -> None:
    """Read, judged, and what it says extracted."""
    for one in mails:
        JUDGE.verdict(message.parse(_raw(one)))


EMAIL, PARSER = "email, reads only", "mail-parser, reads only"
LOOPS: dict[str, Callable[[Sequence[bytes]], None]] = {
    EMAIL: standard_library,
    PARSER: mail_parser,
    "triage, reads only": reading,
    "triage, reads and judges": judging,
}


def run(options: Options) -> Report:
    """The part `judging`."""
    count = MAILS // 4 if options.quick else MAILS
    return Report("judging", tuple(_table(box, _rates(box, options.rounds)) for box in boxes(count)))


def asked(box: Box) -> int:
    """Of how many mails the network was asked."""
    return sum(JUDGE.verdict(message.parse(_raw(mail)))[0].opinion is not None for mail in box.mails)


def _raw(data: bytes) -> RawMessage:
    return RawMessage(Cursor("bench", "", 0, 0), datetime(2026, 3, 2, tzinfo=UTC), data)


def _rates(box: Box, rounds: int) -> dict[str, list[float]]:
    """Mails a second, of each loop in turn, round after round."""
    found: dict[str, list[float]] = {name: [] for name in LOOPS}
    for _ in range(rounds + 1):
        for name, loop in LOOPS.items():
            start = time.process_time()
            loop(box.mails)
            found[name].append(len(box.mails) / (time.process_time() - start))
    return {name: values[1:] for name, values in found.items()}


def _table(box: Box, found: dict[str, list[float]]) -> Table:
    size = sum(map(len, box.mails)) / len(box.mails) / 1000
    title = f"{box.name}: {len(box.mails)} mails of {size:.0f} kB; the network was asked about {asked(box)}"
    rows = tuple(
        (
            name,
            number(sorted(values)[len(values) // 2]),
            *(spread(ratios(values, found[base])) for base in (EMAIL, PARSER)),
        )
        for name, values in found.items()
    )
    return Table(title, ("", "mails/s", "times email", "times mail-parser"), rows)
