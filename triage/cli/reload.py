"""The command that has a running service read its configuration anew."""

from __future__ import annotations

import os
import signal
import time

import click

from triage.cli.clock import utc_now
from triage.cli.options import pass_settings
from triage.cli.running import running
from triage.cli.settings import Settings
from triage.config.outline import seal
from triage.errors import BusyError, InputError

PATIENCE = 30.0
"""Seconds for the service to take over: it signs in anew, and finishes first what it is at."""


@click.command()
@pass_settings
def reload(settings: Settings) -> None:
    """Have the running service read the configuration anew.

    The file is checked first: where something is wrong with it, that is said, and the service goes on with the old
    one. Where [store] has changed, the service has to be started anew instead.
    """
    from triage.store.look import checked

    _ = settings.config  # or what is wrong with it
    folder, wanted = settings.store_folder, seal(settings.text)
    at_work = running(folder, utc_now())
    if at_work is None:
        raise InputError(f"No service is running on the log in {folder}. The next one reads the configuration itself.")
    if checked(folder, settings.cipher) == wanted:
        click.echo("The running service goes by this configuration already.", err=True)
        return
    _ask(at_work.pid)
    end = time.monotonic() + PATIENCE
    while checked(folder, settings.cipher) != wanted:
        if time.monotonic() > end:
            raise BusyError(
                "The service has been asked, and still goes by the old configuration. Its log says why: "
                "`journalctl --user -u triage -n 20`."
            )
        time.sleep(0.1)
    click.echo("The running service goes by the changed configuration now.", err=True)


def _ask(pid: int) -> None:
    if not pid:
        raise BusyError("The running service cannot be found from here. `systemctl --user reload triage` asks it.")
    try:
        os.kill(pid, signal.SIGHUP)
    except PermissionError as error:
        raise BusyError("The running service is another user's. `sudo systemctl reload triage` asks it.") from error
    except ProcessLookupError as error:
        raise InputError("The service has just ended. The next one reads the configuration itself.") from error
