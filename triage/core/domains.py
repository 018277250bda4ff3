"""The organisation's own label in a mail domain."""

from __future__ import annotations

import re
from functools import cache

from publicsuffixlist import PublicSuffixList

_PRIVATE = re.compile(
    r"gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|icloud|me|mac|aol|gmx|web|t-online|freenet|posteo|mailbox|"
    r"proton|protonmail|pm|fastmail|hey|zoho|mail|orange|wanadoo|free|laposte|sfr|libero|virgilio|tiscali|wp|onet|o2|"
    r"interia|op|bol|uol|terra|sapo|telia|example"
)
"""Where people have their private mail, and the reserved name: the domain says nothing about an employer."""


@cache
def _suffixes() -> PublicSuffixList:
    """Reads the list that comes with its package: once, when the first domain is asked for."""
    return PublicSuffixList()


def organisation(domain: str) -> str:
    """The registrable domain (careers.mill.co.uk gives mill.co.uk), or an empty string."""
    return _suffixes().privatesuffix(domain.lower().strip(".")) or ""


def label(domain: str) -> str:
    """The first label of the registrable domain, or an empty string where people have private mail."""
    # A school's domain can be a public suffix as a whole (*.sch.uk): then its first label is the school's.
    name = (organisation(domain) or domain).partition(".")[0]
    return "" if _PRIVATE.fullmatch(name) else name
