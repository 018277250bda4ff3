"""What the tables of the file have in common: frozen, no unknown key, and no input shown in an error."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class Table(BaseModel):
    """The root of the tables."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


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
