"""Address fields to addresses, by mail-parser's reader, with a simple one behind it. Total."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailparser.utils import get_addresses

from triage.core.characters import line
from triage.core.headers import MAX_FIELD, decode, words
from triage.core.structured import bare
from triage.core.values import Address

MAX_NAME = 200
MAX_ADDRESS = 320
"""64 characters, an @ and 255 characters (RFC 5321, 4.5.3.1)."""

_NAME = r"\"([\w '&.,!:/()|+-]*)\" ?|([\w'&-]+(?: [\w'&-]+)*|=\?utf-8\?q\?(?:=[0-9a-f]{2}|[\w+-])+\?=) "
_COMMON = re.compile(rf"(?:{_NAME}|)<([\w+.-]+@[\w-]+(?:\.[\w-]+)+)>", re.A | re.I)
"""One address with or without a plain name: most fields are that, and every reader reads it alike."""
_SOLE = re.compile(r"(?:[^<>@,;:]*<\s*)?([^\s<>@,;:]+@[^\s<>@,;:]+)(?:\s*>)?")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,255}")


def addresses(value: bytes, limit: int) -> tuple[Address, ...]:
    """At most `limit` addresses of a From, To, Cc or Reply-To field; none where it holds none."""
    if not value:
        return ()
    text = decode(value)
    if (one := _COMMON.fullmatch(text.strip())) is not None:
        return (_address(one[1] or words((one[2] or "").encode()), one[3]),)[:limit]
    try:
        pairs = get_addresses(text, decode_names=True)
    except Exception:  # noqa: BLE001 - hostile fields make the library raise anything, RecursionError too
        pairs = []
    found = [_address(name, address) for name, address in pairs[:limit] if "@" in address]
    return tuple(found) or _plain_addresses(words(value), limit)


def sole_address(values: Sequence[bytes]) -> str:
    """The address of these fields of one name, in lower case; empty where they hold several, or might.

    Stricter than `addresses`: a name that looks like an address, outside of quotation marks, is one too many.
    """
    if len(values) != 1 or len(values[0]) >= MAX_FIELD:
        return ""
    try:
        text = bare(decode(values[0]), lambda _: "quoted").strip()
    except ValueError:
        return ""
    match = _SOLE.fullmatch(text)
    if match is None or not match[1].isascii() or ("<" in text) != text.endswith(">"):
        return ""
    return match[1].lower()


def _plain_addresses(text: str, limit: int) -> tuple[Address, ...]:
    """What looks like an address; the words before the first one are its name."""
    found = list(zip(range(limit), _ADDRESS.finditer(text), strict=False))
    return tuple(_address("" if number else text[: match.start()], match[0]) for number, match in found)


def _address(name: str, address: str) -> Address:
    # Many programs put quotes around an encoded word, where the standard does not read it (RFC 2047, 5).
    name = words(name.encode("utf-8", "replace")) if "=?" in name else name
    return Address(line(name, MAX_NAME).strip("\"'<( "), line(address, MAX_ADDRESS).lower())
