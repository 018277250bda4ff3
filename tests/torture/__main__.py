"""`./run.sh torture [PART ...]`: the long form of every test of what the service survives, and a table at the end."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable

from rich.console import Console

from tests.torture.table import Row, Say, show


def _module(name: str) -> Callable[[Say], Row]:
    """The `full` of a module, which is loaded when it is called."""

    def full(say: Say) -> Row:
        row = importlib.import_module(name).full(say)
        assert isinstance(row, Row)
        return row

    return full


def _mail(_say: Say) -> Row:
    from tests import mutate

    run = mutate.full()
    wrong = tuple(f"mail {one.number}: {one.what}" for one in run.failures)
    slow = (f"{run.slow} mails took longer than {mutate.SLOW:g} s",) if run.slow else ()
    return Row("spoilt mails", run.mails, (*wrong, *slow), run.seconds, str(run))


def _machine(_say: Say) -> Row:
    from tests import machine

    ran = machine.full()
    note = f"{ran.examples:,} examples of {ran.steps} steps, {ran.letters:,} letters, {ran.deaths:,} deaths"
    return Row("random histories", ran.examples, (ran.failure,) if ran.failure else (), ran.seconds, note)


def _stops(_say: Say) -> Row:
    from tests.stopping import full_sigterm

    stops = full_sigterm()
    sums = {"lost": stops.lost, "doubled": stops.doubled, "store not sound": not stops.sound}
    wrong = (*map(str, stops.broken), *(f"{what}: {count}" for what, count in sums.items() if count))
    return Row("SIGTERM at any moment", stops.times, wrong, stops.seconds, f"slowest end {stops.slowest:.1f} s")


PARTS: dict[str, tuple[str, Callable[[Say], Row]]] = {
    "kill": ("SIGKILL before every system call that changes something", _module("tests.torture.kill")),
    "power": ("the power goes, and the disk forgets what was not synced", _module("tests.torture.power")),
    "disk": ("the disk is full, or fails, from any system call on", _module("tests.torture.disk_faults")),
    "flips": ("bytes of the store's file that change by themselves", _module("tests.store.survey")),
    "cuts": ("the network is cut, falls silent or trickles at any byte", _module("tests.torture.cuts")),
    "imap": ("servers that lie, hang or have too much", _module("tests.mailbox.torture")),
    "chaos": ("another mail program on the same mailbox", _module("tests.torture.chaos")),
    "hosting": ("many members: workers killed and stopped, the database too", _module("tests.torture.hosting")),
    "machine": ("random histories of mails, faults, clocks and deaths", _machine),
    "stops": ("SIGTERM at any moment", _stops),
    "mail": ("a million spoilt mails", _mail),
    "soak": ("a day of mail in an hour, with a fault every half minute", _module("tests.torture.soak")),
}


def main() -> int:
    given = _given()
    if given.scenario:
        return _again(given.scenario, given.point)
    out = Console(highlight=False, markup=False, soft_wrap=True)
    begun, rows = time.monotonic(), []
    for name in given.parts or PARTS:
        out.print(f"{name}: {PARTS[name][0]}")
        rows.append(PARTS[name][1](lambda line: Console(stderr=True, markup=False).print(line, soft_wrap=True)))
    show(rows, out)
    failures = sum(len(row.failures) for row in rows)
    out.print(f"{sum(row.points for row in rows):,} points, {failures} failures, {time.monotonic() - begun:.0f} s")
    return 1 if failures else 0


def _again(scenario: str, point: int) -> int:
    from tests.torture import kill

    tried = kill.once(scenario, point)
    Console(markup=False).print(str(tried), soft_wrap=True)
    return 1 if tried.wrong else 0


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no part '{name}'; there are {', '.join(PARTS)}")
    return name


def _given() -> argparse.Namespace:
    parts = "\n".join(f"  {name:9}{what}" for name, (what, _) in PARTS.items())
    options = argparse.ArgumentParser(
        prog="./run.sh torture",
        description="Try for hours what the service survives. Without a part named, all of them, one after the other.",
        epilog=f"parts:\n{parts}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("parts", nargs="*", metavar="PART", type=_part, help="see below")
    options.add_argument("--scenario", default="", help="with `kill`: one scenario, as a failure names it")
    options.add_argument("--point", type=int, default=1, help="with --scenario: the point in it")
    return options.parse_args()


if __name__ == "__main__":
    sys.exit(main())
