"""What a worker counts, for Prometheus, and whether it is well: by HTTP, on this machine alone.

Only what was done and how long it took. No member, no handle, no provider, no kind of mail: what is counted can be read
by anybody on the machine. (https://prometheus.io/docs/practices/naming/)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from socket import AF_INET, AF_INET6
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from triage.errors import ConfigError
from triage.hosting.looking import Outcome
from triage.hosting.queue import Errand

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 80)
_LATE = (1, 2, 5, 10, 30, 60, 120, 300, 900, 3600)


class Metrics:
    """The counts of one worker process; safe to use from all of its threads."""

    def __init__(self, in_hand: Callable[[], int] = lambda: 0) -> None:
        """`in_hand`: how many jobs are being done right now."""
        self._registry = into = CollectorRegistry()
        ProcessCollector(registry=into)
        ended = "Jobs that have ended, by what came of them."
        self._jobs = Counter("triage_jobs", ended, ("errand", "outcome"), registry=into)
        # A rise from nothing is none to Prometheus: the first one that breaks would wake nobody.
        for errand, outcome in product(Errand, Outcome):
            self._jobs.labels(errand, outcome)
        took = "How long a job took."
        self._took = Histogram("triage_job_seconds", took, ("errand",), buckets=_SECONDS, registry=into)
        late = "How long after it was due a job had ended."
        self._late = Histogram("triage_job_late_seconds", late, ("errand",), buckets=_LATE, registry=into)
        Gauge("triage_jobs_in_hand", "Jobs that are being done.", registry=into).set_function(in_hand)

    def ended(self, errand: str, outcome: str, seconds: float, late: float) -> None:
        """One job has ended: `seconds` after it began, `late` seconds after it was due."""
        self._jobs.labels(errand, outcome).inc()
        self._took.labels(errand).observe(seconds)
        self._late.labels(errand).observe(max(0.0, late))

    @contextmanager
    def served(self, listen: str, well: Callable[[], bool]) -> Iterator[int]:
        """Within this, `/metrics` and `/health` answer at "HOST:PORT". Gives the port, for 0. Raises ConfigError."""
        host, _, port = listen.rpartition(":")
        try:
            server = make_server(host.strip("[]"), int(port), self._app(well), _Server, handler_class=_Silent)
        except OSError as error:
            raise ConfigError(f"[metrics] listen: {listen} cannot be used: {error.strerror or error}.") from None
        thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _app(self, well: Callable[[], bool]) -> WSGIApplication:
        counts: WSGIApplication = make_wsgi_app(self._registry)

        def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            path = environ.get("PATH_INFO", "")
            if path == "/metrics":
                return counts(environ, start)
            if path != "/health":
                return _say(start, "404 Not Found", "There is /metrics, and /health.\n")
            return _say(start, "200 OK", "well\n") if well() else _say(start, "503 Service Unavailable", "not well\n")

        return app


def _say(start: StartResponse, status: str, text: str) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [text.encode()]


class _Server(ThreadingWSGIServer):
    """`[::1]` too."""

    def __init__(self, address: tuple[str, int], handler: type[WSGIRequestHandler]) -> None:
        self.address_family = AF_INET6 if ":" in address[0] else AF_INET
        super().__init__(address, handler)


class _Silent(WSGIRequestHandler):
    """Who asks is not logged."""

    def log_message(self, format: str, *args: object) -> None:  # its name there
        pass
