"""How fast are mails judged, next to loops that only read them? `./run.sh bench`; --rounds N for more rounds."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import mailparser
from rich.console import Console
from rich.table import Table

from triage.cli.build import judge
from triage.core import message
from triage.core.values import Cursor, RawMessage
from triage.demo import sample

LARGE = 20_000
"""Bytes: the size of a usual mail with text and HTML."""
Loop = Callable[[Sequence[bytes]], None]


def mails() -> list[bytes]:
    """The demo's mails, and some of the usual size, made of the same words."""
    small = [arrival.data for arrival in sample().arrivals]
    words = "<p>We wish you a good day, and thank you for reading this far.</p>\n"
    html = words * (LARGE // len(words))
    body = EmailMessage()
    body["From"], body["To"], body["Subject"] = "a@shop.example", "robin@ekholm.example", "News of the week"
    body.set_content("Read the news of the week in HTML. " * 20)
    body.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    return [*small, *[body.as_bytes()] * len(small)]


def standard_library(data: Sequence[bytes]) -> None:
    """Reads the text with `email`, and judges nothing."""
    for one in data:
        read = message_from_bytes(one, policy=policy.default)
        assert isinstance(read, EmailMessage)
        part = read.get_body(("plain", "html"))
        if part is not None:
            part.get_content()


def mail_parser(data: Sequence[bytes]) -> None:
    """Reads the text with mail-parser, and judges nothing."""
    for one in data:
        read = mailparser.parse_from_bytes(one)
        _ = read.text_plain or read.text_html


def reading(data: Sequence[bytes]) -> None:
    """The first half of ours: bytes to a Message."""
    for one in data:
        message.parse(_raw(one))


def ours(data: Sequence[bytes]) -> None:
    """All of ours: read, judged, and what it says extracted."""
    for one in data:
        JUDGE.verdict(message.parse(_raw(one)))


JUDGE = judge(frozenset())
LOOPS: dict[str, Loop] = {
    "email, reads only": standard_library,
    "mail-parser, reads only": mail_parser,
    "triage, reads only": reading,
    "triage, reads and judges": ours,
}


def _raw(data: bytes) -> RawMessage:
    return RawMessage(Cursor("bench", "", 0, 0), datetime(2026, 3, 2, tzinfo=UTC), data)


def rates(data: Sequence[bytes], rounds: int) -> dict[str, list[float]]:
    """Mails a second, of each loop in turn, round after round."""
    found: dict[str, list[float]] = {name: [] for name in LOOPS}
    for _ in range(rounds):
        for name, loop in LOOPS.items():
            start = time.perf_counter()
            loop(data)
            found[name].append(len(data) / (time.perf_counter() - start))
    return found


def main() -> None:
    options = argparse.ArgumentParser(prog="bench", description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    data = mails()
    for loop in LOOPS.values():
        loop(data)  # once uncounted: imports, caches
    found = rates(data, options.parse_args().rounds)
    base = found["email, reads only"]
    table = Table("loop", "mails a second (median)", "times `email` (median, least, most)", box=None)
    for name, values in found.items():
        ratios = [one / other for one, other in zip(values, base, strict=True)]
        spread = f"{statistics.median(ratios):.2f}   {min(ratios):.2f}   {max(ratios):.2f}"
        table.add_row(name, f"{statistics.median(values):.0f}", spread)
    Console().print(table)


if __name__ == "__main__":
    main()
