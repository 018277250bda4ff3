"""Words that must be found nowhere, and every form in which a program might write them down all the same."""

from __future__ import annotations

import base64
import binascii
import json
import quopri
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

SHORTEST = 7
"""Letters: shorter words would be found by chance in what is encoded or random."""


@cache
def forms(word: str) -> frozenset[bytes]:
    """A word as text in the usual charsets, quoted, escaped, in hex, and within Base64; all in lower case."""
    texts = {word.encode(charset) for charset in ("utf-8", "latin-1", "utf-16-le", "utf-16-be")}
    plain = word.encode()
    escaped = {
        quopri.encodestring(plain, quotetabs=True),
        urllib.parse.quote(word).encode(),
        word.encode("unicode_escape"),
        repr(plain)[2:-1].encode(),
        json.dumps(word)[1:-1].encode(),
        binascii.hexlify(plain),
    }
    coded = {piece for text in texts for piece in _within_base64(text)}
    return frozenset(form.lower() for form in texts | escaped | coded)


def _within_base64(data: bytes) -> Iterator[bytes]:
    """What Base64 of a longer text holds of it, wherever in that text it begins: the letters it alone decides."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data)
        yield coded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]


def words(text: str) -> tuple[str, ...]:
    """The words of a text that are long enough to be looked for one by one, and the text itself."""
    return (text, *(word for word in text.split() if len(word) >= SHORTEST))


def spoken(data: bytes, secrets: Mapping[str, str]) -> set[str]:
    """The names of those secrets of which any word stands in `data`, in any form and any case."""
    low = data.lower()
    return {name for name, text in secrets.items() for word in words(text) if any(form in low for form in forms(word))}


def leaks(places: Iterable[tuple[str, bytes]], secrets: Mapping[str, str]) -> list[str]:
    """Where which secret was found: "said: password"."""
    return [f"{place}: {name}" for place, data in places for name in sorted(spoken(data, secrets))]


def files(folder: Path, *but: str) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, with its name as a file of its own; not below folders of these names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not set(but) & set(path.relative_to(folder).parts):
            name = str(path.relative_to(folder))
            yield name, name.encode() + b"\n" + path.read_bytes()
