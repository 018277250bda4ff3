"""`triage worker`: one process that does the work of a hosted service, for as long as it is left to run."""

from __future__ import annotations

import logging

import click

from triage import resting
from triage.cli.hosting.engines import hosting, keys
from triage.cli.options import pass_settings
from triage.cli.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Log in JSON, one object a line.")
@click.option("--listen", metavar="HOST:PORT", help="Where Prometheus finds this one, in place of [metrics] listen.")
@pass_settings
def worker(settings: Settings, as_json: bool, listen: str | None) -> None:
    """Do the work of a hosted service: as many of these as one likes, anywhere.

    Takes jobs from the queue in the database and carries them out: looks at members' mailboxes, writes and delivers
    their letters. Where one of these dies, the others take up its jobs. At SIGTERM it finishes what it has in hand, or
    gives it back, and ends. The log names members by their handles alone.

    Reads hosting.toml (`triage --config FILE worker`, $TRIAGE_HOSTING, or /etc/triage/hosting.toml).
    """
    asked = hosting(settings)
    from triage.cli.hosting.lines import log_in_handles
    from triage.cli.hosting.working import begun
    from triage.hosting.settings import listening

    log_in_handles(as_json=as_json, level=logging.DEBUG if settings.debug else logging.INFO)
    with begun(listening(asked, listen), keys(settings)) as one:
        resting.settle()
        code = one.run()
    raise SystemExit(code)
