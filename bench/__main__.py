"""`./run.sh bench`: what we promise about speed, measured beside what people would otherwise use, in one run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from rich.console import Console

from bench import folder, idle
from bench.options import Options
from bench.report import Report, as_json, show, show_goals

PARTS = ("first-run", "scale", "latency", "start", "growth", "mailboxes", "judging", "idle")
ASIDE = ("serve", "simulated", "hosting")
"""Are run only by their names: the first two measure nothing of this machine, and the last one takes it all."""


def main() -> None:
    """Run the parts that are named, or all."""
    chosen = parser().parse_args()
    console = Console(width=160)
    reports = []
    for report in _reports(chosen.parts or PARTS, options_of(chosen)):
        reports.append(report)
        show(report, console)
    show_goals(reports, console)
    if chosen.json:
        chosen.json.write_text(as_json(reports))
    if any(report.failed for report in reports):
        sys.exit(1)


def _reports(parts: Sequence[str], options: Options) -> Iterator[Report]:
    """In this order; but the service that does nothing is watched from the beginning, beside all the rest."""
    with ExitStack() as stack:
        service = stack.enter_context(idle.idling(options)) if "idle" in parts else None
        for name in parts:
            folder.say(f"== {name}")
            try:
                yield service.report(options.minutes) if service and name == "idle" else _run(name, options)
            except Exception as error:  # noqa: BLE001  # an hour's figures are not to be lost for one part
                yield Report(name, notes=(f"{name} failed: {type(error).__name__}: {error}",), failed=True)


def _run(part: str, options: Options) -> Report:
    found = import_module(f"bench.{part.replace('-', '_')}").run(options)
    assert isinstance(found, Report)
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    told = argparse.ArgumentParser(prog="./run.sh bench", description=__doc__)
    every = (*PARTS, *ASIDE)
    told.add_argument("parts", nargs="*", choices=[[], *every], metavar="PART", help=", ".join(every))
    told.add_argument("--quick", action="store_true", help="a short look: small mailboxes, few rounds")
    told.add_argument("--rounds", type=int)
    told.add_argument("--mails", type=int, help="of the mailbox of the first run")
    told.add_argument("--scale", type=int, help="of the large mailbox")
    told.add_argument("--arrivals", type=int, help="mails whose way is timed")
    told.add_argument("--minutes", type=float, help="to watch the service doing nothing")
    told.add_argument("--only", default="", help="of the others, run these alone; commas between them")
    told.add_argument("--used", action="store_true", help="the server has shown the folder to a mail program before")
    told.add_argument("--no-check", action="store_true", help="do not compare with what the whole mails say")
    told.add_argument("--folder", type=Path, default=folder.cache(), help="where mailboxes are kept between runs")
    told.add_argument("--json", type=Path, help="write the figures to this file")
    return told


def options_of(chosen: argparse.Namespace) -> Options:
    """What was chosen on it, with what is usual for the rest."""
    quick = chosen.quick
    return Options(
        folder=chosen.folder,
        rounds=chosen.rounds or (2 if quick else 5),
        mails=chosen.mails or (2_000 if quick else 20_000),
        scale=chosen.scale or (10_000 if quick else 100_000),
        arrivals=chosen.arrivals or (20 if quick else 120),
        minutes=chosen.minutes or (1.0 if quick else 60.0),
        only=frozenset(filter(None, chosen.only.split(","))),
        used=chosen.used,
        check=not chosen.no_check,
        quick=quick,
    )


if __name__ == "__main__":
    main()
