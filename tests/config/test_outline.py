"""The quick reading of the configuration and the full one say the same, of every configuration that is a good one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.cli.writing import cadence
from triage.config.load import parse
from triage.config.outline import outline, seal

READER = '[reader]\naddress = "ada@example.org"\n'
ZONED = READER + 'time_zone = "Europe/Stockholm"\n'
IMAP = '[[mailbox]]\nhost = "imap.example.org"\n'
MAILDIR = '[[mailbox]]\nkind = "maildir"\npath = "~/mail/ada/"\n'
COURIER = '[courier]\nkind = "maildir"\npath = "/letters"\n'
LETTERS = st.fixed_dictionaries(
    {},
    optional={
        "hour": st.sampled_from(['"11:30"', "12:00:00"]),
        "quiet_from": st.sampled_from(['"21:00"', '"23:15"']),
        "quiet_to": st.sampled_from(['"07:30"', "06:00:00"]),
        "weekends": st.sampled_from(["true", "false"]),
        "most_per_day": st.integers(1, 24),
        "most_per_week": st.integers(1, 168),
        "weekly": st.sampled_from(["true", "false"]),
        "before_days": st.integers(0, 7),
        "after_talk": st.sampled_from(["true", "false"]),
        "taper_weeks": st.integers(0, 10),
        "tone": st.just('"plain"'),
    },
)


def agree(text: str) -> None:
    quick, full = outline(text.encode()), parse(text, "c.toml")
    assert quick is not None
    assert quick.cadence == cadence(full)
    assert quick.mailboxes == tuple(mailbox.name for mailbox in full.mailboxes)
    assert (quick.store, quick.encrypted) == (full.store.path, full.store.encrypted)


@given(LETTERS)
def test_when_letters_may_come(letters: dict[str, object]) -> None:
    agree(ZONED + IMAP + "[letters]\n" + "".join(f"{name} = {value}\n" for name, value in letters.items()))


@pytest.mark.parametrize(
    "text",
    [
        READER + IMAP,
        ZONED + IMAP + MAILDIR + '[[mailbox]]\nname = "work"\nhost = "::1"\n',
        ZONED + '[[mailbox]]\nhost = "::1"\n' + '[store]\npath = "~/log"\nencrypted = true\n',
        ZONED + MAILDIR + COURIER + '[store]\npath = ""\n',
        ZONED + '[[mailbox]]\nkind = "maildir"\npath = "/mail/an einem Ort"\n' + COURIER,
        "\ufeff" + ZONED + IMAP,
    ],
)
def test_mailboxes_and_the_store(text: str) -> None:
    if text.startswith("\ufeff"):
        assert outline(text.encode()) == outline(text.removeprefix("\ufeff").encode())
    else:
        agree(text)


def test_the_example() -> None:
    agree((Path(__file__).parents[2] / "config.example.toml").read_text())


@pytest.mark.parametrize(
    "text", [b"", b"[[mailbox", b"\xff", b'[reader]\ntime_zone = "Nowhere/At/All"\n', b"mailbox = 3"]
)
def test_what_is_no_configuration_has_no_outline(text: bytes) -> None:
    assert outline(text) is None


def test_a_seal_is_of_one_text() -> None:
    assert seal(b"a") == seal(b"a") != seal(b"a ")
