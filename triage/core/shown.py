"""Words from strangers' mails as a letter, a table or a log may show them: the one choke point for all of them.

It leaves no control characters, no line breaks and nothing a mail program would turn into a link.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
_SCHEMES = "mailto|tel|sms|callto|skype|facetime|sips?|xmpp|geo|file|news|urn|data|javascript|magnet|webcal"
_LINK = re.compile(
    rf"""(?ix)
    : (?=//) | \b(?:{_SCHEMES}): (?=\S)                   # https://, mailto:
    | (?<=[^\s.]) [.。．｡] (?=[^\W\d_]{{2}}) (?!js\b)  # employer.example, but not node.js
    | (?<=\bwww) \. (?=\S)
    | \\\\ | @                                             # a Windows share, an address
    """
)


def shown(text: str, longest: int = LONGEST) -> str:
    """`text` from a mail as a letter, a table or a log may show it: one line, no controls, no live links, short.

    Line breaks and tabs become spaces. Other control characters, format characters (bidi overrides, zero width)
    and what has no meaning to a reader (surrogates, private use, unassigned) go: Unicode C*, Zl, Zp.
    """
    plain = "".join(" " if c in _BREAKS else c for c in text if c in _BREAKS or unicodedata.category(c)[0] != "C")
    # Twice: the bracket around one dot may make a link of the next ("www..example").
    line = " ".join(_LINK.sub(_defanged, _LINK.sub(_defanged, plain)).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip(" .。．｡:") + "…"


_BREAKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")


def _defanged(match: re.Match[str]) -> str:
    found = match.group()
    if found in ("@", "\\\\"):
        return {"@": " at "}.get(found, "\\ ")
    return f"{found[:-1]}[{found[-1]}]"
