"""Commands that print a secret, such as `pass show mail`: run without a shell, with an end to time and to output.

Nothing of what a command prints is told to anybody but the one who asked; what it says of errors goes nowhere, for
nobody knows what else stands in it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from triage.errors import CredentialError
from triage.wire.poll import Deadline, readable

SECONDS = 30.0
"""A command may ask a person to unlock something; longer than this, nobody is there."""
_LARGEST = 64 * 1024
_GLANCE = 0.2
"""Seconds between two looks at whether it has ended: what it leaves running may hold its output open."""


def first_line(command: Sequence[str], setting: str, host: str, seconds: float = SECONDS) -> str:
    """The first line that a command prints. `setting` and `host` say what it is for. Raises CredentialError."""
    printed = output(command, setting, host, seconds)
    line = printed.split("\n", 1)[0].removesuffix("\r")
    if not line or "\0" in line:
        raise CredentialError(
            f"{_named(command, setting, host)} printed nothing in its first line: run it in a terminal to see why."
        )
    return line


def output(command: Sequence[str], setting: str, host: str, seconds: float = SECONDS) -> str:
    """All that a command prints. Raises CredentialError where it fails, takes too long, or does not print text."""
    called = _named(command, setting, host)
    try:
        # A session of its own: so it can be ended with all that it has started, and no Ctrl-C meant for us reaches it.
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise CredentialError(f"{called} cannot be started: {error.strerror}.") from None
    except ValueError:  # a zero byte in an argument
        raise CredentialError(
            f"{called} cannot be started: there is a character in it that no command may have."
        ) from None
    try:
        printed, code = _run(process, Deadline(seconds))
    finally:
        _end(process)
    if code is None:
        raise CredentialError(
            f"{called} did not end within {seconds:g} seconds: run it in a terminal to see what it waits for."
        )
    return _checked(printed, code, called)


def _run(process: subprocess.Popen[bytes], deadline: Deadline) -> tuple[bytes, int | None]:
    """What it prints, as far as there is room for it, and its exit code; None where it has not ended in time."""
    assert process.stdout is not None  # noqa: S101  # it was asked for
    pipe, printed, is_open = process.stdout.fileno(), b"", True
    while deadline.left() and len(printed) <= _LARGEST:
        if is_open and readable(min(_GLANCE, deadline.left()), pipe):
            piece = os.read(pipe, 4096)
            printed, is_open = printed + piece, bool(piece)
        elif (code := process.poll()) is not None:
            return printed, code
        elif not is_open:
            time.sleep(0.01)  # it has closed its output, and tidies up
    return printed, 0 if len(printed) > _LARGEST else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what has not ended, with all that it has started."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _checked(printed: bytes, code: int, called: str) -> str:
    if code:
        ended = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        raise CredentialError(f"{called} {ended}: run it in a terminal to see why.")
    if len(printed) > _LARGEST:
        raise CredentialError(f"{called} printed far more than a password: is it the right command?")
    try:
        return printed.decode()
    except UnicodeDecodeError:
        pass
    # Outside the except block: the error holds what was printed.
    raise CredentialError(f"{called} printed something that is not text (UTF-8): is it the right command?")


def _named(command: Sequence[str], setting: str, host: str) -> str:
    """Without its arguments: nobody knows what people put there."""
    return f"The {setting} for {host} ({os.path.basename(command[0])})"  # noqa: PTH119  # it need not be a path
