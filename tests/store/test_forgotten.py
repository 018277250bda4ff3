"""What the log has forgotten is in no copy of it either, whoever dies meanwhile."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from tests.store.killing import dies_at
from tests.store.making import NOW, event
from tests.store.test_backup import DAY, traces
from triage.cli import keeping
from triage.store import FILE, Store, backup

CANARY = "Zylophant"


def filled(folder: Path) -> None:
    """A log with one line to be forgotten, backups of it, and what a restore has put aside."""
    store = Store(folder)
    with store.writing() as work:
        for key, company in (("canary", CANARY), ("other", "Fjord")):
            work.log.record(event(key, company))
    store.close()
    for number in range(3):
        backup.make(folder, NOW - number * DAY)
    shutil.copyfile(folder / FILE, folder / f"{FILE}.replaced-20260301-080000")


def forget(folder: Path) -> None:
    store = Store(folder)
    keeping._forget(store, [1], everything=False)
    store.close()


def remembered(folder: Path) -> bool:
    store = Store(folder)
    with store.reading() as work:
        known = CANARY in [one.details.company for one in work.log.events()]
    store.close()
    return known


def test_killed_at_any_step_no_copy_remembers_what_the_log_has_forgotten(quick: Path) -> None:
    filled(quick / "original")
    seen, step = set(), 0
    while True:
        step += 1
        trial = Path(shutil.copytree(quick / "original", quick / "trial"))
        over = not dies_at(step, partial(forget, trial))
        still = remembered(trial)
        seen.add(still)
        if not still:
            assert traces(trial, CANARY) == [], f"step {step}"
        else:
            forget(trial)
            assert traces(trial, CANARY) == []
        shutil.rmtree(trial)
        if over:
            break
    assert seen == {True, False}
    assert step > 10
