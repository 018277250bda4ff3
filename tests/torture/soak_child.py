"""The real service under a clock that runs fast: `python -m tests.torture.soak_child config.toml scale port`.

All of its own waits are shortened as much as its clock is hurried: those it is given, and those that stand in it.
"""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.torture.world import NOW
from triage import service, watch
from triage.cli import build
from triage.cli.settings import Settings
from triage.courier.imap import ImapCourier
from triage.notify import Notifier
from triage.service import Service
from triage.store import Store, held
from triage.watch import Watch

LOOK_BACK = timedelta(hours=6)
"""So much is read again when a folder is renumbered."""

_WAITS = ((service, "FIRST_PAUSE"), (service, "LONGEST_PAUSE"), (service, "RARE"), (watch, "WELL"))


class Hurried:
    """A clock that began at NOW when it was made, and runs `scale` times as fast as time."""

    begun = NOW

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._start = time.monotonic()

    def __call__(self) -> datetime:
        return self.begun + timedelta(seconds=(time.monotonic() - self._start) * self._scale)


def work(settings: Settings, scale: float, courier_port: int) -> None:
    """Work until SIGTERM. Letters go by a way of their own, so that it can be down alone."""
    for module, name in _WAITS:
        setattr(module, name, getattr(module, name) / scale)
    config = settings.config
    (table,), (watched,) = config.imap_mailboxes, build.watched(config)
    folder = settings.store_folder
    with held(folder):
        store = Store(folder)
        hurried = replace(watched, poll=watched.poll / scale, look_back=LOOK_BACK)
        letters = replace(build.server(table), port=courier_port)
        courier = ImapCourier(letters, build.password(config.account(table)))
        working = Service(build.pipeline(config, store), [hurried], courier, Hurried(scale))
        Watch(working, Notifier(None), every=1).run()
        store.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    work(Settings(Path(sys.argv[1])), float(sys.argv[2]), int(sys.argv[3]))
