"""What an answer must be: as the configuration demands it, told in a sentence for whoever typed it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from triage.cli.wizard.asking import AnswerError, Check
from triage.config.fields import Address, Country, Host, Text, Zone


def _by(kind: Any, sentence: str) -> Check:
    """A check by what the configuration would say to it."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def check(text: str) -> str:
        try:
            return adapter.validate_python(text.strip())
        except ValidationError:
            raise AnswerError(sentence) from None

    return check


_address = _by(Address, "That is not a mail address. One looks like this: robin@example.org")
name = _by(Text, "A name is one line of letters.")
country = _by(Country, "Please type the two letters of a country, such as GB or DE, or nothing.")
zone = _by(Zone, "There is no time zone of this name. One looks like this: Europe/Berlin")
_host = _by(Host, "That is not the name of a server. One looks like this: imap.example.org")


def address(text: str) -> str:
    """A mail address whose domain is a whole one: half typed, it is one to a mail program already."""
    if "." not in text.strip().rpartition("@")[2]:
        raise AnswerError("That is not a whole mail address. One looks like this: robin@example.org")
    return _address(text)


def file(text: str) -> str:
    """A file that is there, by its whole path."""
    path = Path(text.strip()).expanduser()
    if not path.is_file():
        raise AnswerError("There is no such file. Please type its whole path, beginning with / or ~.")
    return str(path.absolute())


def server(text: str) -> str:
    """The name of a server, and after a colon its port if that is an unusual one."""
    host, port = parted(text.strip())
    _host(host)
    if port is not None and not 0 < port < 65536:
        raise AnswerError("A port is a number from 1 to 65535.")
    return text.strip()


def parted(text: str) -> tuple[str, int | None]:
    """A server's name, and its port where one is written behind it."""
    host, colon, port = text.rpartition(":")
    if colon and port.isdecimal() and ":" not in host:
        return host, int(port)
    return text, None
