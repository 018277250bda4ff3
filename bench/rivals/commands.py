"""How each of them is started on one account, and whether it can be."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from bench.program import COMMAND, Account, ours
from bench.server import hand_over
from tests.rig.dovecot import PASSWORD

HERE = Path(__file__).parent

NOBODY = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups") if os.geteuid() == 0 else ()
"""For those who refuse to work for root."""

_MBSYNC = """
FSync {sync}

IMAPAccount measured
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account measured

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX

Channel measured
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
"""
_GETMAIL = """
[retriever]
type = SimpleIMAPRetriever
server = 127.0.0.1
port = {port}
username = {user}
password = {password}
use_peek = true

[destination]
type = Maildir
path = {folder}/INBOX/

[options]
read_all = true
delete = false
verbose = 0
delivered_to = false
received = false
"""


@dataclass(frozen=True, slots=True)
class Command:
    """A program to start."""

    words: tuple[str, ...]
    env: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """`made` prepares the account's folder and says how to start."""

    name: str
    does: str
    made: Callable[[Account], Command]
    there: Callable[[], bool] = field(default=lambda: True)


def _triage(account: Account) -> Command:
    program = ours(account)
    return Command((*COMMAND, "--config", str(program.config), "poll"), program.environ)


def _script(name: str, *options: str) -> Callable[[Account], Command]:
    def made(account: Account) -> Command:
        script = str(HERE / f"{name}.py")
        return Command((sys.executable, *options, script, str(account.port), account.user, PASSWORD))

    return made


def _mbsync(sync: str) -> Callable[[Account], Command]:
    def made(account: Account) -> Command:
        file, folder = account.folder / "mbsyncrc", account.folder
        text = _MBSYNC.format(sync=sync, port=account.port, user=account.user, password=PASSWORD, folder=folder)
        file.write_text(text)
        return Command(("mbsync", "--config", str(file), "--quiet", "measured"))

    return made


def _getmail(account: Account) -> Command:
    for part in ("tmp", "new", "cur"):
        (account.folder / "INBOX" / part).mkdir(parents=True)
    file = account.folder / "getmailrc"
    file.write_text(_GETMAIL.format(port=account.port, user=account.user, password=PASSWORD, folder=account.folder))
    for place in (account.folder, *account.folder.rglob("*")):
        hand_over(place)
    options = ("--quiet", "--getmaildir", str(account.folder), "--rcfile", str(file))
    return Command((*NOBODY, "/usr/bin/python3", str(HERE / "getmail_mended.py"), *options))


RAW, OURS, IMAP_TOOLS, MBSYNC = "raw", "ours", "imap_tools", "mbsync"
RIVALS = (
    Rival(RAW, "bare socket, throws all away", _script("raw", "-S", "-E")),
    Rival(OURS, "triage poll, first look", _triage),
    Rival(MBSYNC, "mbsync, downloads only", _mbsync("yes"), lambda: shutil.which("mbsync") is not None),
    Rival("mbsync-nosync", "the same without fsync", _mbsync("no"), lambda: shutil.which("mbsync") is not None),
    Rival("getmail", "getmail, downloads only", _getmail, lambda: shutil.which("getmail") is not None),
    Rival("imapclient", "IMAPClient and email, reads only", _script("with_imapclient")),
    Rival(
        IMAP_TOOLS,
        "imap_tools and mail-parser, reads only",
        _script("with_imap_tools"),
        lambda: find_spec("imap_tools") is not None,
    ),
)
