"""Bytes to a Message. Total: every byte string is a message, in bounded time and memory.

What could not be read is said in `Message.defects`, in words that hold nothing of the mail itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import islice

from triage.core.addresses import addresses, sole_address
from triage.core.characters import clean, line
from triage.core.headers import MAX_HEADER, MAX_ID, Fields, beginning, ids, split_header, words
from triage.core.html import from_html
from triage.core.mime import read
from triage.core.mime_fallback import Content
from triage.core.quotes import split
from triage.core.values import Address, Message, RawMessage

MAX_BYTES = 1 << 20
"""Bytes of a message that are read: the words of a mail come first, its attachments later."""
MAX_LINES = 50_000
MAX_TEXT = 64_000
"""Characters kept of the own text, and of the quoted text."""
_MAX_WHOLE = 4 * MAX_TEXT
MAX_SUBJECT = 300
MAX_TELLS = 16_000
"""Characters of our own header that says what a letter tells: room for more events than any letter has."""
MAX_REFERENCES = 50
MAX_RECIPIENTS = 100

ENOUGH = 600
"""A plain text of so many characters is the mail itself and no stub that points to the HTML part."""
_STUB = 3
"""A short plain text is a stub where the HTML part says so many times more."""

_LONG = 400
_RARE_SPACES = "".join(filter(str.isspace, map(chr, range(0x10000)))).replace(" ", "").replace("\n", "")

_AUTOMATIC = ("x-autoreply", "x-autorespond")
"""Written by vacation programs beside or instead of Auto-Submitted."""
_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|vb|vl|pd|doorst|inoltra?|videresendt)\s?:", re.I)
_MARKUP = re.compile(r"\s*<(?:!doctype html|\?xml|html|head|body|div|table|p)\b", re.I)


def parse(raw: RawMessage) -> Message:
    """Read a message. Never raises.

    `text` is the sender's own text with the signature, which is often the only place that names the company; quoted
    and forwarded text, of attached mails too, is in `quoted`. `message_id`, `in_reply_to` and `references` keep their
    angle brackets. Single-line values hold no control, direction or invisible characters.
    """
    data, fields, body = _opened(raw.data)
    content = read(fields, body)
    parts = split(whole := _words(content))
    attached = [_words(inner) for inner in _attached(content)]
    sender = next(iter(addresses(fields.first("from"), 1)), Address())
    subject = line(words(fields.first("subject")), MAX_SUBJECT)
    message_id = next(iter(_ids(fields, "message-id")), "")
    return Message(
        key=_key(message_id, sender.address, _text_of(fields, "date"), subject, whole, *attached),
        message_id=message_id,
        received=raw.received,
        sender=sender,
        recipients=_recipients(fields),
        subject=subject,
        text=parts.own.strip()[:MAX_TEXT],
        quoted="\n\n".join(filter(None, (text.strip() for text in (parts.quoted, *attached))))[:MAX_TEXT],
        in_reply_to=next(iter(_ids(fields, "in-reply-to")), ""),
        references=_ids(fields, "references")[-MAX_REFERENCES:],
        reply_to=next(iter(addresses(fields.first("reply-to"), 1)), Address()),
        forwarded=parts.forwarded or bool(attached) or _FORWARD.match(subject) is not None,
        bulk=_is_bulk(fields),
        automatic=_is_automatic(fields),
        calendar=content.calendar,
        calendars=content.calendars,
        letter_mark=_text_of(fields, "x-triage-letter"),
        letter_tells=_text_of(fields, "x-triage-tells", MAX_TELLS),
        sole_sender=len(data) - len(body) <= MAX_HEADER and sole_address(fields.all("from")) == sender.address != "",
        authentication=fields.all("authentication-results"),
        defects=(*_defects(raw, data, fields, body), *content.defects),
    )


def plain_suffices(data: bytes) -> bool:
    """Is nothing lost where a message comes without its HTML parts? `data` is the message without them.

    True where `parse` would not look at them: each of its mails, the attached ones too, has plain text enough. Where
    the plain parts have fewer than `ENOUGH` bytes in all, it need not be asked: then it is False. Never raises.
    """
    _, fields, body = _opened(data)
    content = read(fields, body)
    return all(_suffices(_plain(mail)) for mail in (content, *_attached(content)))


def _opened(data: bytes) -> tuple[bytes, Fields, bytes]:
    """The part of a message that is read, its header fields, and its body."""
    bounded = _bounded(data)
    return (bounded, *split_header(bounded))


def _bounded(data: bytes) -> bytes:
    """The part of a message that is read, with lines that end in LF."""
    data = data[:MAX_BYTES]
    if b"\r" in data:
        data = _with_line_feeds(data)
    data = beginning(data)
    if _lines(data) <= MAX_LINES:
        return data
    # With one line end too many, by which it is known that some were cut off.
    return b"\n".join(data.split(b"\n", MAX_LINES + 1)[: MAX_LINES + 1]) + b"\n"


def _with_line_feeds(data: bytes) -> bytes:
    plain = data.replace(b"\r", b"")
    if data.count(b"\r\n") == len(data) - len(plain):
        return plain
    # CR CR LF is one line end too: of a mail that was taken for a text and changed twice.
    return data.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _lines(data: bytes) -> int:
    """How many lines there are, as far as it matters whether they are too many."""
    return data.count(b"\n") if len(data) > MAX_LINES else 0


def _words(content: Content) -> str:
    """The text of the plain parts; that of the HTML parts where the plain ones are missing or only point to them."""
    plain = _plain(content)
    if not content.html or _suffices(plain):
        return plain
    shown = clean(from_html(content.html))
    return shown if len(shown) > _STUB * len(plain.strip()) else plain


def _plain(content: Content) -> str:
    return clean(from_html(content.plain) if _MARKUP.match(content.plain) else content.plain[:_MAX_WHOLE])


def _suffices(plain: str) -> bool:
    return len(plain.strip()) >= ENOUGH


def _attached(content: Content) -> Iterator[Content]:
    """The mails attached to a mail, and those attached to them."""
    for inner in content.forwarded:
        yield inner
        yield from _attached(inner)


def _recipients(fields: Fields) -> tuple[Address, ...]:
    values = (*fields.all("to"), *fields.all("cc"))[:MAX_RECIPIENTS]
    found = (address for value in values for address in addresses(value, MAX_RECIPIENTS))
    return tuple(islice(found, MAX_RECIPIENTS))


def _ids(fields: Fields, name: str) -> tuple[str, ...]:
    """The ids of a field; where it has none, what stands there instead."""
    value = fields.first(name)
    if not value:
        return ()
    found = ids(value)
    return tuple(line(text, MAX_ID) for text in found) or tuple(filter(None, (_text_of(fields, name),)))


def _text_of(fields: Fields, name: str, most: int = MAX_ID) -> str:
    value = fields.first(name)
    return line(words(value), most) if value else ""


def _is_bulk(fields: Fields) -> bool:
    precedence = fields.first("precedence").strip().lower()
    return precedence in (b"bulk", b"list") or bool(fields.all("list-id") or fields.all("list-unsubscribe"))


def _is_automatic(fields: Fields) -> bool:
    if any(fields.all(name) for name in _AUTOMATIC) or fields.first("return-path").strip() == b"<>":
        return True
    precedence = fields.first("precedence").strip().lower()
    said = [value.strip().lower().partition(b";")[0].strip() for value in fields.all("auto-submitted")]
    return precedence in (b"auto_reply", b"junk") or any(value != b"no" for value in said)


def _defects(raw: RawMessage, data: bytes, fields: Fields, body: bytes) -> Iterator[str]:
    if len(raw.data) > MAX_BYTES or _lines(data) > MAX_LINES:
        yield "longer than is read"
    if len(data) - len(body) > MAX_HEADER:
        yield "header longer than is read"
    if not fields.values:
        yield "no header"
    if len(fields.all("from")) > 1:
        yield "several From fields"
    if not fields.first("message-id").strip():
        yield "no Message-ID"


def _key(*values: str) -> str:
    """A name for the content: white space does not count, as servers and folders differ in it."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(_squeezed(value).encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()


def _squeezed(text: str) -> str:
    """The words with single spaces between them, for most long texts in half the time that cutting them takes."""
    if len(text) < _LONG or any(map(text.__contains__, _RARE_SPACES)):
        return " ".join(text.split())
    text = text.replace("\n", " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")
