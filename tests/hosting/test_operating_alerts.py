"""The rules for Prometheus in docs/hosting.md, tried by its own tools: what wakes somebody, and what does not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.hosting.colony import colony, terms
from tests.hosting.desk import desk
from tests.hosting.test_operating import PAGE
from tests.rig.dovecot import Dovecot
from tests.rig.installed import expect
from tests.rig.ports import free_port
from tests.rig.postgres import Database

PROMTOOL, PROMETHEUS = shutil.which("promtool"), shutil.which("prometheus")
pytestmark = pytest.mark.skipif(
    not (PROMTOOL and PROMETHEUS),
    reason="Prometheus and promtool are not installed. On Debian: apt-get install prometheus",
)
SCRAPE, RULES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)

UP = {'up{job="triage",instance="1"}': "1+0x240", 'up{job="triage",instance="2"}': "1+0x240"}
BROKEN = 'triage_jobs_total{errand="poll",outcome="broken",instance="1"}'
SUPERSEDED = 'triage_jobs_total{errand="poll",outcome="superseded",instance="1"}'
DONE, FAILED = (f'triage_jobs_total{{errand="poll",outcome="{one}",instance="1"}}' for one in ("done", "failed"))
LATE, ALL = (f'triage_job_late_seconds_bucket{{errand="poll",instance="1",le="{le}"}}' for le in ("300.0", "+Inf"))
LONGER = 'triage_job_late_seconds_bucket{errand="poll",instance="1",le="900.0"}'
SITUATIONS: dict[str, tuple[dict[str, str], set[str]]] = {
    "all is well": ({**UP, DONE: "0+60x240", FAILED: "0+5x240", BROKEN: "0+0x240", SUPERSEDED: "0+0x240"}, set()),
    "nothing is to be done": ({**UP, DONE: "0+0x240", ALL: "0+0x240", LATE: "0+0x240"}, set()),
    "one worker is away": ({**UP, 'up{job="triage",instance="2"}': "0+0x240"}, {"TriageWorkerGone"}),
    "all are": (dict.fromkeys(UP, "0+0x240"), {"TriageNobodyAtWork", "TriageWorkerGone"}),
    "nobody was ever there": ({}, {"TriageNobodyAtWork"}),
    "one restarts": ({**UP, 'up{job="triage",instance="2"}': "1+0x114 0+0x10"}, set()),
    "one mailbox is broken, for the first time": ({**UP, BROKEN: "0+0x90 1+0x150"}, {"TriageOursBroken"}),
    "it was, hours ago": ({**UP, BROKEN: "0+0x20 1+0x220"}, set()),
    "one look in four fails": ({**UP, DONE: "0+45x240", FAILED: "0+15x240"}, {"TriageMailboxesFail"}),
    "mail is late": ({**UP, ALL: "0+60x240", LONGER: "0+60x240", LATE: "0+10x240"}, {"TriageLate"}),
    "some of it is": ({**UP, ALL: "0+60x240", LONGER: "0+60x240", LATE: "0+57x240"}, set()),
    "workers are overtaken": ({**UP, SUPERSEDED: "0+1x240"}, {"TriageOverrun"}),
    "one was, after a pause": ({**UP, SUPERSEDED: "0+0x100 4+0x140"}, set()),
}


def promtool(*arguments: str, stdin: str = "") -> str:
    """What it says; fails where it finds fault."""
    done = subprocess.run(
        [str(PROMTOOL), *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@dataclass(frozen=True, slots=True)
class Scraping:
    """A Prometheus, set up as the page says, for one worker at this port."""

    port: int
    worker: int

    def asked(self, query: str) -> dict[str, float]:
        """Its answer, by outcome."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?query={quote(query)}", timeout=10) as told:
                found = json.load(told)["data"]["result"]
        except OSError:
            return {}
        return {one["metric"].get("outcome", ""): float(one["value"][1]) for one in found}


@pytest.fixture
def scraping(rules: Path) -> Iterator[Scraping]:
    made = Scraping(free_port(), free_port())
    targets = SCRAPE.replace('"127.0.0.1:9461", "127.0.0.1:9462"', f'"127.0.0.1:{made.worker}"')
    assert str(made.worker) in targets
    hurried = f'global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ["{rules}"]\n'
    path = rules.with_name("prometheus.yml")
    path.write_text(hurried + targets)
    promtool("check", "config", str(path))
    command = [str(PROMETHEUS), f"--config.file={path}", f"--storage.tsdb.path={rules.with_name('tsdb')}"]
    with rules.with_name("log").open("w") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{made.port}"], stdout=log, stderr=log)
    yield made
    process.terminate()
    process.wait(30)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules.yml").write_text(RULES)
    return tmp_path / "rules.yml"


def test_the_rules_are_some(rules: Path) -> None:
    assert "SUCCESS: 6 rules found" in promtool("check", "rules", str(rules))


@pytest.mark.parametrize(("series", "woken"), SITUATIONS.values(), ids=SITUATIONS)
def test_somebody_is_told_of_what_matters_and_of_nothing_else(
    rules: Path, series: dict[str, str], woken: set[str]
) -> None:
    """Two hours of numbers, a minute apart: what is told of at their end?"""
    expected = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(woken)]
    asked = {"expr": 'group by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "2h", "exp_samples": expected}
    given = [{"series": one, "values": values} for one, values in series.items()]
    trial = {"interval": "1m", "input_series": given, "promql_expr_test": [asked]}
    path = rules.with_name("tests.yml")
    path.write_text(json.dumps({"rule_files": [rules.name], "tests": [trial]}))  # which is YAML, too
    assert "SUCCESS" in promtool("test", "rules", str(path))


def test_every_rule_is_tried() -> None:
    assert set().union(*(woken for _, woken in SITUATIONS.values())) == set(re.findall(r"alert: (\w+)", RULES))


@pytest.mark.server
def test_prometheus_reads_a_worker(
    tmp_path: Path, rules: Path, hosted: Database, dovecot: Dovecot, scraping: Scraping
) -> None:
    with colony(desk(tmp_path / "desk", hosted, terms()), dovecot) as town:
        town.settle(1)
        town.worker("--listen", f"127.0.0.1:{scraping.worker}")
        expect(lambda: scraping.asked('up{job="triage"}') == {"": 1.0}, town.said)
        with urlopen(f"http://127.0.0.1:{scraping.worker}/metrics") as told:
            promtool("check", "metrics", stdin=told.read().decode())
        done = 'sum by (outcome) (triage_jobs_total{errand="poll",outcome=~"done|broken"})'
        expect(lambda: scraping.asked(done).get("done", 0) > 0, town.said)
        assert scraping.asked(done)["broken"] == 0, "so that the first one is a rise"
    assert scraping.asked('count(ALERTS{alertstate="firing"})') == {}
