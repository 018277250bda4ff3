"""Counts and health, as a Prometheus or a monitor on this machine reads them."""

from __future__ import annotations

import socket
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families

from triage.errors import ConfigError
from triage.hosting.looking import Outcome
from triage.hosting.metrics import Metrics
from triage.hosting.queue import Errand

HERE = "127.0.0.1:0"


def asked(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    connection = HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def counted(text: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(text)
    samples = (sample for family in families for sample in family.samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_what_was_done_is_counted_by_errand_and_outcome() -> None:
    metrics = Metrics(in_hand=lambda: 3)
    for seconds, late, outcome in ((0.2, 0.3, "done"), (0.4, 70.0, "done"), (0.1, -0.1, "superseded")):
        metrics.ended("poll", outcome, seconds, late)

    with metrics.served(HERE, lambda: True) as port:
        status, text = asked(port, "/metrics")

    found = counted(text)
    assert status == 200
    assert found["triage_jobs_total", "poll", "done"] == 2
    assert found["triage_jobs_total", "poll", "superseded"] == 1
    assert found["triage_job_seconds_sum", "poll"] == pytest.approx(0.7)
    assert found["triage_job_late_seconds_bucket", "poll", "60.0"] == 2
    assert found["triage_job_late_seconds_count", "poll"] == 3
    assert found["triage_jobs_in_hand",] == 3
    assert found["process_resident_memory_bytes",] > 0


def test_what_has_not_happened_yet_is_counted_as_nothing() -> None:
    """Or the first time it does, it would not look like a rise."""
    with Metrics().served(HERE, lambda: True) as port:
        found = counted(asked(port, "/metrics")[1])
    assert {found["triage_jobs_total", errand, outcome] for errand in Errand for outcome in Outcome} == {0}


@pytest.mark.parametrize(("well", "status"), [(True, 200), (False, 503)])
def test_health_is_what_the_worker_says_at_that_moment(well: bool, status: int) -> None:
    with Metrics().served(HERE, lambda: well) as port:
        assert asked(port, "/health")[0] == status


def test_another_path_says_what_there_is() -> None:
    with Metrics().served(HERE, lambda: True) as port:
        assert asked(port, "/")[0] == 404


def test_two_workers_of_one_process_do_not_count_together() -> None:
    first, second = Metrics(), Metrics()
    first.ended("poll", "done", 0.1, 0.1)

    with second.served(HERE, lambda: True) as port:
        assert counted(asked(port, "/metrics")[1])["triage_jobs_total", "poll", "done"] == 0


def test_a_port_that_is_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigError, match="cannot be used"), Metrics().served(place, lambda: True):
            pass


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_the_other_loopback_address_will_do_too() -> None:
    with Metrics().served("[::1]:0", lambda: True) as port:
        assert asked(port, "/health", "::1")[0] == 200


def test_when_it_is_over_nobody_answers() -> None:
    with Metrics().served(HERE, lambda: True) as port:
        pass

    with pytest.raises(ConnectionRefusedError):
        asked(port, "/health")
