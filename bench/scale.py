"""A mailbox of a hundred thousand mails: how long until the service watches, and what a poll with nothing new costs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bench.folder import Folder, large, say
from bench.options import Options
from bench.process import usage
from bench.program import BOX, IMAP, LETTERS, beside, maildir, pipeline, said, started, until
from bench.relay import Relay
from bench.report import Goal, Report, Table, number, ratios, spread
from bench.server import Served, serving
from tests.rig.dovecot import PASSWORD
from tests.rig.installed import Installed
from tests.rig.keyboard import Keyboard
from triage.courier.maildir import MaildirCourier
from triage.mailbox.imap import ImapMailbox
from triage.service import Service, Watched
from triage.store import Store
from triage.wire import Server, Tls

SMALL = 1_000
"""Mails in the folder that is compared."""
LOOK_BACK = 30
"""Days: as our configuration has it where nothing is said."""
MOST_START, MOST_MEMORY, MOST_TRIPS, MOST_TIMES = 60.0, 150.0, 2.0, 1.25
POLLS = 30
BARE, STANDING, ANEW = "bare EXAMINE and SEARCH", "a poll, signed in", "a poll that signs in first"


@dataclass(slots=True)
class Box:
    """One mailbox that has been read, and the seconds its polls took."""

    name: str
    folder: Folder
    began: float = 0.0
    """Seconds from the start of the service to when it watched."""
    peak: int = 0
    taken: dict[str, list[float]] = field(default_factory=dict)
    trips: int = 0
    down: int = 0
    asked: tuple[str, ...] = ()


def run(options: Options) -> Report:
    """The part `scale`."""
    boxes = [Box("small", large(options.folder, SMALL)), Box("large", large(options.folder, options.scale))]
    with serving() as served, ExitStack() as stack:
        rounds = [_opened(stack, served, box) for box in boxes]
        for turn in range(max(3, POLLS // (5 if options.quick else 1))):
            say(f"poll {turn}", end="\r")
            for one in rounds:
                one()
        say("")
    return Report("scale", (_table(boxes),), _goals(*boxes))


def _opened(stack: ExitStack, served: Served, box: Box) -> Callable[[], None]:
    """Let a service look for the first time. Returns what polls the mailbox thrice, and notes how long it took."""
    scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-bench-")))
    served.take(box.name, box.folder.path)
    served.renew(box.name)
    letters = LETTERS.format(path=maildir(scratch / "letters"))
    tables = IMAP.format(name=BOX, port=served.port, user=box.name, days=LOOK_BACK) + letters
    program = beside(scratch, tables, (BOX,))
    _watch(program, box)
    store = Store(program.store)
    stack.callback(store.close)
    relay = stack.enter_context(Relay(served.port))
    mailbox = ImapMailbox(BOX, Server("127.0.0.1", relay.port, box.name, Tls.NONE, None, 20.0), lambda: PASSWORD)
    stack.callback(mailbox.close)
    watched = Watched(mailbox, 300.0, timedelta(days=LOOK_BACK))
    service = Service(pipeline(program, store), (watched,), MaildirCourier(scratch / "letters"))
    bare = stack.enter_context(Keyboard(served.port, box.name))
    return lambda: _polled(box, service, relay, bare)


def _watch(program: Installed, box: Box) -> None:
    """From the start of `triage run` until its first look is over."""
    say(f"a service looks at {box.folder.count} mails for the first time")
    start = time.monotonic()
    process = started(program)
    try:
        box.began = until(lambda: " read, " in said(program) or process.poll() is not None, 600) - start
        if process.poll() is not None:
            raise RuntimeError(f"the service ended: {said(program)}")
        box.peak = usage(process.pid).peak
    finally:
        process.terminate()
        process.wait(20)


def _polled(box: Box, service: Service, relay: Relay, bare: Keyboard) -> None:
    watched = service.watched[0]

    def timed(what: str, step: Callable[[], object]) -> None:
        start = time.perf_counter()
        step()
        box.taken.setdefault(what, []).append(time.perf_counter() - start)

    def look() -> None:
        if service.poll(watched).read:
            raise AssertionError("a poll found mail where nothing had come")

    watched.mailbox.close()
    timed(ANEW, look)
    trips, down, asked = relay.trips, relay.down, len(relay.commands.lines)
    timed(STANDING, look)
    box.trips, box.down = relay.trips - trips, relay.down - down
    box.asked = tuple(relay.commands.names()[asked:])
    timed(BARE, lambda: (bare.say("EXAMINE INBOX"), bare.say("UID SEARCH UID 4294967295")))


def _table(boxes: list[Box]) -> Table:
    small, large_ = boxes
    rows = [
        ("start to watching, s", *(number(box.began) for box in boxes), f"{large_.began / small.began:.2f}"),
        ("peak memory, MB", *(number(box.peak / 1e6) for box in boxes), f"{large_.peak / small.peak:.2f}"),
    ]
    for what in (ANEW, STANDING, BARE):
        cells = [spread([1000 * value for value in box.taken[what]]) for box in boxes]
        rows.append((f"{what}, ms", *cells, spread(ratios(large_.taken[what], small.taken[what]))))
    rows += [
        ("round trips of a poll, signed in", *(str(box.trips) for box in boxes), ""),
        ("bytes to us in it", *(str(box.down) for box in boxes), ""),
        ("commands in it", *(", ".join(box.asked) for box in boxes), ""),
    ]
    title = "scale: look-back of 30 days; polls with nothing new"
    return Table(title, ("", *(f"{box.folder.count:,} mails" for box in boxes), "times"), tuple(rows))


def _goals(small: Box, large_: Box) -> tuple[Goal, ...]:
    count = f"{large_.folder.count:,} mails"
    times = ratios(large_.taken[STANDING], small.taken[STANDING])
    bodies = sum("FETCH" in name for name in large_.asked)
    return (
        Goal(f"{count}: start to watching", MOST_START, "s", (large_.began,)),
        Goal(f"{count}: peak memory", MOST_MEMORY, "MB", (large_.peak / 1e6,)),
        Goal(f"{count}, nothing new: round trips", MOST_TRIPS, "", (float(large_.trips),)),
        Goal(f"{count}, nothing new: messages asked for", 0, "", (float(bodies),)),
        Goal(f"{count}, nothing new: time beside {small.folder.count:,}", MOST_TIMES, "times", times),
    )
