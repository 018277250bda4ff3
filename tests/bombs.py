"""Mails too large to be kept as files, by the names they have in the table of malformed mails."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_SORRY = (
    "Dear Robin,\n\nThank you for your application for the position of Data Analyst at {0}. Unfortunately, we have "
    "decided not to move forward with your application.\n\nKind regards,\nKay Lund\n{0}\n"
)
_ASKING = (
    "Dear Robin,\n\nThank you for your application for the position of Data Analyst at {0}. We would like to invite "
    "you to an interview on 10 March 2026 at 14:30.\n\nKind regards,\nKay Lund\n{0}\n"
)


def header_of(size: int, name: str = "Longhead") -> bytes:
    """A refusal whose header is so many bytes long, with the empty line behind it."""
    head = _head(name)
    room = size - len(head) - 1
    lines = [b"X-%04d: %s\n" % (number, b"y" * 91) for number in range(room // 100)]
    rest = room - 100 * len(lines)
    lines[-1] = lines[-1][:-1] + b"y" * rest + b"\n"
    return head + b"".join(lines) + b"\n" + _SORRY.format(name).encode()


def nested(levels: int, name: str = "Deepwell") -> bytes:
    """A refusal in so many multiparts, one in the other, none of which ends."""
    shells = (b"Content-Type: multipart/mixed; boundary=d%d\n\n--d%d\n" % (n, n) for n in range(levels))
    return (
        _head(name) + b"".join(shells) + b"Content-Type: text/plain; charset=utf-8\n\n" + _SORRY.format(name).encode()
    )


def many(parts: int, name: str = "Widewell") -> bytes:
    """A refusal beside so many parts of next to nothing."""
    head = b"Content-Type: multipart/mixed; boundary=b0\n\n--b0\nContent-Type: text/plain; charset=utf-8\n\n"
    return _head(name) + head + _SORRY.format(name).encode() + b"--b0\n\nx\n" * parts


def semicolons(parts: int, name: str = "Dotwell") -> bytes:
    """A refusal beside so many parts whose type has two thousand semicolons in quotation marks."""
    part = b'--b0\nContent-Type: text/plain; a="' + b";" * 2_000 + b'"\n\nx\n'
    return many(0, name) + part * parts


def busy(events: int, name: str = "Busyholm") -> bytes:
    """An invitation with so many events in its calendar."""
    event = "BEGIN:VEVENT\nUID:{0}@x\nDTSTART:202603{1:02}T133000Z\nSUMMARY:Interview\nEND:VEVENT\n"
    calendar = "".join(event.format(number, number % 28 + 1) for number in range(events))
    return (
        _head(name)
        + b"Content-Type: multipart/alternative; boundary=b0\n\n--b0\nContent-Type: text/plain; charset=utf-8\n\n"
        + _ASKING.format(name).encode()
        + b"--b0\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\n"
        + calendar.encode()
        + b"END:VCALENDAR\n--b0--\n"
    )


def _head(name: str) -> bytes:
    return (
        f"From: {name} <jobs@{name.lower()}.example>\nTo: Robin <robin@reader.example>\n"
        f"Subject: Your application for Data Analyst at {name}\nMessage-ID: <1@{name.lower()}.example>\n"
    ).encode()


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "header-longer-than-is-read": lambda: header_of(120_000),
    "multipart-thousand-deep": lambda: nested(1_000),
    "multipart-twenty-thousand-parts": lambda: many(20_000),
    "param-semicolons-in-199-parts": lambda: semicolons(198),
    "calendar-of-3000-events": lambda: busy(3_000),
}
