"""A hosted service as its desk has it: a database, keys, a configuration, and the commands as they are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from tests.rig import dovecot as rig
from tests.rig.postgres import Database
from triage.cli import cli
from triage.errors import TriageError
from triage.hosting import enrolment, sealing
from triage.hosting.enrolment import Enrolment
from triage.hosting.sealing import Keys
from triage.hosting.vault import password_row
from triage.store.postgres import open_engine

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SOON = NOW + timedelta(days=14)
ADDRESS = "robin@example.org"
PASSWORD = "hunter2-robin"
SETTINGS = (
    f'[reader]\naddress = "{ADDRESS}"\ntime_zone = "Europe/Berlin"\n'
    '[[mailbox]]\nhost = "imap.example.org"\nname = "home"\n'
)


@dataclass(frozen=True, slots=True)
class Desk:
    """One service."""

    folder: Path
    database: Database

    @property
    def keys(self) -> Keys:
        return sealing.keys([self.folder / "keys"], {})

    @property
    def config(self) -> Path:
        return self.folder / "hosting.toml"

    @contextmanager
    def engine(self, role: str) -> Iterator[Engine]:
        opened = open_engine(self.database.url(f"triage_{role}"), name="test", size=4)
        try:
            yield opened
        finally:
            opened.dispose()

    def types(self, *arguments: str, stdin: str = "") -> Result:
        """A command, as somebody at the desk types it. A TriageError is raised."""
        done = CliRunner().invoke(cli, ["-c", str(self.config), *arguments], input=stdin)
        if isinstance(done.exception, TriageError):
            raise done.exception
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def told(self, *arguments: str, stdin: str = "") -> Any:
        """What a command says with --json."""
        return json.loads(self.types(*arguments, "--json", stdin=stdin).stdout)

    def member(self, settings: str = SETTINGS, **rows: str) -> tuple[int, str, str]:
        """Somebody enrolled, without any mail server: their number, their handle, and the code they leave with."""
        entrusted = Enrolment(settings, rows or {password_row("home"): PASSWORD}, "2026-11/en", "imap.example.org")
        with self.engine("operator") as operator, self.engine("worker") as worker:
            made = enrolment.invite(operator, SOON)
            number = enrolment.invited(worker, made.code, NOW).number
            return number, made.handle, enrolment.enrol(worker, self.keys, made.code, entrusted, NOW)

    def everything(self) -> str:
        """All that stands in the database, as a thief of it would read it; what is bytes, as text where it is some."""
        tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        with psycopg.connect(self.database.superuser, autocommit=True) as connection:
            names = [name for (name,) in connection.execute(tables)]
            rows = [(name, row) for name in names for row in connection.execute(f"SELECT * FROM {name}")]
        return "\n".join(f"{name} {[_read(value) for value in row]}" for name, row in rows)


def _read(value: object) -> object:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else value


def desk(folder: Path, database: Database, more: str = "") -> Desk:
    """A new one, with a key of its own."""
    made = Desk(folder, database)
    folder.mkdir(exist_ok=True)
    (folder / "keys").write_text(sealing.made() + "\n")
    (folder / "keys").chmod(0o600)
    made.config.write_text(
        f'[database]\nurl = "{database.worker}"\n[keys]\nfiles = ["{folder}/keys"]\n'
        f'[enrolment]\ninner_servers = true\norganisation = "The Careers Desk"\ncontact = "desk@example.org"\n{more}'
    )
    return made


def of_dovecot(dovecot: rig.Dovecot, user: str, more: str = "") -> str:
    """Settings that lead to a real server."""
    return (
        f'[reader]\naddress = "{user}@example.org"\ntime_zone = "Europe/Berlin"\n'
        f'[[mailbox]]\nhost = "127.0.0.1"\nport = {dovecot.port}\ntls = "none"\nuser = "{user}"\nname = "home"\n{more}'
    )
