"""Changes single settings in a configuration file, and leaves every comment, and all else, as the person wrote it.

A setting that stands there behind a "#", word for word as in the example, takes the place of that line. Nothing is
written that `load` would not take.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage import whole
from triage.config.load import parse
from triage.config.locate import EXAMPLE
from triage.config.values import Config
from triage.core.positions import Place
from triage.errors import ConfigError

BEFORE = ".before"
"""At the end of the name of the copy that is kept of a file that was changed."""

Value = str | int | bool | None
_HEADING = re.compile(r"\s*#?\s*\[")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting and what it is to be; None takes it out. `place` is such as ("mailbox", 0, "host")."""

    place: Place
    value: Value


def edited(text: str, settings: Sequence[Setting]) -> str:
    """`text`, a valid TOML file, with these settings. What is so already stays as it is written."""
    for setting in settings:
        wanted = _wanted(text, setting)
        if tomllib.loads(text) != wanted:
            text = _changed(text, setting, wanted)
    return text


def _wanted(text: str, setting: Setting) -> dict[str, Any]:
    """What the file is to say."""
    everything = tomllib.loads(text)
    table: Any = everything
    for step, after in zip(setting.place, setting.place[1:], strict=False):
        if not _has(table, step):
            if setting.value is None:
                return everything  # what is to be taken out is not there
            _add(table, step, several=isinstance(after, int))
        table = table[step]
    if setting.value is None:
        table.pop(_key(setting), None)
    else:
        table[_key(setting)] = setting.value
    return everything


def _has(table: Any, step: str | int) -> bool:
    return step < len(table) if isinstance(step, int) else step in table


def _add(table: Any, step: str | int, *, several: bool) -> None:
    """An empty table, or list of tables. Of a list, the next is the only one that can be missing."""
    empty: dict[str, Any] | list[Any] = [] if several else {}
    if isinstance(step, int):
        table.append(empty)
    else:
        table[step] = empty


def _key(setting: Setting) -> str:
    return str(setting.place[-1])


def _changed(text: str, setting: Setting, wanted: Mapping[str, Any]) -> str:
    """The first way of writing it, the most natural one first, by which the file comes to say just what is wanted."""
    for written in (_by_line(text, setting), _in_its_line(text, setting), _by_tomlkit(text, setting)):
        if written is not None and _says(written, wanted):
            return written
    raise ConfigError(f"{_key(setting)} cannot be changed here by itself; change it by hand, then run this again.")


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return without_empty(tomllib.loads(text)) == without_empty(wanted)
    except tomllib.TOMLDecodeError:
        return False


def without_empty(tables: Mapping[str, Any]) -> Mapping[str, Any]:
    """A table in which nothing stands says as much as none."""
    return {name: table for name, table in tables.items() if table != {}}


def _by_line(text: str, setting: Setting) -> str | None:
    """A new setting by a line of its own: in place of the example's, or right below the heading of its table.

    Only proposed: lines that look like headings may stand inside of a text.
    """
    lines = text.splitlines(keepends=True)
    found = _lines_of(lines, setting.place[:-1])
    if found is None or setting.value is None:
        return None
    at, end = found
    ours = _defaults(_key(setting))
    hidden = next((number for number in range(at + 1, end) if lines[number].strip() in ours), None)
    ending = "\r\n" if lines[at].endswith("\r\n") else "\n"
    line = f"{_key(setting)} = {_written(setting.value)}{ending}"
    if hidden is None:
        heading = lines[at] if lines[at].endswith("\n") else lines[at] + ending
        return "".join([*lines[:at], heading, line, *lines[at + 1 :]])
    return "".join([*lines[:hidden], line, *lines[hidden + 1 :]])


def _in_its_line(text: str, setting: Setting) -> str | None:
    """A setting that stands on a line of its own, changed there: tables that are apart stay apart, in their order.

    Only proposed, likewise.
    """
    lines = text.splitlines(keepends=True)
    found = _lines_of(lines, setting.place[:-1])
    its = re.compile(rf"\s*{re.escape(_key(setting))}\s*=")
    at = next((number for number in range(*found) if its.match(lines[number])), None) if found else None
    if at is None:
        return None
    try:
        return "".join(
            [*lines[:at], _by_tomlkit(lines[at], Setting((_key(setting),), setting.value)), *lines[at + 1 :]]
        )
    except ValueError:  # it is only the first line of the value
        return None


def _defaults(key: str) -> frozenset[str]:
    """The lines by which the example shows the default of a setting of this name; any other is the person's own."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line.startswith(f"#{key} = "))


def _lines_of(lines: Sequence[str], table: Place) -> tuple[int, int] | None:
    """The line of a table's heading, and the line where the next begins, be it behind a "#"."""
    numbers = [step for step in table if isinstance(step, int)]
    name = r"\s*\.\s*".join(re.escape(str(step)) for step in table if not isinstance(step, int))
    heading = re.compile(rf"\s*\[{{{2 if table and isinstance(table[-1], int) else 1}}}\s*{name}\s*\]+\s*(#.*)?$")
    headings = [number for number, line in enumerate(lines) if heading.match(line.rstrip("\r\n"))]
    wanted = numbers[-1] if numbers else 0
    if len(headings) <= wanted:
        return None
    at = headings[wanted]
    end = next((number for number in range(at + 1, len(lines)) if _HEADING.match(lines[number])), len(lines))
    return at, end


def _written(value: Value) -> str:
    import tomlkit  # noqa: PLC0415  # large, and needed only where something is changed

    return str(tomlkit.item(value).as_string())


def _by_tomlkit(text: str, setting: Setting) -> str:
    """By the library, wherever and however the setting is written."""
    import tomlkit  # noqa: PLC0415  # as above

    document: Any = tomlkit.parse(text)
    table: Any = document
    for number, step in enumerate(setting.place[:-1]):
        if isinstance(step, str) and step not in table:
            several = isinstance(setting.place[number + 1], int)
            table.add(step, tomlkit.aot() if several else tomlkit.table())
        elif isinstance(step, int) and len(table) <= step:
            table.append(tomlkit.table())
        table = table[step]
    if setting.value is None:
        del table[_key(setting)]
    else:
        table[_key(setting)] = setting.value
    return str(tomlkit.dumps(document))


def keep(path: Path, text: str) -> Config:
    """Write the configuration, all of it or nothing, for its owner alone; what it then says.

    A link stays a link: what it leads to is written. Where there was another text, a copy of that is kept beside it
    (`BEFORE`). Raises ConfigError, for a text that cannot be used and for a file that cannot be written.
    """
    config = parse(text, str(path))
    try:
        target = Path(os.path.realpath(path))
        old = target.read_bytes() if target.exists() else None
        if old == text.encode():
            return config
        if old is not None:
            whole.write(target.with_name(target.name + BEFORE), old)
        whole.write(target, text.encode())
    except OSError as error:
        raise ConfigError(f"{path}: the configuration cannot be written: {error.strerror}.") from None
    return config
