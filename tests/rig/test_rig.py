"""The rig itself, where a fault in it would make other tests pass for nothing."""

from __future__ import annotations

import imaplib
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Account
from tests.rig import dovecot
from tests.rig.client import Client, mail
from tests.rig.proxy import Commands, Proxy

SPOKEN = (
    b"A1 CAPABILITY\r\n"
    b"A2 AUTHENTICATE PLAIN\r\nAGEAYg==\r\n"
    b'A3 EXAMINE "INBOX"\r\n'
    b"A4 UID FETCH 1,2 (BODY.PEEK[])\r\n"
    b"A5 IDLE\r\nDONE\r\n"
    b"A6 APPEND INBOX () {20}\r\nA7 STORE 1 FLAGS\r\n..\r\n"
    b"A8 APPEND INBOX {3+}\r\nabc\r\n"
    b"A9 LOGOUT\r\n"
)


@given(st.lists(st.integers(1, len(SPOKEN) - 1), max_size=20))
def test_commands_are_told_from_literals_however_they_are_cut(cuts: list[int]) -> None:
    commands = Commands()
    edges = [0, *sorted(set(cuts)), len(SPOKEN)]
    for start, end in itertools.pairwise(edges):
        commands.feed(SPOKEN[start:end])
    expected = ["CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID FETCH", "IDLE", "APPEND", "APPEND", "LOGOUT"]
    assert commands.names() == expected
    assert b"DONE" in commands.lines


@pytest.mark.server
def test_the_proxy_does_see_what_we_never_send(account: Account, proxy: Proxy) -> None:
    client = Client(proxy.port, account.user)
    client.append(mail())
    client.flag(1, r"\Seen")
    client.delete(1)
    assert {"SELECT", "UID STORE", "EXPUNGE", "APPEND"} <= set(proxy.commands.names())


@pytest.mark.server
def test_the_other_mail_program_does_see_flags(account: Account) -> None:
    account.client.append_all([(mail(), None)] * 2)
    with imaplib.IMAP4("127.0.0.1", account.dovecot.port) as careless:
        careless.login(account.user, account.password())
        careless.select()
        careless.fetch("1", "(RFC822)")
    assert account.client.flags() == {1: frozenset({r"\Seen"}), 2: frozenset()}


def test_a_missing_dovecot_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="apt-get install dovecot-imapd"):
        dovecot.start(places=str(tmp_path))
