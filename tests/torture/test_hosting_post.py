"""What storms are made of does as it says: the moods of the mail server for letters, and mailboxes at several."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.rig.smtp import PASSWORD
from tests.torture.hosting_outside import outside
from tests.torture.hosting_post import FATES, Fate, Post, post
from tests.torture.hosting_providers import Manner
from triage.courier import DeliveryError
from triage.courier.smtp import SmtpCourier

READER = "reader@example.net"
NAME = "<letter-1@example.net>"
LETTER = f"From: {READER}\r\nTo: {READER}\r\nMessage-ID: {NAME}\r\nSubject: News\r\n\r\nHello\r\n".encode()


@pytest.fixture
def there(account: Account, tmp_path: Path) -> Iterator[Post]:
    """A post at which the reader has a mailbox."""
    with post(tmp_path) as made:
        made.boxes[READER] = account.client
        yield made


def _delivers(there: Post) -> DeliveryError | None:
    try:
        SmtpCourier(there.server(), lambda: PASSWORD, READER, lambda _name: False).deliver(NAME, LETTER)
    except DeliveryError as error:
        return error
    return None


NO, UNKNOWN = (False, False), (False, True)
"""Whether that is for good, and whether it may have arrived all the same."""


@pytest.mark.server
@pytest.mark.parametrize(
    ("fate", "error", "copies", "later"),
    [
        (Fate.MAIL, NO, 0, 0),
        (Fate.RCPT, NO, 0, 0),
        (Fate.DATA, NO, 0, 0),
        (Fate.END, NO, 0, 0),
        (Fate.TAKEN, None, 1, 1),
        (Fate.CUT, UNKNOWN, 1, 1),
        (Fate.LATE, UNKNOWN, 0, 1),
        (Fate.LOST, UNKNOWN, 0, 0),
    ],
)
def test_a_try_has_its_fate(
    there: Post, account: Account, fate: Fate, error: tuple[bool, bool] | None, copies: int, later: int
) -> None:
    there.fates = iter([fate])
    failed = _delivers(there)
    assert (failed and (failed.permanent, failed.ambiguous)) == error
    assert account.client.bodies().count(LETTER) == copies
    there.arrive()
    assert account.client.bodies().count(LETTER) == later
    assert there.came == {fate: 1}


@pytest.mark.server
def test_a_letter_is_late_once(there: Post, account: Account) -> None:
    there.fates = itertools.repeat(Fate.LATE)
    assert _delivers(there) is not None
    assert _delivers(there) is None
    assert account.client.bodies().count(LETTER) == 1


@pytest.mark.server
def test_a_post_that_is_well_again_takes_everything(there: Post) -> None:
    there.fates = itertools.repeat(Fate.LOST)
    there.heal()
    assert _delivers(there) is None


def test_each_fate_has_its_turn() -> None:
    assert set(FATES) == set(Fate)


@pytest.mark.parametrize("manner", Manner)
@pytest.mark.parametrize("how_many", [1, 2, 3])
def test_mailboxes_are_at_different_providers(manner: Manner, how_many: int, tmp_path: Path) -> None:
    with outside(tmp_path, 143) as made:
        boxes = made.boxes(manner, "robin", how_many)
        assert boxes[0].provider is made.providers[manner]
        assert boxes[0].client.user == "robin"
        for what in ({box.provider.host for box in boxes}, {box.client.user for box in boxes}):
            assert len(what) == how_many
