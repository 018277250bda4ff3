"""Serves the mailbox of the first run until it is stopped, for who wants to look closer with tools of their own."""

from __future__ import annotations

import shlex
import signal
import tempfile
from pathlib import Path

from bench import folder
from bench.options import Options
from bench.program import COMMAND, Account, ours
from bench.report import Report
from bench.server import serving
from tests.rig.dovecot import PASSWORD

USER = "robin"


def run(options: Options) -> Report:
    """The part `serve`, which measures nothing."""
    box = folder.everyday(options.folder, options.mails)
    with serving() as served, tempfile.TemporaryDirectory() as scratch:
        served.take(USER, box.path)
        program = ours(Account(served.port, USER, Path(scratch), box.days))
        folder.say(f"127.0.0.1:{served.port}, user {USER}, password {PASSWORD}, Maildir {box.path}")
        words = [f"{name}={shlex.quote(value)}" for name, value in program.environ.items()]
        command = shlex.join([*COMMAND, "--config", str(program.config), "poll"])
        folder.say(f"A first look (remove {program.store} for another):\nenv {' '.join(words)} {command}")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return Report("serve")
