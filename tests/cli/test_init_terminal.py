"""`triage init` and `triage uninstall` at a real terminal: arrow keys, wrong answers, and a window that is closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.person import newcomer
from tests.conftest import Account
from tests.rig.dovecot import PASSWORD
from tests.rig.installed import COMMAND, Installed, letters
from tests.rig.terminal import CTRL_C, DOWN, ENTER, Terminal
from triage.config.load import load

pytestmark = pytest.mark.server


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    return newcomer(tmp_path)


@pytest.fixture
def screen(program: Installed, account: Account) -> Iterator[Terminal]:
    with terminal(program, "init", "--user", account.user) as screen:
        yield screen


def terminal(program: Installed, *arguments: str) -> Terminal:
    return Terminal([*COMMAND, "--config", str(program.config), *arguments], program.environ)


def reply(screen: Terminal, question: str, keys: str) -> str:
    shown = screen.until(question)
    screen.press(keys)
    return shown


def test_the_whole_way(screen: Terminal, program: Installed, account: Account) -> None:
    reply(screen, "employers write to:", "robin" + ENTER)
    reply(screen, "That is not a whole mail address", "@reader.example" + ENTER)
    reply(screen, "Look for it?", "n")
    reply(screen, "such as imap.example.org:", f"127.0.0.1:{account.dovecot.port}{ENTER}")
    reply(screen, "> English", DOWN + ENTER)
    reply(screen, "Your first name", f"Robin{ENTER}")
    reply(screen, "The password for", f"wrong{ENTER}")
    screen.until("please type it once more.")
    reply(screen, "The password for", PASSWORD + ENTER)
    shown = reply(screen, "in the last 30 days?", "y")
    assert PASSWORD not in shown
    assert len(shown) - len(shown.replace("*", "")) >= len(PASSWORD), "it is hidden, and its length can be seen"
    reply(screen, "Get one sample letter", "y")
    reply(screen, "Start it in this one now?", "n")
    screen.until("triage is set up for")
    assert screen.end() == 0
    reader = load(program.config).reader
    assert (reader.address, reader.name, reader.language) == ("robin@reader.example", "Robin", "de")
    (letter,) = letters(account.client.bodies())
    assert letter["Subject"] == "Ein Probebrief von triage"
    with terminal(program, "uninstall") as again:
        reply(again, "in the keyring Remove them?", ENTER)
        reply(again, " kB Remove them?", "y")
        again.until("The letters in your mailbox")
        assert again.end() == 0
    assert not program.config.exists()


@pytest.mark.parametrize("leaving", ["Ctrl-C", "the window is closed"])
def test_leaving_and_coming_back(screen: Terminal, program: Installed, account: Account, leaving: str) -> None:
    reply(screen, "employers write to:", "robin@reader.example" + ENTER)
    screen.until("Look for it?")
    if leaving == "Ctrl-C":
        screen.press(CTRL_C)
        screen.until("`triage init` goes on from here.")
        assert screen.end() == 1
    else:
        screen.hang_up()
        assert screen.end() != 0
    with terminal(program, "init", "--no-discovery", "--plain") as again:
        again.until("You have begun this before")
        shown = again.until("such as imap.example.org:")
        assert "employers write to" not in shown
