"""From answers to the text of a configuration: the commented example with the answers in it, or the person's own file.

Only what differs from what the file says already is written, so that a file with few lines stays one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from triage.cli.wizard.answers import OAUTH, SMTP, Answers
from triage.config.edit import Setting, edited
from triage.config.load import parse
from triage.config.locate import EXAMPLE
from triage.config.values import Config, ImapMailbox
from triage.core.positions import Place
from triage.errors import ConfigError

_HEAD = """\
# The settings of triage, written by `triage init`. Change what you like, here or by running that again: your own
# comments and changes stay.
#
# A setting behind a "#" shows its default: leave it as it is, or take the "#" away and change it.
# There is no password in this file, and there must be none.
"""


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
    at = next((at for at, one in enumerate(config.mailboxes) if isinstance(one, ImapMailbox)), None)
    text = edited(text, tuple(_in_the_way(text, answers, config, at)))
    for setting in (*_settings(answers, at), *_settings(answers, at)):
        # Each by itself, and all of them twice: what one says by default may follow from another one.
        if _differs(_said(text, config, name), setting):
            text = edited(text, (setting,))
    parse(text, name)
    return text


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
        found = found[step] if isinstance(step, int) else getattr(found, _CALLED.get(step, step), None)
    return ("" if found is None else str(found)) != str(setting.value)


_CALLED = {"mailbox": "mailboxes"}
