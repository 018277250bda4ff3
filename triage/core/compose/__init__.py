"""A letter as words becomes a mail: a text part that carries everything, and an HTML part that says the same.

No word from a stranger's mail enters a header, so that none can be injected (python/cpython#121650): headers are
constants, the date, the reader's own address and an id of ours. The HTML part is escaped as a whole by Jinja.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from jinja2 import DictLoader, Environment, StrictUndefined, TemplateError, TemplateSyntaxError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from triage.core.compose import setting, tells
from triage.core.letter import Composed
from triage.core.page import Letter
from triage.core.wording import WordingError

MARK = "X-Triage-Letter"
HEADERS = frozenset(
    {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Precedence",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
        MARK,
        tells.HEADER,
    }
)
"""Every header name a letter has; a test compares the bytes with it."""
TEMPLATES = ("letter.txt.j2", "letter.html.j2")
_POLICY = SMTP.clone(max_line_length=74)
"""Two columns are left to `_armoured`, of the 76 that quoted-printable allows a line (RFC 2045, 6.7)."""
_MISTAKEN = re.compile(rb"^(?:\.|From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Seal:
    """What makes a letter ours: the one reader, and the secret behind its ids."""

    reader: str
    name: str
    language: str
    secret: bytes

    @property
    def address(self) -> Address:
        """The reader by name and address.

        The standard library decodes an encoded word in a name, and writes what was in it as lines of the header
        (python/cpython#121650): so there is none in it.
        """
        local, _, domain = self.reader.rpartition("@")
        return Address(self.name.replace("=?", "= ?"), local, domain)

    def message_id(self, kind: str, events: Iterable[str]) -> str:
        """The Message-ID of the letter that tells these events (their keys): fixed, and not to be guessed."""
        told = "\n".join((kind, *sorted(events)))
        return f"<{self._sign(told)}@{self.reader.rpartition('@')[2]}>"

    def sign(self, event: str) -> str:
        """What an event, given by its key, is called in the header that says what a letter tells (`tells`)."""
        return self._sign("tells " + event)[:16]

    def mark(self, message_id: str) -> str:
        """The content of our own header, by which a letter is known without asking the store."""
        return self._sign("mark " + message_id)

    def made(self, message_id: str, mark: str) -> bool:
        """Is this mark the one we gave this message?"""
        return bool(mark) and hmac.compare_digest(self.mark(message_id).encode(), mark.encode())

    def _sign(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()[:40]


def environment(sources: Mapping[str, str], names: Sequence[str] = TEMPLATES) -> Environment:
    """The templates, read and checked now rather than with the first letter. Raises WordingError.

    Readers may take templates from somebody else: so these can show a letter, and run nothing.
    """
    made = ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(sources)),
        # `select_autoescape()` alone would not escape *.html.j2.
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= setting.FILTERS
    for name in names:
        try:
            made.get_template(name)
        except TemplateError as error:
            where = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
            raise WordingError(f"The template {name}{where} cannot be used: {error}.") from error
    return made


def compose(
    letter: Letter, message_id: str, seal: Seal, templates: Environment, now: datetime, keys: Sequence[str] = ()
) -> Composed:
    """The finished message (RFC 5322), the same bytes for the same arguments. `keys`: of the events that it tells."""
    message = EmailMessage(policy=_POLICY)
    for name, value in _headers(letter, message_id, seal, now):
        message[name] = value
    message[tells.HEADER] = tells.written(letter.kind, letter.about, map(seal.sign, keys))
    facts = {"letter": letter, "language": seal.language}
    message.set_content(templates.get_template("letter.txt.j2").render(facts), cte="quoted-printable")
    html = templates.get_template("letter.html.j2").render(facts)
    message.add_alternative(setting.page(html), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{seal.mark(message_id)}")
    if with_it := letter.enclosed:
        message.add_attachment(with_it.data, "application", "zip", filename=with_it.name)
        message.set_boundary(f"=+{seal.mark(message_id)}")
    # Last: `add_alternative` would take every Content- header along into the first part, and `add_attachment` too.
    message["Content-Language"] = seal.language
    told = (letter.events, letter.wordings, letter.about, letter.acts)
    return Composed(letter.kind, message_id, _armoured(message.as_bytes()), *told)


def _armoured(data: bytes) -> bytes:
    """No line begins with a dot, which may end a letter for a mail server, or with "From ", which ends one in an mbox.

    RFC 2049, 3. Both parts are quoted-printable, and no header begins so; nor does a line of base64.
    """
    return _MISTAKEN.sub(lambda found: b"=%02X" % found[0][0] + found[0][1:], data)


def _headers(letter: Letter, message_id: str, seal: Seal, now: datetime) -> list[tuple[str, object]]:
    return [
        ("From", Address("triage", seal.address.username, seal.address.domain)),
        ("To", seal.address),
        ("Subject", letter.subject),
        ("Date", format_datetime(now)),
        ("Message-ID", message_id),
        # RFC 3834: nobody's vacation program should answer. No List-Id for that: mail programs would file a letter
        # with mailing lists, and this is none (RFC 2919).
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "bulk"),
        (MARK, seal.mark(message_id)),
    ]
