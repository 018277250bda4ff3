"""The program as a person has it installed: its command, a configuration, a store, and the service as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.rig.dovecot import PASSWORD

READER = "robin@reader.example"
COMMAND = (sys.executable, "-m", "triage")
AT_ONCE = """\
[letters]
hour = "00:00"
quiet_from = "00:00"
quiet_to = "00:00"
weekends = true
most_per_day = 24
most_per_week = 168
"""
"""Letters for what came yesterday are due now, whatever the day and the hour."""
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has run."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Installed:
    """One installation below `folder`."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def configure(self, tables: str) -> None:
        """Write the configuration: the reader and the store, and these tables."""
        text = f'[reader]\naddress = "{READER}"\nname = "Robin"\ntime_zone = "UTC"\n\n[store]\npath = "{self.store}"\n'
        self.config.write_text(text + tables)

    def keep_password(self, password: str = PASSWORD, name: str = "triage.password") -> None:
        """Give the service a password the way systemd does."""
        folder = Path(self.environ["CREDENTIALS_DIRECTORY"])
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / name).write_text(password)
        (folder / name).chmod(0o600)

    def triage(self, *arguments: str, stdin: str = "") -> Finished:
        """Run one command to its end."""
        done = subprocess.run(
            [*COMMAND, "--config", str(self.config), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environ,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def log(self) -> list[dict[str, Any]]:
        """The log, as `triage log --json` tells it; empty where there is none yet."""
        done = self.triage("log", "--json")
        return json.loads(done.out) if done.code == 0 else []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the service, or another command, as a process of its own; what it says goes to the file `said`."""
        with (self.folder / "said").open("a") as said:
            command = [*COMMAND, "--debug", "--config", str(self.config), *(arguments or ("run",))]
            return subprocess.Popen(command, stdout=said, stderr=said, text=True, env=self.environ)

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """The service, watching; stopped as systemd stops it."""
        process = self.start()
        try:
            self.await_polled(process)
            yield process
        finally:
            process.terminate()
            process.wait(10)

    def await_polled(self, process: subprocess.Popen[str]) -> None:
        """Wait until the first look at every mailbox is done."""
        expect(lambda: process.poll() is not None or " read, " in self.said(), self.said)

    def said(self) -> str:
        """Everything the service has logged so far."""
        path = self.folder / "said"
        return path.read_text() if path.exists() else ""


def installed(folder: Path) -> Installed:
    """A fresh installation, with nothing of the environment but where programs are."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "xdg-config"),
        "XDG_DATA_HOME": str(folder / "xdg-data"),
        "CREDENTIALS_DIRECTORY": str(folder / "credentials"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "COLUMNS": "200",
    }
    return Installed(folder, environ)


def expect(happens: Callable[[], bool], why: Callable[[], object] = lambda: "", within: float = PATIENCE) -> None:
    """Wait until it happens, so many seconds at most. Fails with what `why` says."""
    end = time.monotonic() + within
    while not happens():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {within:.0f} s: {why()}")
        time.sleep(0.05)


def letters(messages: list[bytes]) -> list[EmailMessage]:
    """Those of these messages that the service wrote."""
    parsed = [message_from_bytes(data, policy=policy.default) for data in messages]
    return [one for one in parsed if isinstance(one, EmailMessage) and "X-Triage-Letter" in one]


def text_of(letter: EmailMessage) -> str:
    """The text part of a letter on one line, as wrapping hides phrases."""
    part = letter.get_body(("plain",))
    return " ".join(str(part.get_content()).split()) if part else ""
