"""Reading a changed configuration for a service at work, without keeping what is only needed for that.

The service has threads by then, so it cannot be copied to do this apart (`triage.cli.apart`). Its own program is begun
anew instead, reads the text it is given, tells what is in it as plain values, and takes the libraries along. What is
told comes from ourselves alone, through a pipe.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

from triage.errors import ConfigError

if TYPE_CHECKING:
    from triage.config.values import Config

PATIENCE = 60.0
"""Seconds it may take; it is a second at most on a machine that has nothing else to do."""
# -P: nothing that lies in the folder we were started in is taken for a library.
COMMAND = (sys.executable, "-P", "-m", "triage.cli.afresh")


def read(text: str, origin: str, command: tuple[str, ...] = COMMAND) -> Config | None:
    """What `config.load.parse` makes of this text; None where the program cannot be begun so. Raises ConfigError."""
    try:
        done = subprocess.run(
            [*command, origin], input=text.encode(), capture_output=True, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    told: Config | ConfigError = pickle.loads(done.stdout)  # noqa: S301  # from ourselves
    if isinstance(told, ConfigError):
        raise told
    return told


def main() -> None:
    """In the new process: all of it, or nothing."""
    from triage.config.load import parse

    told: Config | ConfigError
    try:
        told = parse(sys.stdin.buffer.read().decode(), sys.argv[1])
    except ConfigError as error:
        told = error
    sys.stdout.buffer.write(pickle.dumps(told))


if __name__ == "__main__":
    main()
