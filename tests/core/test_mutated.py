"""Mails spoilt by chance are read, judged and searched like any other. The long form is `./run.sh mutate 100000`."""

from __future__ import annotations

import pytest

from tests.mutate import SLOW, Run, mail

EACH = 60


@pytest.mark.parametrize("part", range(6))
def test_no_spoilt_mail_raises_or_takes_long(part: int) -> None:
    run = Run()
    for number in range(part * EACH, (part + 1) * EACH):
        run.take(7, number)
    assert run.failures == []
    assert run.slowest[0][0] < SLOW


def test_a_spoilt_mail_can_be_made_again() -> None:
    assert [mail(7, number) for number in range(30)] == [mail(7, number) for number in range(30)]
    assert len({mail(7, number) for number in range(30)}) > 25
