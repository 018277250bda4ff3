"""A new user: somebody who answers the questions of `triage init`, and what they have installed it into."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import keyring
from click.testing import CliRunner

from tests.conftest import Account
from tests.rig.dovecot import PASSWORD
from tests.rig.installed import Finished, Installed, installed
from tests.rig.ring import FileRing
from tests.rig.systemd import Systemd, systemd
from triage.cli import cli
from triage.cli.wizard.asking import Check, Choice, Question
from triage.errors import TriageError

ADDRESS = "robin@reader.example"
Said = Mapping[str, str | Sequence[str]]
"""Answers by option; several where a question comes again."""


def newcomer(folder: Path) -> Installed:
    """An installation with a keyring, and nothing else yet."""
    program = installed(folder)
    program.environ["PYTHON_KEYRING_BACKEND"] = "tests.rig.ring.FileRing"
    program.environ["TEST_RING"] = str(folder / "ring.json")
    program.environ["XDG_STATE_HOME"] = str(folder / "xdg-state")
    return program


def with_systemd(program: Installed) -> Systemd:
    """Give it one."""
    manager = systemd(program.folder / "systemd")
    program.environ["PATH"] = f"{manager.path}:{program.environ['PATH']}"
    return manager


@contextmanager
def at_home(program: Installed) -> Iterator[None]:
    """Meanwhile this very process is where that installation is, with its keyring."""
    before, ring, old = dict(os.environ), keyring.get_keyring(), signal.getsignal(signal.SIGHUP)
    os.environ.update(program.environ)
    os.environ.pop("TRIAGE_CONFIG", None)
    keyring.set_keyring(FileRing())  # type: ignore[no-untyped-call]  # keyring's own constructor
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        keyring.set_keyring(ring)
        signal.signal(signal.SIGHUP, old)


def typed(program: Installed, *arguments: str, stdin: str = "") -> Finished:
    """Run one command in this process, which takes a tenth of the time."""
    with at_home(program):
        done = CliRunner().invoke(cli, ["--config", str(program.config), *arguments], input=stdin)
    fault = done.exception
    if isinstance(fault, TriageError):
        return Finished(fault.exit_code, done.stdout, f"{done.stderr}{fault}")
    assert fault is None or isinstance(fault, SystemExit), fault
    return Finished(done.exit_code, done.stdout, done.stderr)


def script(account: Account, *more: str) -> list[str]:
    """The arguments of a set-up that asks nothing."""
    server = ["--host", "127.0.0.1", "--port", str(account.dovecot.port), "--tls", "none", "--user", account.user]
    return ["init", "--address", ADDRESS, *server, "--non-interactive", "--secret-stdin", "--no-look", *more]


def run(program: Installed, *arguments: str) -> Finished:
    """Run it with the right password on standard input."""
    return typed(program, *arguments, stdin=f"{PASSWORD}\n")


class Person:
    """Answers by the option that belongs to a question; with what Enter means where nothing is prepared."""

    def __init__(
        self, answers: Mapping[str, str | Sequence[str]], leaves_at: int = -1, *, killed: bool = False
    ) -> None:
        self._answers = {option: [one] if isinstance(one, str) else list(one) for option, one in answers.items()}
        self._leaves_at = leaves_at
        self._killed = killed
        self.alone = False
        self.asked: list[Question] = []

    @property
    def options(self) -> list[str]:
        """What was asked for, by the options."""
        return [question.option for question in self.asked]

    def line(self, question: Question, check: Check) -> str:
        return check(self._says(question))

    def secret(self, question: Question) -> str:
        return self._says(question)

    def yes(self, question: Question) -> bool:
        return self._says(question) == "y"

    def choice(self, question: Question, choices: Sequence[Choice]) -> str:
        answer = self._says(question)
        assert answer in {one.key for one in choices}
        return answer

    def _says(self, question: Question) -> str:
        if len(self.asked) == self._leaves_at:
            if self._killed:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt
        self.asked.append(question)
        prepared = self._answers.get(question.option, [])
        return prepared.pop(0) if len(prepared) > 1 else prepared[0] if prepared else question.default
