"""The command that shows the pages of the documentation, and the help of commands: `help`."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from triage.cli.commands import COMMANDS
from triage.pages import PAGES, text

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

WIDEST = 100
"""Columns: longer lines are hard to read."""


def _complete(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    told = {name: one.help for name, one in COMMANDS.items()} | PAGES
    return [CompletionItem(name, help=about) for name, about in told.items() if name.startswith(begun)]


@click.command()
@click.argument("page", required=False, shell_complete=_complete)
@click.pass_context
def help(context: click.Context, page: str | None) -> None:
    """Show a page of the documentation, such as `triage help sign-in`; without a name, say which there are.

    All of them come with the program and are shown here, without any network. The name of a command shows its help.
    """
    name = (page or "").lower().removeprefix("docs/").removesuffix(".md")
    if not name:
        _list()
    elif name in PAGES:
        _show(name)
    elif name in COMMANDS:
        _explain(context, name)
    else:
        near = get_close_matches(name, [*PAGES, *COMMANDS], 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise click.UsageError(f"There is no page {page!r}.{meant} `triage help` says which there are.")


def _list() -> None:
    longest = max(map(len, PAGES))
    for name, about in PAGES.items():
        click.echo(f"triage help {name:<{longest}}  {about}")
    click.echo("\nEach command explains itself: triage COMMAND --help. All commands: triage --help.")


def _show(name: str) -> None:
    """In colours and with a pager where somebody looks; as it is written, where something else reads it."""
    page = text(name)
    if name in COMMANDS:
        page += f"\nThe command of this name: `triage {name} --help`.\n"
    if not sys.stdout.isatty():
        click.echo(page, nl=False)
        return
    click.echo_via_pager(_rendered(page))  # which knows what the pager makes of colours


def _rendered(page: str) -> str:
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    from triage.pages.tables import as_lists

    # Without a background of its own, so that it can be read on a light screen as well.
    console = Console(theme=Theme({"markdown.code": "bold"}))
    width = min(console.width, WIDEST)
    with console.capture() as shown:
        console.print(Markdown(as_lists(page), code_theme="ansi_dark", hyperlinks=False), width=width)
    return shown.get()


def _explain(context: click.Context, name: str) -> None:
    above = context.find_root()
    assert isinstance(above.command, click.Group)  # noqa: S101  # it is the group of all commands
    command = above.command.get_command(above, name)
    assert command is not None  # noqa: S101  # the table has it
    with click.Context(command, info_name=name, parent=above) as its:
        click.echo(command.get_help(its))
