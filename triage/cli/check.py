"""The command that looks whether everything is in place, and says what to do where it is not."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click

from triage.checkup import Finding, Verdict
from triage.cli.checking import Group
from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.paragraphs import paragraph, width
from triage.cli.settings import Settings
from triage.cli.tables import printable, show_json

_VERDICT, _WIDEST = 7, 16
"""Columns of the verdict, and the most that the name of a thing takes from the sentence about it."""


@click.command()
@click.option("--offline", is_flag=True, help="Look only at what is on this computer; no server is asked.")
@as_json
@pass_settings
def check(settings: Settings, offline: bool, as_json: bool) -> None:
    """Check that everything is in place, changing nothing: a verdict each, and the remedy where one is needed.

    \b
    ok     all is well
    note   it works, and there is something to know
    WRONG  it does not work; the line below says what to do
    -      not looked at, because it hangs on something that is wrong

    It looks at the configuration, the passwords, the way to each mail server and what that can do, the folders, the
    letters' way, the log, the service, and this computer. `triage -v check` adds what is known to be different at
    your mail provider. The exit code is 0 where nothing is wrong, otherwise that
    of the first thing that is.
    """
    from triage.cli import checking, checking_servers

    groups = [checking.of_this_computer(settings, utc_now())]
    if not any(one.what == checking.CONFIGURATION and one.code for one in groups[0].findings):
        wanted = checking_servers.Wanted(utc_now(), offline=offline, thorough=settings.verbose or as_json)
        groups += checking_servers.of_servers(settings.config, wanted)
    if as_json:
        show_json([_told(group, one) for group in groups for one in group.findings])
    else:
        for line in _lines(groups):
            click.echo(line)
    code = next((one.code for group in groups for one in group.findings if one.code), 0)
    if code:
        sys.exit(code)


def _told(group: Group, one: Finding) -> dict[str, object]:
    return {
        "where": group.title,
        "what": one.what,
        "verdict": one.verdict.value,
        "ok": one.verdict is not Verdict.WRONG,
        "how": one.how,
        "remedy": one.remedy,
        "code": one.code,
    }


def _lines(groups: Sequence[Group]) -> Iterator[str]:
    """As a person reads it: a paragraph for this computer, and one for each server."""
    columns = width()
    longest = max(len(printable(one.what)) for group in groups for one in group.findings)
    column = min(longest, _WIDEST) + 2
    for number, group in enumerate(groups):
        if number:
            yield ""
        if group.title:
            yield printable(group.title)
        for one in group.findings:
            yield from paragraph(
                f"{one.verdict.value:{_VERDICT}}{printable(one.what):{column}}", one.how, one.remedy, columns
            )
    yield ""
    yield _summary([one for group in groups for one in group.findings])


def _summary(findings: Sequence[Finding]) -> str:
    wrong, notes = (sum(one.verdict is kind for one in findings) for kind in (Verdict.WRONG, Verdict.NOTE))
    if wrong:
        return f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong. What to do stands below each, after >."
    if notes:
        return f"Nothing is wrong. {notes} {'note' if notes == 1 else 'notes'} above."
    return "All is well."
