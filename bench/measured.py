"""What one process took."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TIMED = (sys.executable, "-S", "-E", str(Path(__file__).with_name("timed.py")))

_FAREWELL, _GLANCE = 5.0, 0.01
"""Seconds that a family is given to be gone, and between two looks at it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds and bytes; `cpu` is that of the process and all it has waited for."""

    wall: float
    cpu: float
    peak: float


def measure(command: Sequence[str], env: Mapping[str, str] | None = None) -> Measured:
    """Run it to its end. Raises RuntimeError with what it said where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        result, said = Path(folder) / "result.json", Path(folder) / "said"
        with said.open("wb") as out, _family([*TIMED, str(result), *command], env, out.fileno()) as process:
            process.wait()
        found = json.loads(result.read_text()) if result.exists() else {"code": -1}
        if found["code"] != 0:
            raise RuntimeError(f"{' '.join(command)}: {said.read_text(errors='replace')[-3000:]}")
        return Measured(found["wall"], found["cpu"], found["peak"])


@contextmanager
def _family(command: Sequence[str], env: Mapping[str, str] | None, out: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process with all that it starts; what is left of them at the end is ended.

    Who is broken off would leave a child behind that goes on writing into a folder which is about to be removed.
    """
    with subprocess.Popen(command, env=env, stdout=out, stderr=out, start_new_session=True) as process:
        try:
            yield process
        finally:
            end = time.monotonic() + _FAREWELL
            with contextlib.suppress(ProcessLookupError):  # nobody is left
                while time.monotonic() < end:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.poll()
                    time.sleep(_GLANCE)
