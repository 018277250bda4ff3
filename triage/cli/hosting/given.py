"""What was given beforehand for an enrolment, by options or by a front end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from triage.cli.wizard.answers import Answers
from triage.errors import InputError

_NUMBERS = ("port", "smtp_port")


@dataclass(frozen=True, slots=True)
class Given:
    """`code` is "-" where it is not known yet.

    `settings` is a configuration (TOML) in place of answers; `secrets` are passwords by the host or the mailbox they
    are for.
    """

    code: str = field(repr=False)
    answers: Answers = field(repr=False)
    consent: str | None = None
    settings: str = field(default="", repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def over_json(self, text: str) -> Given:
        """These, and where one is missing, that of a front end. Raises InputError where it is of no use."""
        told = _object(text)
        secrets = told.pop("secrets", {})
        if not isinstance(secrets, dict) or not all(isinstance(one, str) for one in secrets.values()):
            raise InputError('The answers are no use: "secrets" is to be passwords by the name of their host.')
        others = replace(self, settings=self.settings or _text(told, "settings"), secrets=secrets)
        others = replace(others, consent=self.consent or _text(told, "consent") or None)
        if self.code == "-":
            others = replace(others, code=_text(told, "code") or "-")
        return replace(others, answers=self.answers.over(_answers(told)))


def _object(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise InputError("The answers are no JSON object: see `triage enrol --help`.")
    return told


def _text(told: dict[str, Any], name: str) -> str:
    found = told.pop(name, "")
    if not isinstance(found, str):
        raise InputError(f'The answers are no use: "{name}" is to be a text.')
    return found


def _answers(told: dict[str, Any]) -> Answers:
    told.pop("code", None)
    names = {one.name for one in fields(Answers)}
    if unknown := sorted(set(told) - names):
        raise InputError(f"The answers are no use: there is no {unknown[0]!r}, but {', '.join(sorted(names))}.")
    for name, value in told.items():
        if not isinstance(value, int if name in _NUMBERS else str):
            raise InputError(f'The answers are no use: "{name}" has the wrong kind of value.')
    return Answers(**told)
