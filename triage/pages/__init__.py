"""The pages for those who use the program, which come with it: the files of docs/ that are for them.

So that every sentence that names a page names one the reader has, however the program was installed.
"""

from __future__ import annotations

import re
from importlib.resources import files

PAGES = {
    "getting-started": "From download to the first letter, question by question.",
    "sign-in": "What to do for your provider, and where your password or sign-in lies.",
    "providers": "The mail providers that are known: servers, and their own pages for app passwords.",
    "letters": "What the letters say, when they come, and how to change their words.",
    "answering": "What you can answer to a letter.",
    "your-data": "The report, taking your data with you, bringing a list of your own, removing things.",
    "reliability": "What is promised about losing and doubling, and how it was tried.",
    "security": "Who could read or do what, and what stands in their way.",
    "hosting": "Running it for many members: setting up, upgrading, backups, keys, and what to watch.",
    "scaling": "How many workers and how much of a database many members need: measured, simulated, and assumed.",
    "data-protection": "Where it is hosted for many members: what is kept, who can see it, how one leaves.",
    "playbook": "The tips in the letters, and where each comes from.",
    "model-card": "How well mail is read, and where that fails.",
}
"""Each page by its name, and what it is about. README.md and the pages for developers are with the sources alone."""

_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_ADDRESS = re.compile(r"<(https?://[^>\s]+)>")
_PAGE = re.compile(r"(?:docs/)?([\w-]+)\.md(?:#.*)?")


def text(name: str) -> str:
    """The page of this name, as Markdown for a terminal: what it links to can be asked for by name there."""
    page = files("triage.pages").joinpath(f"{name}.md").read_text(encoding="utf-8")
    # Markdown has no line break within a cell of a table, so the pages borrow the one of HTML.
    return _ADDRESS.sub(r"\1", _LINK.sub(_told, page)).replace("<br>", ", ")


def links(page: str) -> list[str]:
    """Where the links of a page lead."""
    return [found[2] for found in _LINK.finditer(page)]


def _told(link: re.Match[str]) -> str:
    """A link, for a place where nothing can be clicked on."""
    words, place = link.groups()
    if "://" in place:
        return link[0]
    page = _PAGE.fullmatch(place)
    if page is None or page[1] not in PAGES:
        return words
    named = f"`triage help {page[1]}`"
    return named if words.endswith(".md") else f"{words} ({named})"
