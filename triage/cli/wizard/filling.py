"""From answers to the text of a configuration: the commented example with the answers in it, or the person's own file.

Only what differs from what the file says already is written, so that a file with few lines stays one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from triage.cli.wizard.answers import OAUTH, SMTP, Answers
from triage.cli.wizard.mailboxes import is_first, spot
from triage.config.edit import Setting, edited
from triage.config.load import parse
from triage.config.locate import EXAMPLE
from triage.config.values import Config
from triage.core.positions import Place
from triage.errors import ConfigError

_HEAD = """\
# The settings of triage, written by `triage init`. Change what you like, here or by running that again: your own
# comments and changes stay.
#
# A setting behind a "#" shows its default: leave it as it is, or take the "#" away and change it.
# There is no password in this file, and there must be none.
"""


_ALONE_HEAD = '[reader]\naddress = "robin@example.org"\n'
_ALONE = f'{_ALONE_HEAD}[[mailbox]]\nhost = "imap.example.org"\n'
"""A mailbox to be filled in, and what makes it a configuration."""
_READER = ("address", "name", "language", "time_zone", "country")
_MAILBOX = ("host", "tls", "port", "user", "ca_file", "password_file")


def example() -> str:
    """The commented example, for a file that is to be filled in by us."""
    text = EXAMPLE.read_text(encoding="utf-8")
    head, gap, rest = text.partition("\n\n\n")
    return _HEAD + gap[1:] + rest if head.startswith("#") else text


def filled(text: str, answers: Answers, name: str) -> str:
    """The text of a configuration that says what the answers say. Raises ConfigError where `text` cannot be used."""
    config = parse(text, name)
    at = spot(config, answers)
    if not is_first(config, answers):
        answers = _of_mailbox_alone(answers)
    text = _with(text, answers, name, at) if at != len(config.mailboxes) else text + _one_more(text, answers, name)
    parse(text, name)
    return text


def _with(text: str, answers: Answers, name: str, at: int | None) -> str:
    config = parse(text, name)
    text = edited(text, tuple(_in_the_way(text, answers, config, at)))
    for setting in (*_settings(answers, at), *_settings(answers, at)):
        # Each by itself, and all of them twice: what one says by default may follow from another one.
        if _differs(_said(text, config, name), setting):
            text = edited(text, (setting,))
    return text


def _of_mailbox_alone(answers: Answers) -> Answers:
    """Without what all mailboxes share: that is as it was."""
    names = (*_MAILBOX, "sign_in", "authority", "client_id", "mailbox", "add")
    return Answers(**{name: getattr(answers, name) for name in names})


def _one_more(text: str, answers: Answers, name: str) -> str:
    """Its table, for the end of the file: where it parts no comment from what it is about."""
    ending = "\r\n" if "\r\n" in text else "\n"
    table = _with(_ALONE, answers, name, 0)[len(_ALONE_HEAD) :].replace("\n", ending)
    return ending * (1 if text.endswith("\n") else 2) + table


def _said(text: str, config: Config, name: str) -> Config:
    """What the text says, or where it says nothing sound by now, what it said before."""
    try:
        return parse(text, name)
    except ConfigError:
        return config


def _in_the_way(text: str, answers: Answers, config: Config, at: int | None) -> Iterator[Setting]:
    """Settings of another kind of courier or of sign-in than the one that was chosen."""
    tables: dict[str, Any] = tomllib.loads(text)
    if answers.courier not in (None, config.courier.kind):
        for key in tables.get("courier", {}):
            yield Setting(("courier", key), None)
    if at is not None and answers.sign_in not in (None, OAUTH):
        for key in {"oauth", "sign_in"} & set(tables["mailbox"][at]):
            yield Setting(("mailbox", at, key), None)


def _settings(answers: Answers, at: int | None) -> Iterator[Setting]:
    """Every setting that was answered, in an order in which each makes sense with those before it."""
    rows: list[tuple[Place, str]] = [
        (("reader", key), key) for key in ("address", "name", "language", "time_zone", "country")
    ]
    if at is not None:
        rows += [(("mailbox", at, key), key) for key in _MAILBOX]
    if at is not None and answers.add:
        rows += [(("mailbox", at, "name"), "mailbox")]
    if at is not None and answers.sign_in == OAUTH:
        rows += [(("mailbox", at, "sign_in"), "sign_in")]
        rows += [(("mailbox", at, "oauth", key), key) for key in ("authority", "client_id")]
    if answers.courier == SMTP:
        rows += [(("courier", "kind"), "courier")]
        rows += [(("courier", key), f"smtp_{key}") for key in ("host", "tls", "port", "user", "password_file")]
        rows += [(("courier", "ca_file"), "ca_file")]
    for place, name in rows:
        value = getattr(answers, name)
        if value is not None:
            yield Setting(place, value)


def _differs(config: Config, setting: Setting) -> bool:
    """Does the configuration, its defaults included, say anything else?"""
    found: Any = config
    for step in setting.place:
        if isinstance(step, int):
            found = found[step] if step < len(found) else None
        else:
            found = getattr(found, _CALLED.get(step, step), None)
    return ("" if found is None else str(found)) != str(setting.value)


_CALLED = {"mailbox": "mailboxes"}
