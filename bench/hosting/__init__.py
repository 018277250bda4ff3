"""The hosted service, measured: looks a second with several workers, how late they are, and what members take.

Real `triage worker` processes, a PostgreSQL that waits for its disk, and a Dovecot with many users behind TLS, all on
this machine. The figures that the simulation goes by (`bench.swarm`) come from here.
"""

from __future__ import annotations

import time
from dataclasses import replace

from bench import folder
from bench.arriving import arrival
from bench.folder import say
from bench.hosting import asking, bare, crowd, rates, room, shown, waiting
from bench.hosting.found import SMALL, Found, Size
from bench.hosting.house import House, lay, queue_alone, settled
from bench.options import Options
from bench.report import Report

EVERYDAY, RARE = 3, 20
"""Mails in each mailbox before the first look; and every so manyeth has an employer's beside."""
_FIRST_LOOKS = 1200.0


def run(options: Options) -> Report:
    """The part `hosting`."""
    return measured(replace(SMALL if options.quick else Size(), rounds=options.rounds), options)


def measured(size: Size, options: Options) -> Report:
    """All of it, in this size."""
    found = Found(size)
    with settled(size.mailboxes) as house:
        _fill(house, options)
        _look_first(house, found)
        _paces(house, found)
        _news(house, found, options)
        _wait(house, found)
        alone = queue_alone(house.cluster)
        for many in size.queues:
            say(f"a question for a job, where {many} wait")
            found.asked.append(asking.asked(alone, many))
    return shown.report(found)


def _fill(house: House, options: Options) -> None:
    mails = _mails(options)
    for place, member in enumerate(house.members):
        for number in range(EVERYDAY):
            _lay(house, member, mails[(place + number) % len(mails)])
        if not place % RARE:
            _lay(house, member, arrival().data)


def _mails(options: Options) -> list[bytes]:
    return [data for data, _ in folder.everyday(options.folder, 20).mails()]


def _lay(house: House, member: int, mail: bytes) -> None:
    lay(mail, house.mailbox(member), f"{time.time_ns()}.M1P1.bench")


def _look_first(house: House, found: Found) -> None:
    say(f"a first look at {len(house.members)} mailboxes")
    house.sweep()
    house.work(found.size.usual)
    rates.quiet(house, _FIRST_LOOKS)
    found.workers, found.backends = room.workers(house), room.backends(house)
    house.rest()
    found.held = room.tables(house)


def _paces(house: House, found: Found) -> None:
    alone, due = queue_alone(house.cluster), house.members[: found.size.due]
    for number in range(found.size.rounds):
        for workers in found.size.workers:
            ours, theirs = rates.pace(house, workers, due), bare.pace(alone, workers, found.size.bare)
            found.idle.setdefault(workers, []).append(ours)
            found.bare.setdefault(workers, []).append(theirs)
            found.dearest = found.dearest or rates.dearest(house, len(due))
            say(f"round {number + 1}, {workers} workers: {ours.each_second:.0f} looks/s, {theirs:.0f} jobs/s")
        found.crowded.append(crowd.crowded(house, found.size.usual, due))


def _news(house: House, found: Found, options: Options) -> None:
    """The same with a mail in each mailbox: what that costs more is the mail's."""
    if not found.size.news:
        return
    say("looks at mailboxes with a new mail")
    among = house.members[: found.size.news]
    mails = _mails(options)
    for place, member in enumerate(among):
        _lay(house, member, mails[place % len(mails)].replace(b"Message-ID: <", b"Message-ID: <another."))
    found.everyday.append(rates.pace(house, found.size.usual, among))
    for member in among:
        _lay(house, member, arrival().data)
    found.employers.append(rates.pace(house, found.size.usual, among))


def _wait(house: House, found: Found) -> None:
    say(f"looks at {len(house.members)} mailboxes each five minutes, for {found.size.seconds:.0f} s")
    found.waited = waiting.waited(house, found.size.usual, found.size.seconds, found.size.mails)
