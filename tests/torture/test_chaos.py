"""A minute of other mail programs on the same mailbox; ten in `./run.sh torture`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Account
from tests.torture.chaos import outcome

pytestmark = pytest.mark.server

SECONDS, RATE = 60.0, 25.0


@pytest.mark.timeout(400)
def test_other_mail_programs_neither_hide_nor_double_anything(tmp_path: Path, account: Account) -> None:
    done, complaints = outcome(tmp_path, account.dovecot, account.user, SECONDS, RATE, lambda _line: None)
    assert complaints == []
    assert done > SECONDS * RATE / 4, "too slow to be called chaos"
