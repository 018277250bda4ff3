"""Signing in: what kind of access is granted, whether the password works, and where it is then kept."""

from __future__ import annotations

import re
from collections.abc import Callable

from triage.cli import connecting
from triage.cli.login import sign_in_and_keep, try_once
from triage.cli.private import keep_private
from triage.cli.wizard.answers import APP_PASSWORD, OAUTH, PASSWORD, SIGN_INS, Answers
from triage.cli.wizard.asking import AnswerError, Choice, Question, listed, say, shown, unheard
from triage.cli.wizard.course import Course
from triage.cli.wizard.mailboxes import chosen, is_first
from triage.config.values import Config, ImapMailbox, SmtpCourier
from triage.credentials import KeepingError, Source, remember
from triage.errors import CredentialError
from triage.providers import Provider

OTHER_USER = "address-of-account"
"""The oddity of providers where a domain of one's own signs in with another address."""
TRIES = 3
"""A typing error is likely, and large providers lock those out who insist."""
Secrets = Callable[[], str]
"""The next secret that was given on standard input; empty where there is none."""
_WORDS = {
    APP_PASSWORD: "an app password, made for triage alone",
    PASSWORD: "your mail password",
    OAUTH: "your provider's own page (OAuth, takes longer)",
}
_TASK = (
    "triage itself reads mail and adds its own letters to your inbox. It marks, moves and deletes nothing, and sends "
    "nothing to anyone but you."
)
_SAID = re.compile(r'\("(?:\[[A-Z-]+\] ?)?([^"]+)"\)')
"""The server's own words in the sentence about a refused sign-in, without its code for programs."""
_GROUPED = 16
"""Letters of an app password that is shown in groups."""
_CLIENT = (
    "{name} wants to know which program asks. For that you register triage there once, free of charge, and get a "
    "client id. `triage help sign-in` says how, step by step. Ctrl-C stops here until you have it."
)
_ANY = "A mail password lets a program do whatever you can do in this mailbox."


def choose(course: Course, provider: Provider | None) -> None:
    """The kind of sign-in, and what goes with it."""
    kinds = provider.sign_in if provider else (PASSWORD,)
    question = Question("Sign in with:", "--sign-in", kinds[0])
    if course.everything.sign_in == PASSWORD and PASSWORD not in kinds and APP_PASSWORD in kinds:
        course.take(Answers(sign_in=APP_PASSWORD))  # the configuration makes no difference between the two
    rows = [Choice(kind, _WORDS[kind]) for kind in dict.fromkeys((*kinds, *_also(course)))]
    if course.answers.sign_in is None and len(kinds) == 1:
        course.take(Answers(sign_in=kinds[0]))
    kind = course.choice("sign_in", question, rows)
    if kind == OAUTH:
        course.take(Answers(authority=course.everything.authority or (provider.oauth if provider else "other")))
        if course.everything.client_id is None:
            say(_CLIENT.format(name=provider.name if provider else "Your provider"))
        course.line("client_id", Question("The client id that you registered:", "--client-id"), _not_empty)


def _also(course: Course) -> tuple[str, ...]:
    """What somebody names knowingly need not be what the table expects."""
    return (course.given.sign_in,) if course.given.sign_in in SIGN_INS else ()


def _not_empty(text: str) -> str:
    if not text.strip():
        raise AnswerError("Please paste the client id. `triage help sign-in` says how to get one.")
    return text.strip()


def explain(provider: Provider | None, kind: str) -> None:
    """What the person needs to know and to fetch before they sign in."""
    if provider and provider.hint:
        say(provider.hint)
    if provider and provider.enable and kind != OAUTH:
        say(f"How that is allowed at {provider.name}, says this page:")
        listed([provider.enable])
    if provider and provider.page and kind == APP_PASSWORD:
        say(f"You make the app password on this page of {provider.name}:")
        listed([provider.page])
    say((provider.grants_by.get(kind) or provider.grants) if provider else f"{_ANY} {_TASK}")


def is_kept(config: Config, table: ImapMailbox | SmtpCourier) -> bool:
    """Is there a password already that the server takes? Raises ServerError where that cannot be told."""
    account = config.account(table)
    if not connecting.source(account).found:
        return False
    try:
        try_once(table, connecting.password(account))
    except CredentialError:
        return False
    return True


def settle(course: Course, config: Config, provider: Provider | None, given: Secrets | None) -> str:
    """Sign in to every server of the mailbox's account, and keep what that takes. Returns where it is kept.

    `given`: where secrets come from instead of being asked for. Raises CredentialError, after the last try, and
    ServerError.
    """
    home = chosen(config, course.answers)
    if course.answers.sign_in == OAUTH:
        return _by_oauth(course, config, provider)
    secret = _mailbox_secret(course, config, provider, given)
    where = keep(course, config, home, secret).name if secret else connecting.source(config.account(home)).name
    if isinstance(config.courier, SmtpCourier) and is_first(config, course.answers):
        _settle_letters(course, config, secret, given)
    return where


def _by_oauth(course: Course, config: Config, provider: Provider | None) -> str:
    """Led through by the provider's page, unless there is a sign-in already that the server takes."""
    home = chosen(config, course.answers)
    if course.asker.alone or is_kept(config, home):
        try_once(home, connecting.password(config.account(home)))
        return connecting.source(config.account(home)).name
    explain(provider, OAUTH)
    return sign_in_and_keep(config, home, None).name


def _mailbox_secret(course: Course, config: Config, provider: Provider | None, given: Secrets | None) -> str:
    """A password that the server takes; empty where one is kept that it takes."""
    home = chosen(config, course.answers)
    if not given and is_kept(config, home):
        say(f"Signed in to {home.host} with the password that is kept already.")
        return ""
    explain(provider, course.answers.sign_in or PASSWORD)
    if not given:
        what = "app password" if course.answers.sign_in == APP_PASSWORD else "password"
        return asked(course, home, f"The {what} for {home.user} (it is not shown):", provider)
    secret = tidy(given(), provider)
    _try(home, secret)
    return secret


def _settle_letters(course: Course, config: Config, secret: str, given: Secrets | None) -> None:
    """The mail server that takes letters: mostly it takes the same password."""
    server = config.courier
    assert isinstance(server, SmtpCourier)  # noqa: S101  # asked by the only caller
    if not given and is_kept(config, server):
        return
    other = given() if given else ""
    try:
        _try(server, other or secret)
    except CredentialError:
        if given:
            raise
        other = asked(course, server, f"The password for {server.user} on {server.host} (it is not shown):", None)
    keep(course, config, server, other or secret)


def asked(course: Course, table: ImapMailbox | SmtpCourier, words: str, provider: Provider | None) -> str:
    """The same, asked for, up to three times."""
    for left in reversed(range(TRIES)):
        secret = tidy(course.asker.secret(Question(words, "--secret-stdin")), provider)
        say(f"Signing in to {table.host} ...")
        try:
            _try(table, secret)
            say("That works.")
        except CredentialError as error:
            if not left:
                raise
            _advise(table.host, provider, error)
        else:
            return secret
    raise AssertionError("the last try returns or raises")


def tidy(secret: str, provider: Provider | None) -> str:
    """Without the spaces that some pages show inside an app password, and that people copy along."""
    together = "".join(secret.split())
    return together if provider and provider.grouped_password and len(together) == _GROUPED else secret.strip()


def _advise(host: str, provider: Provider | None, error: CredentialError) -> None:
    """What the server says, and what most often is behind a password that is refused."""
    said = _SAID.search(str(error))
    say(f"{host} does not take it" + (f", and says: “{said[1]}”" if said else "."))
    if provider and APP_PASSWORD in provider.sign_in:
        say(f"{provider.name} takes an app password here, not the one you use on its site. You make it on this page:")
        listed([provider.page] if provider.page else [])
    else:
        say("It is the password of your mailbox. The usual reason is a typing error, so please type it once more.")
    if provider and provider.enable:
        say("Or mail programs are not let in yet. You allow that here:")
        listed([provider.enable])
    if provider and OTHER_USER in provider.oddities:
        say(f"If you sign in to {provider.name} with another address, stop here (Ctrl-C) and name it:")
        listed(["triage init --user that@address"])


def _try(table: ImapMailbox | SmtpCourier, secret: str) -> None:
    if not secret:
        raise CredentialError("No password was typed.")
    with unheard():
        try_once(table, lambda: secret)


def keep(course: Course, config: Config, table: ImapMailbox | SmtpCourier, secret: str) -> Source:
    """Keep a secret that works: in the keyring, or, where there is none and the person agrees, in a file.

    Raises CredentialError where it is to be kept nowhere.
    """
    try:
        account = config.account(table)
        return remember(account.user, account.host, secret)
    except KeepingError:
        name = table.name if isinstance(table, ImapMailbox) else "courier"
        file = course.begun.config.with_name(f"{name}.password")
        say(
            "There is no keyring here that could keep the password, as a desktop has one. It can be kept in a file "
            "that only you can read; it is not encrypted there:"
        )
        listed([shown(file)])
        if not course.asker.yes(Question("Keep it in this file?", "--yes", "n" if course.asker.alone else "y")):
            raise
    keep_private(file, secret + "\n")
    mine = Answers(password_file=str(file)) if isinstance(table, ImapMailbox) else Answers(smtp_password_file=str(file))
    course.take(mine)
    return Source(f"password file {file}")
