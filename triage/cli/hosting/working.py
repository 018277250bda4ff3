"""A worker, put together from the configuration of a hosted service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from sqlalchemy import Engine

from triage.cli.hosting.assemble import get_ready, home
from triage.hosting import members, revoking
from triage.hosting.exporting import Exports
from triage.hosting.home import Home, Terms
from triage.hosting.leaving import Farewell
from triage.hosting.letters import Letters
from triage.hosting.manner import Manner
from triage.hosting.metrics import Metrics
from triage.hosting.politeness import Politeness
from triage.hosting.putting_back import require_settled
from triage.hosting.sealing import Keys
from triage.hosting.settings import Hosting
from triage.hosting.tasks import Jobs
from triage.hosting.work import Visits
from triage.hosting.worker import Worker
from triage.service import utc_now
from triage.store.postgres import open_engine
from triage.store.postgres.engine import require_served

SPARE = 3
"""Connections beside one for each job: for the turns at providers, and for what counts."""
NEAR = timedelta(seconds=30)
"""The sweep gives a job to those whose time comes so soon: it comes several times within that."""

SHORTEST = timedelta(seconds=2)
"""No transaction is idle for so long, unless its worker is."""


@contextmanager
def begun(asked: Hosting, keys: Keys) -> Iterator[Worker]:
    """A worker that is ready to run, and whoever asks is told what it counts. Raises StoreError and ConfigError."""
    told, manner = asked.worker, _manner(asked)
    url = _impatient(asked.database.of("worker"), manner)
    engine = open_engine(url, name="triage worker", size=told.concurrency + SPARE)
    require_settled(engine)
    # One provider leaves some hands for the others; and so do all that do not answer, however many they are.
    hands, silent = max(1, told.concurrency * 3 // 4), max(1, told.concurrency // 2)
    politeness = Politeness(engine, asked.limits_by_host, asked.limits.limits, hands, silent)
    metrics = Metrics(lambda: worker.in_hand)
    jobs = _jobs(engine, keys, politeness, _terms(asked), metrics)
    worker = Worker(url, jobs, manner, fits=lambda: require_served(engine))
    get_ready()
    listen = asked.metrics.listen
    try:
        with metrics.served(listen, lambda: worker.ready) if listen else nullcontext():
            yield worker
    finally:
        politeness.close()
        engine.dispose()


def _jobs(engine: Engine, keys: Keys, politeness: Politeness, terms: Terms, metrics: Metrics) -> Jobs:
    def build(member: int, fence: int) -> Home:
        return home(members.load(engine, keys, member, fence), politeness=politeness)

    visits = Visits(engine, build, politeness, terms)
    letters = Letters(politeness, utc_now)
    farewell = Farewell(engine, build, letters, lambda member: revoking.revoke(engine, keys, member))
    return Jobs(visits.carry_out, farewell.see_off, Exports(engine, build, keys).carry_out, metrics.ended)


def _terms(asked: Hosting) -> Terms:
    told = asked.worker
    return Terms(
        float(told.slice_seconds),
        told.slice_messages,
        timedelta(minutes=told.shortest_poll_minutes),
        timedelta(seconds=told.ahead_seconds),
    )


def _manner(asked: Hosting) -> Manner:
    told = asked.worker
    near = min(NEAR, timedelta(seconds=told.ahead_seconds)).total_seconds()
    return Manner(
        told.concurrency, float(told.takeover_seconds), float(told.farewell_seconds), float(told.fetch_seconds), near
    )


def _impatient(url: str, manner: Manner) -> str:
    """Where a worker is stopped in the middle of a transaction, the database ends that before a successor needs it."""
    split = urlsplit(url)
    longest = int(max(manner.silence, SHORTEST).total_seconds() * 1000)
    asked = dict(parse_qsl(split.query))
    asked["options"] = f"{asked.get('options', '')} -c idle_in_transaction_session_timeout={longest}".strip()
    return urlunsplit(split._replace(query=urlencode(asked, quote_via=quote)))
