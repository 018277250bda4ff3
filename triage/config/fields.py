"""The kinds of value a setting can have. Each carries, as its description, what is expected in plain words.

A validator here only says no; the sentence for the person is made in `problems`, from the description.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, StrictStr

from triage.config import countries

_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322, 3.2.3
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*")
_SERVER_NAME = re.compile(r"[\w.@:/+-]*", re.ASCII)
_TENANT = re.compile(r"[A-Za-z0-9.-]{0,100}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _line(text: str) -> str:
    """A line that can stand in a protocol or a file name: nothing that ends it early or hides in it."""
    if not text.isprintable() or text != text.strip():
        raise ValueError
    return text


def _host(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if len(text) > 253 or not _HOST.fullmatch(text):
            raise
    return text


def _address(text: str) -> str:
    if len(text) > 254 or not _ADDRESS.fullmatch(text):
        raise ValueError
    return text


def _name(text: str) -> str:
    # It becomes part of a credential's file name: systemd takes ASCII without "/" and ":" (systemd.exec(5)).
    if not text.isascii() or set(text) & set("/:"):
        raise ValueError
    return text


def _server_name(text: str) -> str:
    # Of what RFC 8601 (2.2) allows, that which stands in the field without quotation marks, as all ids do.
    if not _SERVER_NAME.fullmatch(text):
        raise ValueError
    return text


def _path(value: object) -> object:
    """`~` is the home folder. A relative path is refused: a service has no folder it could be relative to."""
    if not isinstance(value, str):
        return value
    try:
        path = Path(_line(value)).expanduser()
    except RuntimeError:  # ~somebody, and there is no such user
        raise ValueError from None
    if not path.is_absolute():
        raise ValueError
    return path


def _path_or_none(value: object) -> object:
    return None if value == "" else _path(value)


def _command(value: object) -> object:
    """A list of words, or one text that is taken apart as a shell would; no shell ever runs it."""
    words = shlex.split(_line(value)) if isinstance(value, str) else value
    if isinstance(words, list | tuple) and not all(isinstance(word, str) and "\0" not in word for word in words):
        raise ValueError
    if isinstance(words, list | tuple) and words and not words[0]:
        raise ValueError
    return words


def _url(text: str) -> str:
    """Over TLS, or to this very machine."""
    parts = urlsplit(text)
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if text and (parts.username or not parts.hostname or parts.fragment or not (parts.scheme == "https" or is_here)):
        raise ValueError
    return text


def _tenant(text: str) -> str:
    if not _TENANT.fullmatch(text):
        raise ValueError
    return text


def _clock(value: object) -> object:
    if isinstance(value, str):
        if not _CLOCK.fullmatch(value):
            raise ValueError
        return time.fromisoformat(value)
    if not isinstance(value, time) or value.second or value.microsecond:
        raise ValueError
    return value


def _zone(text: str) -> str:
    if text:
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, OSError):  # OSError: a folder of zones, such as "America"
            raise ValueError from None
    return text


def _country(text: str) -> str:
    code = {"UK": "GB"}.get(text.upper(), text.upper())  # reserved by ISO 3166 for the same country, and often written
    if code and code not in countries.codes():
        raise ValueError
    return code


def is_loopback(host: str) -> bool:
    """Does `host` name this very machine? A name that merely resolves to it does not count: DNS can lie."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


Line = Annotated[StrictStr, AfterValidator(_line)]
Text = Annotated[Line, Field(max_length=200, description="one line of text")]
User = Annotated[Line, Field(max_length=255, description="the user name of the account, one line of text")]
Name = Annotated[Line, AfterValidator(_name), Field(max_length=64, description="a short name in ASCII without / and :")]
MailboxName = Annotated[Line, Field(max_length=64, description='the name of one [[mailbox]] of kind = "imap"')]
AuthservId = Annotated[
    StrictStr,
    AfterValidator(_server_name),
    Field(
        max_length=255,
        description='the name your mail server gives itself in Authentication-Results, such as mx.example.org, or ""',
    ),
]
Folder = Annotated[Line, Field(min_length=1, max_length=255, description="the name of a mail folder, such as INBOX")]
OptionalFolder = Annotated[
    Line, Field(max_length=255, description='the name of a mail folder, such as Drafts, or "auto", or ""')
]
Host = Annotated[
    StrictStr,
    AfterValidator(_host),
    Field(description="the name of a mail server and nothing else, such as imap.example.org"),
]
Address = Annotated[
    StrictStr, AfterValidator(_address), Field(description="exactly one mail address, such as me@example.org")
]
Port = Annotated[StrictInt, Field(ge=1, le=65535, description="a whole number from 1 to 65535")]
TimeoutSeconds = Annotated[StrictInt, Field(ge=1, le=300, description="a whole number of seconds from 1 to 300")]
Switch = Annotated[StrictBool, Field(description="true or false")]
Clock = Annotated[time, BeforeValidator(_clock), Field(description='a time of day as "HH:MM", from "00:00" to "23:59"')]
Zone = Annotated[
    StrictStr,
    AfterValidator(_zone),
    Field(description='the IANA name of a time zone, such as "Europe/Berlin", or "" for this machine\'s'),
]
FolderPath = Annotated[Path, BeforeValidator(_path), Field(description="the path of a folder that starts with / or ~")]
OptionalFolderPath = Annotated[
    Path | None,
    BeforeValidator(_path_or_none),
    Field(description='the path of a folder that starts with / or ~, or ""'),
]
OptionalFilePath = Annotated[
    Path | None,
    BeforeValidator(_path_or_none),
    Field(description='the path of a file that starts with / or ~, or ""'),
]
Country = Annotated[
    StrictStr,
    AfterValidator(_country),
    Field(description='the two letters of a country (ISO 3166), such as "GB" or "DE", or "" to go by the time zone'),
]
Tls = Annotated[Literal["implicit", "starttls", "none"], Field(description='"implicit", "starttls" or "none"')]
Command = Annotated[
    tuple[StrictStr, ...],
    BeforeValidator(_command),
    Field(max_length=100, description='a command and its arguments, such as ["pass", "show", "mail"], or []'),
]
SignIn = Annotated[Literal["password", "oauth"], Field(description='"password" or "oauth"')]
Authority = Annotated[
    Literal["google", "microsoft", "yahoo", "other"], Field(description='"google", "microsoft", "yahoo" or "other"')
]
ClientId = Annotated[
    Line,
    Field(min_length=1, max_length=500, description="the client id that you were given where you registered"),
]
Tenant = Annotated[
    StrictStr,
    AfterValidator(_tenant),
    Field(description='"common", "consumers", "organizations", or the name or number of one tenant'),
]
Url = Annotated[
    Line,
    AfterValidator(_url),
    Field(max_length=500, description='an address that begins with https://, or ""'),
]
Scopes = Annotated[tuple[Text, ...], Field(max_length=20, description="a list of texts")]
