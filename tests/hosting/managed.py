"""Workers as systemd runs them: by the lines of their unit, with its environment, its credentials and its line back."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig.installed import COMMAND
from tests.rig.ports import free_port
from triage.install import worker_unit

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60.0


@dataclass
class Managed:
    """A machine: `etc` is its /etc/triage, and `run` its /run."""

    etc: Path
    run: Path
    code: Path = ROOT
    """Where the program is that it starts next; what runs already stays as it is."""
    workers: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self, instance: str) -> None:
        """Come back when it is ready, as `systemctl start` does."""
        credentials, runtime = self.run / f"credentials-{instance}", self.run / f"triage-worker-{instance}"
        for folder in (credentials, runtime):
            folder.mkdir(parents=True, exist_ok=True)
        for name, path in self._all("LoadCredential", ":"):
            given = credentials / name
            given.unlink(missing_ok=True)
            given.write_bytes((self.etc / Path(path).name).read_bytes())
            given.chmod(0o400)
        filled = {"%d": str(credentials), "%t": str(self.run), "%i": instance, "/etc/triage": str(self.etc)}
        environ = os.environ | {name: _filled(value, filled) for name, value in self._all("Environment", "=")}
        environ |= {
            "CREDENTIALS_DIRECTORY": str(credentials),
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONPATH": str(self.code),
        }
        (before,) = self._lines("ExecStartPre")
        subprocess.run(shlex.split(_filled(before, filled)), check=True, env=environ)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            place = self.run / f"notify-{instance}"
            place.unlink(missing_ok=True)
            heard.bind(str(place))
            heard.settimeout(READY_SECONDS)
            environ["NOTIFY_SOCKET"] = str(place)
            self.workers[instance] = self._begin(_filled(self._lines("ExecStart")[0], filled), environ)
            while b"READY=1" not in heard.recv(4096):
                pass

    def _begin(self, line: str, environ: dict[str, str]) -> subprocess.Popen[str]:
        _, *arguments = shlex.split(re.sub(r"127\.0\.0\.1:946.", f"127.0.0.1:{free_port()}", line))
        with (self.run / "said").open("a") as said:
            return subprocess.Popen(
                [*COMMAND, *arguments], stdout=said, stderr=said, text=True, env=environ, cwd=self.code
            )

    def stop(self, *instances: str) -> list[int]:
        """Their exit codes; all of them where none is named."""
        ended = [self.workers.pop(one) for one in instances or tuple(self.workers)]
        for one in ended:
            one.send_signal(signal.SIGTERM)
        return [one.wait(READY_SECONDS) for one in ended]

    @contextmanager
    def asleep(self, instance: str) -> Iterator[None]:
        """Its machine is suspended for as long as this lasts."""
        self.workers[instance].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.workers[instance].send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Whatever state they are in."""
        for one in self.workers.values():
            one.kill()
            one.wait(10)

    def said(self) -> str:
        return (self.run / "said").read_text()

    def _lines(self, name: str) -> list[str]:
        unit = worker_unit(Path("/opt/triage/bin/triage")).splitlines()
        return [line.partition("=")[2] for line in unit if line.startswith(f"{name}=")]

    def _all(self, name: str, sign: str) -> list[tuple[str, str]]:
        parts = (line.partition(sign) for line in self._lines(name))
        return [(left, right) for left, _, right in parts]


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
