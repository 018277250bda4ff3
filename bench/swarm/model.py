"""What the simulation goes by, as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

_ANY = 10**9
FILE = Path(__file__).with_name("fleet.toml")


@dataclass(frozen=True, slots=True)
class Polls:
    """How often mailboxes are looked at, and what is in them then."""

    every_seconds: float
    jitter: float
    with_mail: float
    mails_when_any: float
    job_mail: float


@dataclass(frozen=True, slots=True)
class Worker:
    """One process: what its work costs of a core, and how it dies."""

    threads: int
    cpu_poll: float
    cpu_mail: float
    cpu_job_mail: float
    deaths_per_hour: float
    takeover_seconds: float


@dataclass(frozen=True, slots=True)
class Database:
    """The one server. Seconds are of one of its cores, for each poll.

    `waiting_seconds` are for each job that waits for later, and that a question for a job goes past: a worker with a
    free hand asks each `fetch_seconds`, and jobs wait in the queue from `ahead_seconds` before they are due.
    """

    cores: int
    begin_seconds: float
    end_seconds: float
    waiting_seconds: float
    ahead_seconds: float
    fetch_seconds: float
    connections_per_thread: float
    most_connections: int


@dataclass(frozen=True, slots=True)
class Job:
    """What one takes until its provider is asked (`asks`), and in all where it is put back then: shares of what a look
    takes of the database, and of a worker's core."""

    asks: float
    put_back: float
    cpu_put_back: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How a provider is spared (`triage.hosting.politeness`). Of all hands, `share` for one of them at most, and
    `silent` for all that do not answer; 1: no bound."""

    connections: int
    share: float
    silent: float
    per_second: float
    open_after: int
    open_for: float
    longest: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Provider:
    """One that many use, or many that few use each. 0: as `Limits` says."""

    name: str
    share: float
    visit: float
    spread: float
    hosts: int = 1
    connections: int = 0
    per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """All of it. `swept`: jobs that the sweep has deferred; `known`: the job before, which names the provider."""

    polls: Polls
    worker: Worker
    database: Database
    swept: Job
    known: Job
    limits: Limits
    providers: tuple[Provider, ...]


def read(file: Path = FILE) -> Model:
    """Raises OSError, and TypeError for a name that is not known."""
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    return Model(
        Polls(**told["polls"]),
        Worker(**told["worker"]),
        Database(**told["database"]),
        Job(**told["job"]["swept"]),
        Job(**told["job"]["known"]),
        Limits(**told["limits"]),
        tuple(Provider(**one) for one in told["provider"]),
    )


def boundless(model: Model) -> Model:
    """The same, where no provider sets a limit."""
    limits = replace(model.limits, share=1.0, silent=1.0, connections=_ANY, per_second=_ANY)
    providers = tuple(replace(one, connections=_ANY, per_second=_ANY) for one in model.providers)
    return replace(model, limits=limits, providers=providers)
