"""The configuration of a hosted service, `hosting.toml`: what it is, what may stand in it, and where it is found.

It is the operator's file. A member's own settings are another one, which they bring along when they enrol, and which is
kept sealed (`triage.hosting.members`). No password stands in either.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pydantic import AfterValidator, BeforeValidator, Field, StrictFloat, StrictInt, StrictStr, ValidationError

from triage.config.fields import Line, is_loopback
from triage.config.table import Table
from triage.errors import ConfigError
from triage.hosting.politeness import Limits

EXAMPLE = Path(__file__).with_name("hosting.example.toml")
"""The commented example, as it was installed with the program."""
PLACE = Path("/etc/triage/hosting.toml")


def _url(text: str) -> str:
    split = urlsplit(text)
    if split.scheme not in ("postgresql", "postgres") or split.password or not split.path.strip("/"):
        raise ValueError
    return text


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not (is_loopback(host.strip("[]")) and port.isdecimal() and int(port) < 65536):
        raise ValueError
    return text


def _absolute(value: object) -> Path:
    if not isinstance(value, str) or not value.startswith("/"):
        raise ValueError
    return Path(value)


AbsolutePath = Annotated[Path, BeforeValidator(_absolute)]
_A_FILE = "the whole path of a file"
_A_LINE = "a text of one line"
Url = Annotated[StrictStr, AfterValidator(_url)]
Role = Annotated[StrictStr, Field(pattern="^[A-Za-z_][A-Za-z0-9_-]{0,62}$")]
Some = StrictInt | StrictFloat


class Database(Table):
    """Where the database is. Passwords are in the `passfile`, as libpq reads it, one line for each role."""

    url: Url = Field(
        description='the address of the database with a user and no password: "postgresql://USER@HOST/NAME"'
    )
    owner: Role = Field(default="triage_owner", description="the name of a role")
    worker: Role = Field(default="triage_worker", description="the name of a role")
    operator: Role = Field(default="triage_operator", description="the name of a role")
    passfile: AbsolutePath | None = Field(default=None, description=_A_FILE)

    def of(self, role: str) -> str:
        """The address for "owner" (it lays out the tables), "worker" (it does the work) or "operator" (it looks)."""
        split = urlsplit(self.url)
        place = f"{quote({'owner': self.owner, 'worker': self.worker, 'operator': self.operator}[role])}@"
        asked = dict(parse_qsl(split.query)) | ({"passfile": str(self.passfile)} if self.passfile else {})
        return urlunsplit(
            split._replace(netloc=place + split.netloc.rpartition("@")[2], query=urlencode(asked, quote_via=quote))
        )


class Keys(Table):
    """The keys that members' secrets are sealed with, newest first."""

    files: tuple[AbsolutePath, ...] = Field(min_length=1, description="one or more whole paths of files")


class Worker(Table):
    """How one process of `triage worker` works."""

    concurrency: StrictInt = Field(default=8, ge=1, le=64, description="a whole number from 1 to 64")
    takeover_seconds: StrictInt = Field(default=45, ge=3, le=600, description="a whole number from 3 to 600")
    farewell_seconds: StrictInt = Field(default=30, ge=1, le=600, description="a whole number from 1 to 600")
    slice_seconds: Some = Field(default=20, gt=0, le=300, description="a number up to 300")
    slice_messages: StrictInt = Field(default=400, ge=1, le=10_000, description="a whole number from 1 to 10000")
    ahead_seconds: StrictInt = Field(default=600, ge=30, le=7200, description="a whole number from 30 to 7200")
    shortest_poll_minutes: Some = Field(default=5, gt=0, le=1440, description="a number up to 1440")
    fetch_seconds: Some = Field(default=1, gt=0, le=60, description="a number up to 60")


class Provider(Table):
    """What one provider is asked to bear: see `triage.hosting.politeness.Limits`."""

    connections: StrictInt = Field(default=20, ge=1, le=10_000, description="a whole number from 1")
    per_second: Some = Field(default=10, gt=0, le=10_000, description="a number above 0")
    open_after: StrictInt = Field(default=8, ge=1, le=1000, description="a whole number from 1 to 1000")
    open_for: Some = Field(default=30, gt=0, le=3600, description="a number up to 3600")

    @property
    def limits(self) -> Limits:
        return Limits(self.connections, float(self.per_second), self.open_after, float(self.open_for))


class Metrics(Table):
    """Where Prometheus finds them: on this very machine. Empty: nowhere."""

    listen: Annotated[StrictStr, AfterValidator(_listen)] | None = Field(
        default=None, description='an address of this machine with a port, such as "127.0.0.1:9464"'
    )


class Client(Table):
    """This service as an authority knows it."""

    client_id: StrictStr = Field(min_length=1, description="the id the authority gave this service")
    client_secret_file: AbsolutePath | None = Field(default=None, description=_A_FILE)


class Enrolment(Table):
    """How members come in."""

    inner_servers: bool = Field(default=False, strict=True, description="true or false")
    days: StrictInt = Field(default=14, ge=1, le=90, description="a whole number from 1 to 90")
    organisation: Line = Field(default="", description=_A_LINE)
    contact: Line = Field(default="", description=_A_LINE)
    more: Line = Field(default="", description=_A_LINE)
    oauth: Mapping[str, Client] = Field(default_factory=dict, description="tables, one for each authority")

    @property
    def clients(self) -> Mapping[str, str]:
        """Our id, by authority."""
        return {name: one.client_id for name, one in self.oauth.items()}


class Hosting(Table):
    """The whole file."""

    database: Database
    keys: Keys
    worker: Worker = Worker()
    limits: Provider = Provider()
    providers: Mapping[str, Provider] = Field(default_factory=dict, description="tables, one for each IMAP host")
    metrics: Metrics = Metrics()
    enrolment: Enrolment = Enrolment()

    @property
    def limits_by_host(self) -> dict[str, Limits]:
        """Of providers that are asked for more, or for less, than the others."""
        return {host.lower(): one.limits for host, one in self.providers.items()}


def listening(asked: Hosting, listen: str | None) -> Hosting:
    """The same, with metrics at `listen`, where that is named. Raises ConfigError."""
    if listen is None:
        return asked
    try:
        return asked.model_copy(update={"metrics": Metrics(listen=listen)})
    except ValidationError:
        told = f"--listen: expected {Metrics.model_fields['listen'].description}."
    raise ConfigError(told)


def find(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """The file: `explicit` (--config), else $TRIAGE_HOSTING, else the usual place. Raises ConfigError."""
    path = explicit or Path(environ.get("TRIAGE_HOSTING") or PLACE)
    if path.exists():
        return path
    raise ConfigError(
        f"{path}: there is no configuration of a hosted service here. Name it with --config or $TRIAGE_HOSTING, "
        f"or start from the example: cp {EXAMPLE} {path}"
    )


def load(path: Path) -> Hosting:
    """What stands in the file. Raises ConfigError, with every fault found in it."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        told = f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text in UTF-8'}."
    raise ConfigError(told)


def parse(text: str, name: str = "hosting.toml") -> Hosting:
    """The same, from the text; errors call the file `name`."""
    try:
        return Hosting.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        faults = [f"{name}: this is not TOML: {error}."]
    except ValidationError as error:
        faults = [f"{name}: {_sentence(one['loc'], one['type'])}" for one in error.errors(include_url=False)]
    # Outside the except block: pydantic's error holds what was written, and must not travel along with ours.
    raise ConfigError(*dict.fromkeys(faults))


def _sentence(place: tuple[int | str, ...], kind: str) -> str:
    """What was written is not repeated: it may be a password in the wrong place."""
    keys = [str(key) for key in place if isinstance(key, str) and key not in ("int", "float")]
    label = f"[{'.'.join(keys[:-1])}] {keys[-1]}" if len(keys) > 1 else f"[{keys[0]}]"
    if kind == "extra_forbidden":
        return f"{label}: there is no such setting."
    expected = _described(Hosting, keys)
    return f"{label}: this is missing; write {expected}." if kind == "missing" else f"{label}: expected {expected}."


def _described(table: Any, keys: list[str]) -> str:
    """What is said of a setting, found by following the keys to it."""
    for key in keys[:-1]:
        field = table.model_fields.get(key)
        if field is None:  # the name of a provider, or of an authority
            continue
        inner = [one for one in (field.annotation, *getattr(field.annotation, "__args__", ())) if _is_table(one)]
        table = inner[0] if inner else table
    field = table.model_fields.get(keys[-1])
    return (field.description if field else None) or "a table"


def _is_table(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, Table)
