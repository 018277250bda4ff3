"""What the children of the kill points do: a look, or a command as a person types it."""

from __future__ import annotations

import json
import pickle
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.torture.alone import alone
from triage.cli import build, cli
from triage.cli.settings import Settings
from triage.core.detect import Detector
from triage.core.values import Message, Verdict
from triage.pipeline import Pipeline
from triage.service import Service
from triage.store import Store, held

# Else the first run of all would write compiled modules, and its calls would be counted otherwise than the next one's.
sys.dont_write_bytecode = True

VERDICTS = "verdicts"
"""The folder beside the places in which verdicts are remembered."""


class _Recalling(Detector):
    """The detector, which looks up what it said of the same mail before.

    It is pure, and takes more time than all else that a run does: thousands of runs would judge the same few mails.
    """

    def __init__(self, detector: Detector, memory: Path) -> None:
        self._detector = detector
        self._memory = memory

    def at_once(self, message: Message, reader: frozenset[str]) -> Verdict | None:
        return None

    def judge(self, message: Message, reader: frozenset[str]) -> Verdict:
        known = self._memory / message.key
        if not known.exists():
            known.write_bytes(pickle.dumps(self._detector.judge(message, reader)))
        found = pickle.loads(known.read_bytes())
        assert isinstance(found, Verdict)
        return found


def look(config: str, now: str) -> None:
    """Read every mailbox once, write the letters due, deliver them, at a given time."""
    with _service(Path(config), now) as service:
        _work(service)


def look_and_copy(config: str, now: str) -> None:
    """All that `triage poll` does: a look, and the backup of the day."""
    with _service(Path(config), now) as service:
        _work(service)
        service.back_up()


def careless(config: str, now: str) -> None:
    """What must never be: a letter is handed over, and only then anything is noted. For a test of the judges."""
    _send_badly(Path(config), now, mark_first=False)


def hasty(config: str, now: str) -> None:
    """What must never be either: a letter counts as sent before it is handed over."""
    _send_badly(Path(config), now, mark_first=True)


def _send_badly(config: Path, now: str, *, mark_first: bool) -> None:
    with _service(config, now) as service:
        service.poll(service.watched[0])
        moment, store = datetime.fromisoformat(now), service.pipeline.store
        service.pipeline.write(moment)
        with store.reading() as work:
            (letter,) = work.outbox.waiting(moment)
        for mark in (True, False) if mark_first else (False, True):
            if mark:
                with store.writing() as work:
                    work.outbox.mark_sent(letter.id, moment)
            else:
                build.courier(Settings(config, debug=False).config).deliver(letter.message_id, letter.data)


@contextmanager
def _service(config: Path, now: str) -> Iterator[Service]:
    settings, moment = Settings(config, debug=False), datetime.fromisoformat(now)
    with held(settings.store_folder):
        store = Store(settings.store_folder)
        pipeline = _recalling(alone(build.pipeline(settings.config, store)), config.parents[1] / VERDICTS)
        yield Service(pipeline, build.watched(settings.config), build.courier(settings.config), lambda: moment)
        store.close()


def _work(service: Service) -> None:
    for one in service.watched:
        service.poll(one)
        one.mailbox.close()
    service.tick()


def _recalling(pipeline: Pipeline, memory: Path) -> Pipeline:
    """The same, with a memory in this folder."""
    detector = _Recalling(pipeline.judge.detector, memory)
    return replace(pipeline, judge=replace(pipeline.judge, detector=detector))


def command(config: str, words: str) -> None:
    """Run one command; `words` is a list in JSON, such as ["pause", "7d"]."""
    cli.main(["--config", config, *json.loads(words)], standalone_mode=False)


def encrypt_and_decrypt(config: str, now: str) -> None:
    """What sets a broken `triage encrypt` right: it is typed again. And then the way back, so that all can be read."""
    for word, line in (("encrypt", "encrypted = true"), ("decrypt", "encrypted = false")):
        text = Path(config).read_text()
        Path(config).write_text(re.sub("encrypted = (true|false)", line, text))
        command(config, json.dumps([word]))
        if word == "encrypt":
            _require_no_plain_file(Path(config).parent / "store")
    look_and_copy(config, now)


def _require_no_plain_file(folder: Path) -> None:
    plain = [path.name for path in folder.rglob("*") if path.is_file() and path.read_bytes().startswith(b"SQLite")]
    if plain:
        raise AssertionError(f"not encrypted: {plain}")


def create(config: str, now: str) -> None:
    """A store in which nothing has happened yet, whatever the time."""
    del now
    Store(Path(config).parent / "store").close()
