"""A process that has loaded the program once, and forks a child for each thing to do: `-m tests.torture.child`.

Loading takes a second and a half; a forked child begins at once. So thousands of runs of the real program can be
killed, traced or cut off. Spoken to in lines of JSON (see `world.Nursery`).
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.torture.alone import alone
from triage.cli import build
from triage.cli.settings import Settings
from triage.config.load import plain
from triage.config.model import Config
from triage.core import message
from triage.core.values import Cursor, RawMessage
from triage.demo import sample
from triage.service import Service
from triage.store import Store, held

_PR_SET_PTRACER, _ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


def look(config: str, now: str) -> None:
    """What `triage poll` does, at a given time: read every mailbox once, write the letters due, deliver them."""
    settings, moment = Settings(Path(config), debug=False), datetime.fromisoformat(now)
    with held(settings.store_folder):
        store = Store(settings.store_folder)
        pipeline = alone(build.pipeline(settings.config, store))
        watched, courier = build.watched(settings.config), build.courier(settings.config)
        service = Service(pipeline, watched, courier, lambda: moment)
        for one in service.watched:
            service.poll(one)
            one.mailbox.close()
        service.tick()
        store.close()


def main() -> None:
    """Serve until the input ends."""
    _warm_up()
    _say({"ready": True})
    for line in sys.stdin:
        _serve(json.loads(line))


def _warm_up() -> None:
    """Load what the program loads when it is first needed."""
    importlib.import_module("alembic.command")
    reader = "robin@reader.example"
    config = plain(Config.model_validate({"reader": {"address": reader}, "mailbox": [{"host": "127.0.0.1"}]}))
    build.stationery(config, b"")
    build.phrases(config)
    judge = build.judge(frozenset({reader}))
    for arrival in sample().arrivals:
        judge.verdict(message.parse(RawMessage(Cursor("m", "INBOX", 1, 1), arrival.at, arrival.data)))


def _serve(order: dict[str, Any]) -> None:
    """Fork a child that waits for a word before it begins; say its number, pass on the word, say how it ended."""
    gate, latch = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(latch)
        os._exit(_live(order, gate))
    os.close(gate)
    _say({"pid": child})
    sys.stdin.readline()
    os.close(latch)
    _, status = os.waitpid(child, 0)
    _say({"code": os.waitstatus_to_exitcode(status)})


def _live(order: dict[str, Any], gate: int) -> int:
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY, 0, 0, 0)
    log = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    os.read(gate, 1)  # ends when the latch is let go
    os.close(gate)
    try:
        module, _, name = order["call"].partition(":")
        getattr(importlib.import_module(module), name)(**order["arguments"])
    except Exception:  # noqa: BLE001  # told in the log, and by the code
        traceback.print_exc()
        return 1
    return 0


def _say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
