"""What one process took."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMED = (sys.executable, "-S", "-E", str(Path(__file__).with_name("timed.py")))


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
        with said.open("wb") as out:
            subprocess.run([*TIMED, str(result), *command], env=env, stdout=out, stderr=out, check=False)
        found = json.loads(result.read_text()) if result.exists() else {"code": -1}
        if found["code"] != 0:
            raise RuntimeError(f"{' '.join(command)}: {said.read_text(errors='replace')[-3000:]}")
        return Measured(found["wall"], found["cpu"], found["peak"])
