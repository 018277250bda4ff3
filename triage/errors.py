"""The errors a person meets: each says what happened, where, and what to do, and carries its exit code.

The codes follow sysexits.h, so that a service manager can tell "try again" from "a person is needed".
Anything that is not one of these is a fault of the program itself.
"""

from __future__ import annotations


class TriageError(Exception):
    """The root: `str(error)` is one sentence for a person, remedy included. No traceback is owed for it."""

    exit_code = 1


class InputError(TriageError):
    """A file or an argument given by the person cannot be used (EX_NOINPUT)."""

    exit_code = 66


class ConfigError(TriageError):
    """The configuration cannot be used; `problems` holds every fault found, each a sentence (EX_CONFIG)."""

    exit_code = 78

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class CredentialError(TriageError):
    """No password, or one the server refuses: only the person can mend it (EX_NOPERM)."""

    exit_code = 77


class ServerError(TriageError):
    """A mail server cannot be reached or answered wrongly; trying again may help (EX_UNAVAILABLE).

    `retry_after` are the seconds, an hour at most, that it asked to be left alone; None if it did not say.
    """

    exit_code = 69

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class StoreError(TriageError):
    """The store cannot be used: damaged, newer than this program, or not writable (EX_IOERR)."""

    exit_code = 74


class Unserved(StoreError):  # noqa: N818  # the tables are sound
    """The tables are for other versions of this program, older or newer."""


class Superseded(StoreError):  # noqa: N818  # nothing has gone wrong
    """Another worker has taken this member over: what is in hand here is to be dropped, without a word to anybody."""


class OutputError(TriageError):
    """A result cannot be written where it was to go (EX_CANTCREAT)."""

    exit_code = 73


class BusyError(TriageError):
    """Another service already works on this store (EX_TEMPFAIL)."""

    exit_code = 75
