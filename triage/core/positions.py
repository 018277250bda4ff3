"""On which line of a TOML file each table, key and list element stands.

`tomllib` gives values without their places; tree-sitter gives places without values. Together they make an
error that points at its line.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Place = tuple[str | int, ...]
"""A path into the parsed file, such as ("mailbox", 0, "port")."""

_DEPTH = 8
"""No setting lies deeper; what a hostile file nests below this has no place of its own."""


@dataclass(frozen=True, slots=True)
class Positions:
    """The lines of one file, from 1."""

    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest table around it; 0 where even that is not written."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)


def positions(text: str) -> Positions:
    """Where everything stands in `text`, which must be valid TOML 1.0."""
    root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
    lines: dict[Place, int] = {}
    for place, line in _document(root):
        lines.setdefault(place, line)
    return Positions(lines)


def _document(root: Node) -> Iterator[tuple[Place, int]]:
    tables: Counter[Place] = Counter()
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair((), node)
        elif node.type in {"table", "table_array_element"}:
            yield from _table(node, tables)


def _table(node: Node, tables: Counter[Place]) -> Iterator[tuple[Place, int]]:
    key, *pairs = node.named_children
    place = _resolved(_keys(key), tables)
    for depth in range(1, len(place) + 1):
        yield place[:depth], _line(node)
    if node.type == "table_array_element":
        tables[place] += 1
        place = (*place, tables[place] - 1)
        yield place, _line(node)
    for pair in pairs:
        if pair.type == "pair":
            yield from _pair(place, pair)


def _resolved(keys: tuple[str, ...], tables: Counter[Place]) -> Place:
    """The place a table's header means: inside an array of tables, that is its latest element."""
    place: Place = ()
    for key in keys:
        if tables[place]:
            place = (*place, tables[place] - 1)
        place = (*place, key)
    return place


def _pair(around: Place, node: Node) -> Iterator[tuple[Place, int]]:
    key, value = (child for child in node.named_children if child.type != "comment")
    place = (*around, *_keys(key))
    for depth in range(len(around) + 1, len(place) + 1):
        yield place[:depth], _line(node)
    yield from _value(place, value)


def _value(place: Place, node: Node) -> Iterator[tuple[Place, int]]:
    if len(place) > _DEPTH:
        return
    elements = [child for child in node.named_children if child.type != "comment"]
    if node.type == "array":
        for index, element in enumerate(elements):
            yield (*place, index), _line(element)
            yield from _value((*place, index), element)
    elif node.type == "inline_table":
        for pair in elements:
            yield from _pair(place, pair)


def _keys(node: Node) -> tuple[str, ...]:
    """The parts of a key, quotes and escapes resolved by the one who knows them."""
    parsed: object = tomllib.loads(f"{(node.text or b'').decode()} = 0")
    keys: list[str] = []
    while isinstance(parsed, dict):
        key, parsed = next(iter(parsed.items()))
        keys.append(key)
    return tuple(keys)


def _line(node: Node) -> int:
    return node.start_point.row + 1
