"""Is the sender who they say they are? What the reader's own server found out about it (RFC 8601), or "not verified".

Anyone can write an Authentication-Results field into a mail. So only those that bear the name of the reader's own
server count, and of these the topmost, which is the last one written. Whatever is malformed, ambiguous or missing is
"not verified": this fails closed. It is shown, and it never changes a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from triage.core.domains import organisation
from triage.core.headers import MAX_FIELD, decode
from triage.core.structured import bare
from triage.core.values import Message, Trust

_PLAIN = re.compile(r"[\w.@+/-]+", re.A)
_UNFIT = "\x00"
"""Stands for the content of a quoted string that no name and no domain looks like."""
_METHOD = re.compile(r"([a-z][a-z0-9-]*) ?(?:/ ?([0-9]+) ?)?= ?([a-z0-9-]+)(?= |$)", re.I | re.A)
_PROPERTY = re.compile(r" ([a-z][\w-]*(?: ?\. ?[\w-]+)*) ?= ?(\S+)", re.I | re.A)
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+", re.A)
_UNDECIDED = frozenset({"none", "temperror", "permerror"})
"""DMARC has nothing to say: no policy, or none that could be read. A signature may still speak for itself."""


@dataclass(frozen=True, slots=True)
class _Result:
    """One `method=result` with its properties, such as `header.d`; all in lower case."""

    method: str
    result: str
    properties: Mapping[str, str]


def sender(message: Message, authserv_id: str) -> Trust:
    """Did the server called `authserv_id` find the domain in From to be the real one? Total.

    Verified is a DMARC pass for that very domain, or a valid DKIM signature of its organisation (relaxed alignment,
    RFC 7489, 3.1.1). SPF alone is not enough: it says nothing about From. Without an id, nothing is claimed.
    """
    if not authserv_id:
        return Trust.UNKNOWN
    domain = message.sender.domain
    if not message.sole_sender or not _DOMAIN.fullmatch(domain):
        return Trust.UNVERIFIED
    try:
        results = _topmost(message.authentication, authserv_id.lower())
    except ValueError:
        return Trust.UNVERIFIED
    return Trust.VERIFIED if _verifies(results, domain) else Trust.UNVERIFIED


def _topmost(fields: Iterable[bytes], authserv_id: str) -> tuple[_Result, ...]:
    """The results of the first field that bears this id. Raises ValueError where it, or one above it, is malformed.

    A field above that cannot be read might be ours, and what then comes next would be somebody else's.
    """
    for field in fields:
        name, *results = _statements(field)
        if name == authserv_id:
            return tuple(_result(text) for text in results)
    return ()


def _statements(field: bytes) -> list[str]:
    """The id, in lower case, and each result as text with single spaces. A last semicolon too many is common."""
    if len(field) >= MAX_FIELD:  # it was cut, and what was cut off may be what matters
        raise ValueError("too long")
    text = bare(decode(field), lambda content: content if _PLAIN.fullmatch(content) else _UNFIT)
    if not text.isascii():  # lower case would make a "k" of the Kelvin sign
        raise ValueError("not ASCII")
    head, *results = (" ".join(part.split()) for part in text.split(";"))
    name, _, version = head.partition(" ")
    if not results or not name or "=" in name or version not in ("", "1"):
        raise ValueError("no results")
    if len(results) > 1 and not results[-1]:
        results.pop()
    return [name.lower(), *([] if results == ["none"] else results)]


def _result(text: str) -> _Result:
    match = _METHOD.match(text)
    if match is None:
        raise ValueError("not a result")
    properties: dict[str, str] = {}
    at = match.end()
    while at < len(text):
        found = _PROPERTY.match(text, at)
        name = found[1].replace(" ", "").lower() if found else ""
        if found is None or name in properties:
            raise ValueError("not a property, or one that stands twice")
        properties[name] = found[2].lower()
        at = found.end()
    # Another version of a method means whatever its own standard says (RFC 8601, 2.2).
    method = match[1].lower() if match[2] in (None, "1") else ""
    return _Result(method, match[3].lower(), properties)


def _verifies(results: Iterable[_Result], domain: str) -> bool:
    results = tuple(results)
    dmarc = [one for one in results if one.method == "dmarc"]
    if len(dmarc) > 1:
        return False
    for one in dmarc:
        if one.result == "pass" and "header.from" in one.properties:
            return one.properties["header.from"] == domain
        if one.result != "pass" and one.result not in _UNDECIDED:
            return False
    return any(one.method == "dkim" and one.result == "pass" and _signs(one, domain) for one in results)


def _signs(result: _Result, domain: str) -> bool:
    """Is this signature one of the organisation behind `domain`?"""
    agent = result.properties.get("header.i", "").rpartition("@")[2]
    signer = result.properties.get("header.d", agent)
    if not _DOMAIN.fullmatch(signer) or (agent and not f".{agent}".endswith(f".{signer}")):
        return False
    return signer == domain or bool(organisation(signer) and organisation(signer) == organisation(domain))
