"""What a worker logs: handles and events, and not a word that was filled in elsewhere."""

from __future__ import annotations

import json
import logging

import pytest

from triage.cli.hosting.lines import log_in_handles
from triage.errors import ConfigError
from triage.hosting.home import AT_WORK
from triage.hosting.settings import EXAMPLE, listening, load, parse


@pytest.mark.parametrize("as_json", [False, True])
def test_lines_of_other_rooms_name_the_event_and_the_handle(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    log_in_handles(as_json=as_json, level=logging.INFO)
    AT_WORK.set("m-7f3kq2")
    try:
        raise ValueError("words of a mail")
    except ValueError:
        logging.getLogger("triage.delivery").warning(
            "A letter could not be delivered: %s", "robin@example.org is refused", exc_info=True
        )
    logging.getLogger("triage.wherever").warning("A new line about %s", "robin@example.org")
    said = capsys.readouterr().err
    assert "letter-undelivered" in said
    assert said.count("m-7f3kq2") == (4 if as_json else 2)
    assert not any(word in said for word in ("robin", "refused", "words of a mail", "Traceback"))


def test_every_line_is_an_object_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    log_in_handles(as_json=True, level=logging.INFO)
    told = {"member": "m-7f3kq2", "outcome": "failed"}
    logging.getLogger("triage.hosting.work").info("Job %s:\n%s", "poll", "x", extra={"told": told})
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert (found["level"], found["says"], found["member"]) == ("info", "Job poll:\nx", "m-7f3kq2")


def test_the_example_is_a_configuration() -> None:
    found = load(EXAMPLE)
    assert found.database.of("owner") == "postgresql://triage_owner@127.0.0.1/triage"
    assert listening(found, "127.0.0.1:9465").metrics.listen == "127.0.0.1:9465"
    assert listening(found, None) is found


def test_all_that_is_commented_out_holds_anyway() -> None:
    """But for what only an example has: names, passwords, providers."""
    lines = EXAMPLE.read_text().splitlines()
    whole = [line[2:] if line.startswith("# ") and _is_setting(line[2:]) else line for line in lines]
    written = parse("\n".join(whole))
    assert (written.worker, written.limits) == (load(EXAMPLE).worker, load(EXAMPLE).limits)


def _is_setting(line: str) -> bool:
    return line.startswith("[") or line.split(" ")[1:2] == ["="]


BASE = '[database]\nurl = "postgresql://w@h/d"\n[keys]\nfiles = ["/k"]\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "[database]: this is missing"),
        (BASE.replace("w@h", "w:hunter2@h"), "no password"),
        (BASE.replace('"/k"', '"k"'), "[keys] files: expected one or more whole paths"),
        (BASE + "[worker]\nconcurrency = 0\n", "[worker] concurrency: expected a whole number from 1 to 64"),
        (BASE + '[worker]\npassword = "hunter2"\n', "[worker] password: there is no such setting"),
        (BASE + '[providers."imap.x"]\nper_second = -1\n', "[providers.imap.x] per_second: expected a number above 0"),
        (BASE + '[metrics]\nlisten = "0.0.0.0:1"\n', "[metrics] listen: expected an address of this machine"),
        ("[", "this is not TOML"),
    ],
)
def test_what_is_wrong_is_said_and_not_repeated(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_nobody_outside_is_listened_to() -> None:
    with pytest.raises(ConfigError, match="--listen: expected an address of this machine"):
        listening(load(EXAMPLE), "0.0.0.0:9464")
