"""The texts of the Debian package that depend on what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from release.licences import Library

MAINTAINER = "The triage authors <maintainers@triage.invalid>"
"""Reports go to the project's page; Debian's format wants an address."""


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with each @NAME@ replaced."""
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def changelog(version: str, suite: str, epoch: int) -> str:
    """Debian's own changelog; what changed for people is in the other one."""
    when = format_datetime(datetime.fromtimestamp(epoch, UTC))
    told = "  * Version as released; see changelog.gz."
    return f"triage ({version}) {suite}; urgency=medium\n\n{told}\n\n -- {MAINTAINER}  {when}\n"


def copyright_of(found: Iterable[Library], licence: str) -> str:
    """Debian's list of who wrote what and under which terms, in its machine-readable form (DEP 5)."""
    head = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: triage\n"
    ours = f"Files: *\nCopyright: 2026 The triage authors\nLicense: Expat\n{_indented(licence)}\n"
    return "\n".join([head, ours, *map(_stanza, found)])


def _stanza(library: Library) -> str:
    """Their own texts of licence lie in the package, beside each library's metadata."""
    places = " ".join(f"usr/lib/triage/{place}*" for place in library.places)
    told = f"The authors of {library.name} {library.version}, named in {library.metadata}"
    terms = f" {library.licence}. The text is in /usr/lib/triage/{library.metadata}."
    return f"Files: {places}\nCopyright: {told}\nLicense: {library.name}-terms\n{terms}\n"


def _indented(text: str) -> str:
    return "\n".join(f" {line}" if line.strip() else " ." for line in text.strip().splitlines())
