"""What docs/hosting.md names is there: commands and their options, settings, metrics, and what goes into containers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.request import urlopen

import click
import pytest

from tests.hosting.test_operating import PAGE
from triage.cli import cli
from triage.hosting.looking import Outcome
from triage.hosting.metrics import Metrics
from triage.hosting.queue import Errand
from triage.hosting.settings import parse

ROOT = Path(__file__).parents[2]
CONTAINERS = ROOT / "containers"
COMPOSE = (CONTAINERS / "compose.yaml").read_text()
COMPOSER = shutil.which("docker-compose")
_CODE = re.compile(r"^```sh\n(.*?)^```|`(triage [^`]+)`", re.M | re.S)
_OURS = re.compile(r"(?:^|[\s;(])triage ([a-z][^|&;)>`\n]*)", re.M)
COMMANDS = sorted(
    {typed.strip() for found in _CODE.findall(PAGE) for typed in _OURS.findall("".join(found))}
    | {" ".join(json.loads(typed)) for typed in re.findall(r"command: (\[.*\])", COMPOSE) if "triage" not in typed}
)


def understood(typed: str) -> click.Command:
    """The command that this is a call of. Fails where it, or one of its options, is not there."""
    words = typed.split()
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        found = command.get_command(click.Context(cli), words.pop(0))
        assert found is not None, typed
        command = found
    known = {option for one in command.params for option in one.opts} | {"--help", "-"}
    assert {word for word in words if word.startswith("-")} <= known, typed
    return command


def test_the_page_names_all_that_there_is_to_operate_with() -> None:
    named = {typed.split()[1] for typed in COMMANDS if typed.startswith("admin ")}
    admin = cli.get_command(click.Context(cli), "admin")
    assert isinstance(admin, click.Group)
    assert named == set(admin.commands)


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_that_is_named_is_there(typed: str) -> None:
    assert understood(typed).name


@pytest.mark.parametrize("typed", ["admin lagg", "admin list --faulty"])
def test_one_that_is_not_there_would_be_noticed(typed: str) -> None:
    with pytest.raises(AssertionError):
        understood(typed)


def test_the_configuration_on_the_page_is_one() -> None:
    (written,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)
    assert parse(written).enrolment.organisation == "Example Careers Service"


def test_the_alerts_ask_for_what_is_counted() -> None:
    metrics = Metrics()
    for outcome in Outcome:
        metrics.ended(Errand.POLL, outcome, 1.0, 1.0)
    with metrics.served("127.0.0.1:0", lambda: True) as port, urlopen(f"http://127.0.0.1:{port}/metrics") as told:
        counted = set(re.findall(r"^(triage_\w+)", told.read().decode(), re.M))
    rules = re.findall(r"expr: (.*?)\n +(?:for|annotations)", PAGE, re.S)
    asked = re.findall(r"(triage_\w+)(?:\{([^}]*)\})?", " ".join(rules))
    assert len(rules) == 6
    assert {name for name, _ in asked} <= counted
    assert {label for _, labels in asked for label in re.findall(r'"(\w+)"', labels)} <= {*Outcome, *Errand}


@pytest.mark.skipif(not COMPOSER, reason="docker-compose is not installed. On Debian: apt-get install docker-compose")
@pytest.mark.parametrize(("before", "after", "code"), [("", "", 0), ("    restart:", "    restrat:", 1)])
def test_docker_compose_can_read_it(tmp_path: Path, before: str, after: str, code: int) -> None:
    """Of its two forms the older, which has what the file may say on board and needs no engine for that."""
    (tmp_path / "compose.yaml").write_text(COMPOSE.replace(before, after))
    command = [str(COMPOSER), "--file", "compose.yaml", "config", "--quiet"]
    assert subprocess.run(command, cwd=tmp_path, timeout=60, check=False).returncode == code


def test_what_the_containers_refer_to_is_defined() -> None:
    for kind in ("secrets", "networks"):
        used = {name for names in re.findall(rf"^    {kind}: \[(.*)\]", COMPOSE, re.M) for name in names.split(", ")}
        (defined,) = re.findall(rf"^{kind}:\n((?:  .*\n)+)", COMPOSE, re.M)
        assert used == set(re.findall(r"^  (\w+):", defined, re.M))
    assert "NEVER RUN" in COMPOSE
    assert "NEVER BUILT" in (CONTAINERS / "Containerfile").read_text()
