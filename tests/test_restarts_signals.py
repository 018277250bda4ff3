"""A stop is a stop at any moment, and a reload at any moment is survived."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

import pytest

from tests.at_work import LONG, service, watched
from tests.fakes import FakeMailbox
from tests.stopping import Place, full_sigterm, run, stopped
from tests.torture.world import Nursery
from triage.notify import Notifier
from triage.pipeline import Pipeline
from triage.service import Service
from triage.watch import Watch

SHORT = 12


@pytest.mark.server
@pytest.mark.timeout(300)
def test_a_service_that_is_told_to_stop_ends_well_at_any_moment() -> None:
    seed = random.SystemRandom().randrange(10**6)
    stops = full_sigterm(SHORT, seed)
    assert stops.broken == (), f"seed {seed}"
    assert (stops.lost, stops.doubled, stops.sound) == (0, 0, True), f"seed {seed}"


# --- SIGHUP, and SIGTERM while that is obeyed -----------------------------------------------------------------------


class Closing(FakeMailbox):
    """The reader's computer is shut down while this mailbox is let go of."""

    def close(self) -> None:
        super().close()
        send(signal.SIGTERM)


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("moment", ["the next one is made", "the last one ends"])
def test_a_stop_during_a_reload_is_no_less_a_stop(pipeline: Pipeline, moment: str) -> None:
    early, next_one = moment == "the next one is made", FakeMailbox()

    def successor() -> Service:
        if early:
            send(signal.SIGTERM)
        return service(pipeline, [watched(next_one)])

    mailbox = FakeMailbox() if early else Closing()
    watch = Watch(service(pipeline, [watched(mailbox)]), Notifier(None), successor=successor)
    reload = threading.Timer(0.3, send, [signal.SIGHUP])
    rescue = threading.Timer(LONG, send, [signal.SIGTERM])
    for timer in (reload, rescue):
        timer.start()
    watch.run()
    rescue.cancel()
    assert next_one.looks == 0


@pytest.mark.server
@pytest.mark.timeout(300)
@pytest.mark.parametrize("good", [True, False])
def test_reloads_are_survived_at_any_moment(tmp_path: Path, good: bool) -> None:
    """Also while one is obeyed; the stop comes in the middle of the last one."""
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    place = Place(tmp_path).make()
    run(place, "poll")
    pauses = [chance.choice([0.0, 0.01, 0.1, 0.4]) for _ in range(12)]
    spoil = (lambda: None) if good else (lambda: place.configure("[[mailbox"))
    with Nursery() as nursery:
        end = chance.uniform(0, 0.3)
        ended = stopped(nursery, place.config, end, begun=True, reloads=pauses, first=spoil)
    assert ended.as_promised, f"seed {seed}: {ended}"
