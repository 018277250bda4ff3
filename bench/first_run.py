"""The first look at a large mailbox: ours, those that only read or download, and the limit, in turn on one server."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import folder
from bench.judged import check
from bench.measured import Measured, measure
from bench.options import Options
from bench.program import Account
from bench.relay import Relay
from bench.report import Goal, Report, Table, number, ratios, spread
from bench.rivals.commands import IMAP_TOOLS, MBSYNC, OURS, RAW, RIVALS, Rival
from bench.server import Served, serving

USER = "robin"
MOST_TIMES, LEAST_FASTER, MOST_SHARE = 3.0, 4.0, 60.0


@dataclass(slots=True)
class Found:
    """What one program took, round by round."""

    rival: Rival
    taken: list[Measured] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    wire: int = 0
    trips: int = 0

    @property
    def walls(self) -> tuple[float, ...]:
        return tuple(one.wall for one in self.taken)


@dataclass(frozen=True, slots=True)
class Course:
    """One mailbox on one server, and what is run on it."""

    served: Served
    box: folder.Folder
    used: bool

    def run(self, rival: Rival, port: int, scratch: Path) -> tuple[Measured, float]:
        """One program from start to end, and the seconds of processor time the server took meanwhile."""
        self.served.renew(USER, used=self.used)
        command = rival.made(Account(port, USER, scratch, self.box.days))
        before = self.served.cpu()
        taken = measure(command.words, command.env)
        self.served.rest()
        return taken, self.served.cpu() - before

    def counted(self, found: Found) -> None:
        """Once more, for what passes over the wire; its time does not count."""
        with Relay(self.served.port) as relay, tempfile.TemporaryDirectory() as scratch:
            self.run(found.rival, relay.port, Path(scratch))
            found.wire, found.trips = relay.up + relay.down, relay.trips


def run(options: Options) -> Report:
    """The part `first-run`."""
    box = folder.everyday(options.folder, options.mails)
    chosen = [one for one in RIVALS if not options.only or one.name in options.only | {RAW, OURS}]
    found = [Found(rival) for rival in chosen if rival.there()]
    with serving() as served:
        served.take(USER, box.path)
        course = Course(served, box, options.used)
        notes = _raced(course, found, options)
    missing = [one.name for one in chosen if not one.there()]
    notes += [f"Not installed, and left out: {', '.join(missing)}."] if missing else []
    return Report("first-run", (_table(box, found),), tuple(_goals(box, found)), tuple(notes))


def _raced(course: Course, found: list[Found], options: Options) -> list[str]:
    """All rounds. Returns what is to be said of the check; a rival that fails is left out, and that is said too."""
    notes: list[str] = []
    for number_ in range(options.rounds):
        for one in tuple(found):
            folder.say(f"round {number_ + 1} of {options.rounds}: {one.rival.name}")
            last = options.check and number_ == options.rounds - 1
            try:
                notes += _taken(course, one, checked=last and one.rival.name == OURS)
            except RuntimeError as error:
                if one.rival.name in (RAW, OURS):
                    raise
                found.remove(one)
                notes.append(f"Left out, for it failed: {error}")
    for one in found:
        folder.say(f"counting bytes: {one.rival.name}")
        course.counted(one)
    return notes


def _taken(course: Course, one: Found, *, checked: bool) -> list[str]:
    """One round of one program, with a sentence about the check if there is one."""
    with tempfile.TemporaryDirectory() as scratch:
        taken, server = course.run(one.rival, course.served.port, Path(scratch))
        one.taken.append(taken)
        one.server.append(server)
        if not checked:
            return []
        folder.say("comparing the log with what the whole mails are judged to be")
        return [check(course.box, Path(scratch))]


def _table(box: folder.Folder, found: Sequence[Found]) -> Table:
    base = found[0].walls
    rows = tuple(
        (
            one.rival.does,
            spread(one.walls),
            spread(ratios(one.walls, base)),
            number(statistics.median(each.cpu for each in one.taken)),
            number(statistics.median(one.server)),
            number(statistics.median(each.peak for each in one.taken) / 1e6),
            number(one.wire / 1e6),
            number(100 * one.wire / box.octets),
            str(one.trips),
        )
        for one in found
    )
    title = f"first run over {box.count} mails of together {box.octets / 1e6:.0f} MB, {len(base)} rounds"
    columns = ("", "seconds", "times raw", "CPU s", "server s", "MB peak", "MB wire", "% of mailbox", "round trips")
    return Table(title, columns, rows)


def _goals(box: folder.Folder, found: Sequence[Found]) -> list[Goal]:
    walls = {one.rival.name: one.walls for one in found}
    ours, wire = walls[OURS], next(one.wire for one in found if one.rival.name == OURS)
    goals = [Goal("first run, times the bare socket's", MOST_TIMES, "times", ratios(ours, walls[RAW]))]
    if MBSYNC in walls:
        goals.append(Goal("first run, of mbsync's download alone", 1.0, "times", ratios(ours, walls[MBSYNC])))
    if IMAP_TOOLS in walls:
        faster = ratios(walls[IMAP_TOOLS], ours)
        goals.append(Goal("imap_tools with mail-parser, of ours", LEAST_FASTER, "times", faster, least=True))
    goals.append(Goal("bytes over the wire, of the mailbox", MOST_SHARE, "%", (100 * wire / box.octets,)))
    return goals
