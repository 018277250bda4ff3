"""What a message is made of, as its server says (BODYSTRUCTURE, RFC 9051, 7.5.2): pure, and total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_DEEPEST = 40
"""Levels. Real mail has up to a dozen."""
_FILE = ("name", "filename", "name*", "filename*")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message, or a whole one. Names and values are in lower case.

    `section` is what a FETCH calls it; empty for a whole message of several parts. `size` is in bytes, as it lies
    there, encoded. `parts` are those of a multipart; of a message/rfc822 it is the one message in it.
    """

    section: str
    kind: str
    size: int = 0
    encoding: str = ""
    charset: str = ""
    boundary: str = ""
    """Of a multipart, where the server tells it."""
    attached: bool = False
    file: str = ""
    parts: tuple[Part, ...] = ()


def read(told: object) -> Part | None:
    """A BODYSTRUCTURE, parsed into nested lists and tuples, as a tree; None where it cannot be one."""
    try:
        return _part(told, "", 0)
    except (ValueError, LookupError, TypeError):
        return None


def _part(told: object, section: str, depth: int) -> Part:
    if not isinstance(told, tuple) or depth > _DEEPEST:
        raise ValueError
    if isinstance(told[0], list | tuple):
        return _multipart(told, section, depth)
    kind = f"{_needed(told[0])}/{_needed(told[1])}"
    # What has no parts is itself the first of them.
    section = section or "1"
    inner: tuple[Part, ...] = ()
    if kind == "message/rfc822" and len(told) > 8:
        inner = (_message(told[8], section, depth + 1),)
    disposition = next(_dispositions(told[7:]), ("", ()))
    return Part(
        section,
        kind,
        size=told[6] if isinstance(told[6], int) else 0,
        encoding=_word(told[5]),
        charset=next((value for key, value in _pairs(told[2]) if key == "charset"), ""),
        attached=disposition[0] == "attachment",
        file=_file((*_pairs(told[2]), *disposition[1])),
        parts=inner,
    )


def _multipart(told: Sequence[object], section: str, depth: int) -> Part:
    # IMAPClient puts the parts into a list of their own, but not those of a message within the message.
    first = told[0]
    children = first if isinstance(first, list) else list(_leading(told))
    subtype = told[1] if isinstance(first, list) else told[len(children)]
    if not children:
        raise ValueError
    dot = f"{section}." if section else ""
    parts = tuple(_part(child, f"{dot}{number}", depth + 1) for number, child in enumerate(children, 1))
    return Part(section, f"multipart/{_needed(subtype)}", boundary=_boundary(told), parts=parts)


def _boundary(told: Sequence[object]) -> str:
    """Its parameters are the first brackets behind the parts and the name."""
    name = next((at for at, one in enumerate(told) if isinstance(one, bytes)), len(told))
    parameters = next(iter(told[name + 1 :]), None)
    return next((value for key, value in _pairs(parameters) if key == "boundary"), "")


def _leading(told: Sequence[object]) -> Iterator[object]:
    for one in told:
        if not isinstance(one, tuple):
            return
        yield one


def _message(told: object, section: str, depth: int) -> Part:
    """The message in the message/rfc822 part `section`: its parts are numbered as if they were those of that part."""
    several = isinstance(told, tuple) and told and isinstance(told[0], list | tuple)
    return _part(told, section if several else f"{section}.1", depth)


def _dispositions(rest: Sequence[object]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """How a part wants to be shown. It stands behind fields that some kinds of part have and others lack."""
    for one in rest:
        if isinstance(one, tuple) and len(one) == 2 and _word(one[0]) in ("attachment", "inline"):
            yield _word(one[0]), _pairs(one[1])


def _file(told: Sequence[tuple[str, str]]) -> str:
    """The name a part has as a file; of two, the one of a calendar."""
    names = [value for key, value in told if key in _FILE]
    return next((name for name in names if name.endswith(".ics")), names[0] if names else "")


def _pairs(told: object) -> tuple[tuple[str, str], ...]:
    flat = [_word(one) for one in told] if isinstance(told, tuple) else []
    return tuple(zip(flat[::2], flat[1::2], strict=False))


def _needed(told: object) -> str:
    if not (word := _word(told)):
        raise ValueError
    return word


def _word(told: object) -> str:
    return told.decode("utf-8", "replace").lower() if isinstance(told, bytes) else ""
