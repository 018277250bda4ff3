"""The line of every table, key and list element, also where TOML is written in unusual ways."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from triage.core.positions import Place, positions

TEXT = '''# one
top = 1
[reader]  # three
name = """
text
""" # four to six
"quoted \\"key\\"" = 2
dotted . path."x.y" = 3

[[mailbox]]
folders = [ # eleven
    "A", # twelve
    { deep = { er = 1 } },
]
[mailbox.oauth.scope]
x = 1
[[mailbox]]
host = "x"
[[mailbox]]

[implied.by.this]'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("top",), 2),
        (("reader",), 3),
        (("reader", "name"), 4),
        (("reader", 'quoted "key"'), 7),
        (("reader", "dotted"), 8),
        (("reader", "dotted", "path", "x.y"), 8),
        (("mailbox",), 10),
        (("mailbox", 0), 10),
        (("mailbox", 0, "folders"), 11),
        (("mailbox", 0, "folders", 0), 12),
        (("mailbox", 0, "folders", 1, "deep", "er"), 13),
        (("mailbox", 0, "oauth"), 15),
        (("mailbox", 0, "oauth", "scope", "x"), 16),
        (("mailbox", 1), 17),
        (("mailbox", 1, "host"), 18),
        (("mailbox", 2), 19),
        (("implied",), 21),
        (("mailbox", 1, "port"), 17),  # missing: the table it is missing from
        (("missing",), 0),
    ],
)
def test_the_line_of(place: Place, line: int) -> None:
    assert positions(TEXT).line(place) == line
    assert positions(TEXT.replace("\n", "\r\n")).line(place) == line


def test_nothing_lies_endlessly_deep() -> None:
    text = "a = " + "[" * 100 + "]" * 100
    assert positions(text).line(("a", *[0] * 90)) == 1


def places(value: object, around: Place = ()) -> Iterator[Place]:
    """Every place in a parsed file, down to a depth that settings reach."""
    if around:
        yield around
    if len(around) > 4:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*around, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*around, index))


KEYS = st.sampled_from(["a", "b", '"q x"', "'l'", "1", '""', "a.b", 'b . "c.d"', '"\\u00e9"'])
VALUES = st.recursive(
    st.sampled_from(["1", "nan", '"s"', "'l'", '"""m\nn"""', "07:32:00", "1979-05-27T07:32:00Z", "true"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[ # c\n{', '.join(items)}\n]"),
        st.tuples(KEYS, inner).map(lambda pair: f"{{ {pair[0]} = {pair[1]} }}"),
    ),
    max_leaves=4,
)
LINES = st.one_of(
    KEYS.map(lambda key: f"[{key}]"),
    KEYS.map(lambda key: f"[[ {key} ]] # c"),
    st.tuples(KEYS, VALUES).map(" = ".join),
    st.just("# comment"),
)


@given(st.lists(LINES, max_size=7), st.sampled_from(["\n", "\r\n"]))
def test_whatever_tomllib_reads_has_its_lines(lines: list[str], end: str) -> None:
    text = end.join(lines)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    found = positions(text)
    assert all(place in found.lines for place in places(parsed))
    assert all(1 <= line <= text.count("\n") + 1 for line in found.lines.values())
