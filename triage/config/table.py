"""What the tables of the file have in common: frozen, no unknown key, and no input shown in an error."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from triage.config.fields import Host, OptionalFilePath, TimeoutSeconds, Tls, User, is_loopback


class Table(BaseModel):
    """The root of the tables."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ServerTable(Table):
    """A table that names a mail server. `user` is empty only in a table built outside of a `Config`."""

    host: Host
    tls: Tls = "implicit"
    user: User = ""
    ca_file: OptionalFilePath = None
    timeout_seconds: TimeoutSeconds = 30

    @field_validator("tls")
    @classmethod
    def _plain_text_stays_here(cls, tls: Tls, info: ValidationInfo) -> Tls:
        if tls == "none" and not is_loopback(info.data.get("host", "localhost")):
            raise refuse(
                '"none" sends the password in plain text, so it is allowed to this machine only '
                '(host = "localhost"); write "implicit" or "starttls"'
            )
        return tls


def refuse(sentence: str, key: str = "") -> PydanticCustomError:
    """A fault that the description of one setting cannot explain. `sentence` repeats no value from the file.

    `key` is the setting at fault, where a whole table is refused for one of its settings.
    """
    return PydanticCustomError("sentence", "{sentence}", {"sentence": sentence, "key": key})


def kind_of(value: object, default: str) -> str | None:
    """Which kind of table `value` is: as written, as built, or `default` where nothing is said."""
    if isinstance(value, Mapping):
        kind = value.get("kind", default)
        return kind if isinstance(kind, str) else ""
    return getattr(value, "kind", None)
