"""Made-up companies and roles, as many as are asked for."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_WORDS = tomllib.loads((files(__package__) / "names.toml").read_text("utf-8"))
_PARTS: tuple[list[str], ...] = tuple(_WORDS[name].split() for name in ("onsets", "middles", "ends", "trades"))
ROLES: tuple[str, ...] = tuple(_WORDS["roles"])


def company(number: int) -> str:
    """The next 126,000 numbers have other ones."""
    parts = []
    for words in _PARTS:
        number, place = divmod(number, len(words))
        parts.append(words[place])
    return f"{parts[0]}{parts[1]}{parts[2]} {parts[3]}"
