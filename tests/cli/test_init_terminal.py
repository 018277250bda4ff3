"""`triage init` and `triage uninstall` at a real terminal: arrow keys, wrong answers, and a window that is closed."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.cli.person import newcomer
from tests.conftest import Account
from tests.rig.dovecot import PASSWORD
from tests.rig.installed import COMMAND, Installed, letters
from tests.rig.scripted import Scripted
from tests.rig.terminal import CTRL_C, DOWN, ENTER, PATIENCE, Terminal
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


class Slow(Scripted):
    """Refuses a password as soon as it is told to."""

    def __init__(self) -> None:
        super().__init__({"LOGIN": b"%s NO [AUTHENTICATIONFAILED] no\r\n"})
        self.asked, self.ready = Event(), Event()

    def _answer(self, name: str) -> bytes:
        if name == "LOGIN":
            self.asked.set()
            self.ready.wait(PATIENCE)
        return super()._answer(name)

    @property
    def tried(self) -> list[str]:
        """The passwords."""
        return [command.split(maxsplit=3)[3].strip('"') for command in self.commands if " LOGIN " in command]


@pytest.fixture
def slow() -> Iterator[Slow]:
    with Slow() as server:
        yield server
        server.ready.set()


@pytest.fixture
def trying(program: Installed, slow: Slow) -> Iterator[Terminal]:
    """A first password is being tried."""
    server = ["--host", "127.0.0.1", "--port", str(slow.port), "--tls", "none"]
    with terminal(program, "init", *server, "--address", "robin@reader.example", "--language", "en") as screen:
        reply(screen, "Your first name", ENTER)
        reply(screen, "The password for", f"first{ENTER}")
        assert slow.asked.wait(PATIENCE)
        yield screen


def test_keys_pressed_meanwhile_are_not_shown_and_answer_nothing(trying: Terminal, slow: Slow) -> None:
    assert not trying.echoes
    trying.press(f"typed too early{ENTER}")
    time.sleep(0.2)  # the kernel hands keys on when it has the time
    slow.ready.set()
    shown = reply(trying, "type it once more. The password for", f"second{ENTER}")
    shown += reply(trying, "type it once more. The password for", f"third{ENTER}")
    assert trying.end() == 77
    assert slow.tried == ["first", "second", "third"]
    assert "early" not in shown
    assert trying.echoes


@pytest.mark.parametrize(
    ("leave", "code"),
    [(lambda screen: screen.press(CTRL_C), 1), (Terminal.terminate, 128 + signal.SIGTERM)],
    ids=["Ctrl-C", "told to end"],
)
def test_keys_are_shown_again_whatever_ends_it(trying: Terminal, leave: Callable[[Terminal], None], code: int) -> None:
    assert not trying.echoes
    trying.press("typed too early")
    leave(trying)
    assert trying.end() == code
    assert trying.echoes
    assert "early" not in trying.shown
