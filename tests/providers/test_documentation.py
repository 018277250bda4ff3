"""docs/providers.md is made of the table, and is as the table is."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from triage.providers import ODDITIES, Provider, providers
from triage.providers.table import looked_up, without_imap

DOCS = Path(__file__).parents[2] / "docs"
HOSTED = [one for one in providers() if one.domains or one.mx]
OWN = [one for one in providers() if one not in HOSTED]
HEAD = """# Mail providers

What triage knows of {count} providers, as it was looked up on {day}: `triage init` takes the servers of
an address from here, and tells before the sign-in what stands under "To know". The facts are in
`triage/providers/*.toml`, and this page is made of them. Providers change things: where one of these is wrong,
please say so. After a change there:

    WRITE_DOCS=1 pytest tests/providers

An address that is not here is looked for in this order, and `triage init` says each step before it takes it:

1. The hosts that take the domain's mail (MX records) are compared with this table: a domain of your own may be at one
   of these. Your name servers are asked.
2. The domain's own autoconfig document: `https://autoconfig.DOMAIN/mail/config-v1.1.xml`, then
   `https://DOMAIN/.well-known/autoconfig/mail/config-v1.1.xml`. By HTTPS only, also where it has moved (twice at most).
3. Thunderbird's public database, `autoconfig.thunderbird.net`, would know more. It belongs to neither you nor your
   provider, so `triage init` does **not** ask it.
4. The domain's SRV records (RFC 6186, RFC 8314). If they name a host of another domain, you are asked.
5. A guess: `imap.DOMAIN`, `mail.DOMAIN` and `DOMAIN` are tried on ports 993 and 143. One counts only if it answers as
   an IMAP server, under TLS, with a certificate for its name.

Nobody in this list is told more than the domain: not the part of your address before the @, and no name of a program.
Nothing is signed in to. A host that is on a private network, or on this machine, is not tried. It takes half a minute
at most. `--no-discovery` leaves all of it out, and you name the servers yourself.

"app password" is a password that the provider makes for one program, and that you can take back. "on its page" means
that you sign in on the provider's own page (OAuth).
"""
WAYS = {"app-password": "app password", "password": "password", "oauth": "on its page"}

ALLOWS = """
Hardly any mail server has a sign-in that can only read. So this is what each kind lets a program do, and what triage
does with it."""
GRANTS = list(dict.fromkeys(text for one in providers() for text in one.grants_by.values()))
"""What the kinds of sign-in let a program do."""


def cell(text: str) -> str:
    return text.replace("|", "/")


def row(one: Provider) -> str:
    """A line of the table."""
    places = [
        f"{end.host}:{end.port}" + (" (STARTTLS)" if end.tls == "starttls" else "")
        for end in (one.imap, one.smtp)
        if end
    ]
    domains = ", ".join(one.domains[:4]) + (f" and {len(one.domains) - 4} more" if len(one.domains) > 4 else "")
    user = {"address": "whole address", "local-part": "the part before the @"}[one.user]
    ways = ", ".join(WAYS[way] for way in one.sign_in)
    name = f"[{one.name}](#{one.key})"
    return f"| {name} | {domains or 'domains of your own'} | {'<br>'.join(places)} | {user} | {ways} |"


def section(one: Provider) -> str:
    """What there is to know about one."""
    lines = [f'### <a id="{one.key}"></a>{one.name}', "", one.hint, ""]
    page = "An app password is made here" if "app-password" in one.sign_in else "Its page about this"
    lines += [f"- {page}: <{one.page}>"] if one.page else []
    lines += [f"- Switching IMAP on: <{one.enable}>"] if one.enable else []
    allowed = (f"[{WAYS[way]}](#allows-{GRANTS.index(text)})" for way, text in one.grants_by.items())
    lines += [f"- What it allows: {', '.join(allowed)}"]
    lines += [f"- {ODDITIES[key].what}" for key in one.oddities]
    return "\n".join(lines)


def page() -> str:
    """The whole of docs/providers.md."""
    day = date.fromisoformat(looked_up())
    head = HEAD.format(count=len(HOSTED), day=f"{day:%d %B %Y}")
    columns = "| provider | addresses | IMAP, SMTP | user name | sign-in |\n|---|---|---|---|---|"
    none = ", ".join(sorted(without_imap()))
    parts = [
        head,
        "\n".join([columns, *map(row, HOSTED)]),
        f"\nThese have no IMAP at all, so triage cannot read mail there: {none}.",
        "\n## To know",
        *(f"\n{section(one)}" for one in HOSTED),
        "\n## Servers that people run themselves",
        "\nThese are known by what they say when triage signs in.",
        *(f"\n{section(one)}" for one in OWN),
        "\n## What a sign-in allows",
        ALLOWS,
        *(f'\n<a id="allows-{number}"></a>{text}' for number, text in enumerate(GRANTS)),
    ]
    return "\n".join(parts) + "\n"


def test_the_documentation_has_the_table_as_it_is() -> None:
    path = DOCS / "providers.md"
    if os.environ.get("WRITE_DOCS"):
        path.write_text(page(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page(), "It is stale: run with WRITE_DOCS=1."
