"""The answers to FETCH, read as nested tuples: quickly where they look as they always do, else by IMAPClient.

IMAPClient reads an answer byte by byte, which takes ten times as long as everything else that is done to fetch a mail.
An expression finds the words of an ordinary answer here; whatever it does not know makes the whole answer unusual.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from imapclient.datetime_util import parse_to_datetime
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_response

Pieces = Sequence[bytes]
"""One answer as it came: lines, and between them the literals that they announce."""
Items = Mapping[bytes, object]
"""What an answer tells of one message, by name in capitals."""

UNREADABLE = (ProtocolError, ValueError, LookupError, TypeError, RecursionError)
"""What is raised on an answer that cannot be read."""

_BEGIN = re.compile(rb"\* (\d{1,10}) FETCH (?=\()", re.IGNORECASE)
_ENDS = rb"(?=[ ()\r])"
_WORD = re.compile(
    # in quotes, where only quotes and backslashes are escaped
    rb'("(?:[^"\\\r\n]++|\\["\\])*+"' + _ENDS
    # by itself: BODY[1.MIME]<0> is one word
    + rb'|(?>[^\x00-\x20()%"\[\]{}\x7f-\xff]+)(?:\[[^\]\x00-\x1f\x7f-\xff]*+\](?:<\d{1,10}>)?+)?+' + _ENDS
    + rb"|[()]|\{\d{1,9}\}(?=\r\n\Z))"
    # anything else, which is not expected, and found as nothing
    + rb"|[^ \r\n]"
)  # fmt: skip
_UID = re.compile(rb"\(UID ([1-9]\d{0,9}) ", re.IGNORECASE)
_ESCAPED = re.compile(rb'\\(["\\])')
_ODD = re.compile(rb'[\x00-\x20()%"\[\]{}\x7f-\xff]')
"""The beginning of what is no word."""
_LONG = 18
"""Digits of a number that nobody counts up to."""
_COMMON: dict[bytes, object] = {
    word: word.strip(b'"')
    for word in (
        *(b'"text" "plain" "html" "multipart" "application" "pdf" "image" "alternative" "mixed" "related"').split(),
        *(b'"charset" "utf-8" "us-ascii" "iso-8859-1" "boundary" "name" "filename" "inline" "attachment"').split(),
        *(b'"7bit" "8bit" "quoted-printable" "base64" "format" "flowed" UID RFC822.SIZE INTERNALDATE').split(),
        *(b"BODYSTRUCTURE BODY[]<0> BODY[HEADER]<0> BODY[1.MIME]<0> BODY[1]<0>").split(),
    )
} | {b"NIL": None}
"""Words that stand in as good as every answer, and what they stand for."""
_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_DATE = re.compile(rb"([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)([0-5]\d)")


MOST_WORDS = 1024 * 1024
"""Bytes of the lines of one answer that are taken apart, which may take a hundred times the memory."""
_DEEPEST = 60
"""Brackets within brackets. A part within a part adds one, and real mail has a dozen of these."""


_ENTRY = re.compile(
    rb"\* \d{1,10} FETCH \(UID ([1-9]\d{0,9}) RFC822\.SIZE (0|[1-9]\d{0,17}) "
    rb'INTERNALDATE "([^"\\]*)" BODYSTRUCTURE (\([^\r\n]*\))\)\r\n',
    re.IGNORECASE,
)
"""As Dovecot tells of a message, and as good as every other server."""


class Unread(bytes):
    """A value that looks like brackets with something in them, as it came: to be read where it is of use."""

    __slots__ = ()

    def read(self) -> object:
        """As nested tuples. Raises one of `UNREADABLE`."""
        items = read([b"* 1 FETCH (X " + self + b")\r\n"])
        if len(items) != 1:
            raise ProtocolError("more than one value")
        return items[b"X"]


class _UnusualError(Exception):
    """This answer has to be read by IMAPClient."""


def begins(data: bytes, at: int) -> bool:
    """Does an answer to FETCH begin here?"""
    return _BEGIN.match(data, at) is not None


def read(pieces: Pieces) -> Items:
    """One answer. Raises one of `UNREADABLE`."""
    try:
        return _entry(pieces) or _quick(pieces)
    except _UnusualError:
        return by_library(pieces)


def _entry(pieces: Pieces) -> Items | None:
    entry = _ENTRY.fullmatch(pieces[0]) if len(pieces) == 1 else None
    if entry is None:
        return None
    uid, size, when, structure = entry.groups()
    return {b"UID": int(uid), b"RFC822.SIZE": int(size), b"INTERNALDATE": when, b"BODYSTRUCTURE": Unread(structure)}


def _quick(pieces: Pieces) -> Items:
    if sum(map(len, pieces[::2])) > MOST_WORDS:
        raise ProtocolError("too many words")
    start = _BEGIN.match(pieces[0])
    if start is None:
        raise _UnusualError
    told = _tree(pieces, start.end())
    if len(told) != 1:
        raise _UnusualError
    return _items(told[0])


def _tree(pieces: Pieces, at: int) -> list[object]:
    """The words of all lines as nested tuples; `at` is where the first line begins."""
    around: list[list[object]] = []
    here: list[object] = []
    for number in range(0, len(pieces), 2):
        for word in _WORD.findall(pieces[number], at):
            if word == b"(":
                around.append(here)
                here = []
                if len(around) > _DEEPEST:
                    raise _UnusualError
            elif word == b")":
                if not around:
                    raise _UnusualError
                inner, here = tuple(here), around.pop()
                here.append(inner)
            elif word in _COMMON:
                here.append(_COMMON[word])
            elif not word:
                raise _UnusualError
            else:
                here.append(_value(word, pieces, number))
        at = 0
    if around:
        raise _UnusualError
    return here


def _value(word: bytes, pieces: Pieces, number: int) -> object:
    """What a word of the line `number` stands for."""
    if word.isdigit() and (word[:1] != b"0" or word == b"0"):
        if len(word) > _LONG:
            raise _UnusualError
        return int(word)
    if len(word) > 1 and word[:1] == b'"':
        return word[1:-1] if b"\\" not in word else _ESCAPED.sub(rb"\1", word[1:-1])
    if len(word) > 1 and word[:1] == b"{":
        if number + 1 >= len(pieces) or len(pieces[number + 1]) != int(word[1:-1]):
            raise _UnusualError
        return pieces[number + 1]
    if word == b"NIL":
        return None
    if _ODD.match(word):
        raise _UnusualError
    return word


def by_library(pieces: Pieces) -> Items:
    """The same by IMAPClient, in the form in which imaplib would give it the answer. Raises ValueError, mostly."""
    lines = [line.removesuffix(b"\r\n") for line in pieces[::2]]
    lines[0] = _BEGIN.sub(rb"\1 ", lines[0], 1)
    records: list[object] = [*zip(lines, pieces[1::2], strict=False), lines[-1]]
    told = parse_response(records)
    if len(told) != 2:
        raise ProtocolError("not one answer")
    return _items(told[1])


def _items(told: object) -> Items:
    if not isinstance(told, tuple) or len(told) % 2:
        raise ProtocolError("bad response type, or an uneven number of items")
    names = told[::2]
    if not all(isinstance(name, bytes) for name in names):
        raise ProtocolError("a name that is none")
    return dict(zip(map(bytes.upper, names), told[1::2], strict=True))


def likely_uid(pieces: Pieces) -> int:
    """The message that an answer is about which cannot be read; 0 where not even that can."""
    found = _UID.search(pieces[0])
    return int(found[1]) if found else 0


def number(told: object) -> int | None:
    """A number, or None for none. Raises ValueError on what should be a number and is not."""
    if told is None or isinstance(told, int):
        return told
    raise ValueError("no number")


def moment(told: object) -> datetime | None:
    """An INTERNALDATE in UTC; None where it is none, or lies outside of all time."""
    if not isinstance(told, bytes):
        return None
    try:
        return _moment(told) or parse_to_datetime(told, normalise=False).astimezone(UTC)
    except (ValueError, OverflowError, AttributeError):
        return None


def _moment(told: bytes) -> datetime | None:
    match = _DATE.fullmatch(told)
    if match is None or match[2] not in _MONTHS:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return local - ahead if sign == b"+" else local + ahead
