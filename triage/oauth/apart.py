"""Renewing a token in a process of its own, which takes along Authlib and requests when it ends.

They take ten megabytes, and a service needs them for a second in an hour. What is secret goes through pipes, and is in
no argument and no environment. Where no such process can be had, it is done in this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from triage.errors import CredentialError, ServerError, TriageError
from triage.oauth import faults
from triage.oauth.authorities import Authority
from triage.oauth.values import Client, Granted, Kept, RevokedError
from triage.oauth.values import kept as read

_SECONDS = 150.0
"""More than one request may take."""
_PROGRAM = (
    sys.executable,
    "-P",
    "-m",
    "triage.oauth",
)  # -P: nothing is imported from the folder that we happen to be in
_ERRORS: dict[str, type[TriageError]] = {one.__name__: one for one in (RevokedError, CredentialError, ServerError)}


def by_refresh(client: Client, kept: Kept, program: Sequence[str] = _PROGRAM) -> Granted:
    """As `grant.by_refresh`. `program` is what the other process runs."""
    asked = json.dumps({"client": asdict(client), "kept": kept.text})
    try:
        done = subprocess.run(
            program,
            input=asked.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        told = {
            "error": "ServerError",
            "sentence": str(faults.unreachable(client, "TimeoutError")),
            "retry_after": None,
        }
    except (OSError, ValueError):
        told = None
    return _meant(told) if told else _here(client, kept)


def _here(client: Client, kept: Kept) -> Granted:
    from triage.oauth import grant  # noqa: PLC0415  # as this module says

    return grant.by_refresh(client, kept)


def _meant(told: dict[str, Any]) -> Granted:
    if "error" not in told:
        return Granted(told["access"], told["seconds"], told["refresh"])
    if told["error"] == ServerError.__name__:
        raise ServerError(told["sentence"], retry_after=told["retry_after"])
    raise _ERRORS[told["error"]](told["sentence"])


def answer(asked: str) -> str:
    """In the other process: what is to be told of a question. Never raises a TriageError."""
    question = json.loads(asked)
    client = question["client"] | {"authority": Authority(**question["client"]["authority"])}
    try:
        return json.dumps(asdict(_here(Client(**client), read(question["kept"]))))
    except TriageError as error:
        kind = next(name for name, one in _ERRORS.items() if isinstance(error, one))
        return json.dumps({"error": kind, "sentence": str(error), "retry_after": getattr(error, "retry_after", None)})
