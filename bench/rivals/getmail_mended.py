"""getmail as it is packaged, run by Debian's Python, but that it waits for its children without a signal.

It delivers each mail by a child of its own. As packaged (6.18.11) it takes no notice of a child that ends before it
listens, waits for a minute, and gives up: in thousands of mails, that happens.
"""

import os
import runpy
import shutil

from getmailcore.baseclasses import ForkingBase


def wait_for_child(_self: object, pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def prepare_child(_self: object) -> None:
    """No handler of signals."""


ForkingBase._wait_for_child = wait_for_child
ForkingBase._prepare_child = prepare_child
runpy.run_path(shutil.which("getmail") or "getmail", run_name="__main__")
