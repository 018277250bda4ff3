"""Killed with SIGKILL at random moments, again and again: every rejection has one row and is told once."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.end_to_end.test_letters_arrive import imap_table
from tests.rig import employers
from tests.rig.installed import Installed, expect, installed, letters, text_of

pytestmark = pytest.mark.server

KILLS = 30


@pytest.mark.timeout(400)
def test_nothing_is_lost_and_nothing_is_doubled(tmp_path: Path, account: Account) -> None:
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    program = installed(tmp_path)
    program.configure(imap_table(account, account.dovecot.port))
    program.keep_password()
    assert program.triage("poll").code == 0
    planted = employers.COMPANIES[:KILLS]
    for number, company in enumerate(planted):
        # Alternating, because a day has room for 24 letters with a no in them and for any number of others.
        mail = employers.interview(company) if number % 2 else employers.rejection(company)
        account.client.append(mail, employers.yesterday())
        _start_and_kill(program, chance)
        if number % 2:
            # One mail in hand when three in a row were killed is taken for the cause, as it should be.
            assert program.triage("poll").code == 0
    with program.running():
        # A letter whose delivery was cut short rests a minute before it is looked for.
        expect(lambda: len(_told(account)) >= KILLS, program.said, within=180)
    rows = Counter(row["company"] for row in program.log())
    assert rows == dict.fromkeys(planted, 1), f"seed {seed}"
    assert _told(account) == dict.fromkeys(planted, 1), f"seed {seed}"


def _start_and_kill(program: Installed, chance: random.Random) -> None:
    """Most of the life of a service that is killed young is loading: so the moment is counted from its first word."""
    (program.folder / "said").unlink(missing_ok=True)
    process = program.start()
    expect(lambda: process.poll() is not None or bool(program.said()), program.said)
    time.sleep(chance.uniform(0, 0.8))
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert process.returncode == -signal.SIGKILL, program.said()


def _told(account: Account) -> Counter[str]:
    """How many letters tell of each company; a list of what is still open does not count."""
    texts = [text_of(letter).partition("Still open")[0] for letter in letters(account.client.bodies())]
    return Counter(company for company in employers.COMPANIES for text in texts if company in text)
