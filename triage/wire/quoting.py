"""What may be repeated of a server's words, in a sentence that goes to the log and stands in the status.

A server may echo what it was sent. So an answer to a sign-in is quoted only if nothing of the password is in it, and
of an answer to what carries mail only the codes are.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator

Quote = Callable[[str], str]
"""Makes of words what may be repeated of them; nothing, where nothing may."""

_CODES = re.compile(r"\[[A-Z-]{2,20}\]|\d{3}\b(?: \d\.\d{1,3}\.\d{1,3})?")
_OUR_OWN = re.compile(r"socket error: EOF|an? (?:literal|answer|line) of [a-z0-9 ]*", re.ASCII)
"""How our stream says what is wrong with the answer itself."""
_TELLING = 8
"""Characters of a password's base64 that nobody writes by chance."""


def quote(words: str) -> str:
    """Short, printable, one line, without addresses."""
    clean = re.sub(r"\S+@\S+", "(address)", "".join(c if c.isprintable() else " " for c in words))
    return " ".join(clean.split())[:120]


def quote_codes(words: str) -> str:
    """Of an answer to a command that carries mail: the code in front of it, or what our own stream had to say."""
    found = _OUR_OWN.match(words) or _CODES.match(words)
    return found[0] if found else ""


def quote_unless(user: str, password: str) -> Quote:
    """As `quote`; but nothing where the password stands in the words, or a piece of it as it is sent in base64."""
    secrets = tuple(_forms(user, password)) if password else ()

    def say(words: str) -> str:
        bare = "".join(words.split()).casefold()
        return "" if any(secret.casefold() in bare for secret in secrets) else quote(words)

    return say


def _forms(user: str, password: str) -> Iterator[str]:
    plain = "".join(password.split()) or password
    yield from (plain, plain.replace("\\", "\\\\").replace('"', '\\"'))  # as it is, and as LOGIN quotes it
    for text in (password, f"\0{user}\0{password}"):
        coded = base64.b64encode(text.encode()).decode("ascii")
        yield from (coded[start : start + _TELLING] for start in range(max(1, len(coded) - _TELLING + 1)))
