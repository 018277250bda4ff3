"""A letter that was handed over and is still on its way when the program is back: what can be promised, and what not.

Killed between the handing over and the mark, the program looks for the letter before it sends it again. One that is
still under way cannot be seen. So it waits for as long as its courier says (`transit`); a letter that takes longer
comes twice, and no more often.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from tests.torture import kill_before as been
from tests.torture.kill_ground import LOOK, Ground, Run, Scene, ground
from tests.torture.world import NOW
from triage.courier.imap import ImapCourier
from triage.courier.smtp import SmtpCourier

pytestmark = pytest.mark.server
MOMENT = timedelta(seconds=1)


class SlowPost:
    """A mail server that takes letters at once and delivers them when it is told to; whoever handed over one dies."""

    transit = SmtpCourier.transit

    def __init__(self, scene: Scene) -> None:
        self.victim = 0
        self.handed = 0
        self._scene = scene
        self._under_way: list[bytes] = []
        scene.ground.sink.forward = self._take

    def _take(self, data: bytes) -> None:
        self.handed += 1
        self._under_way.append(data)
        if self.victim:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0

    def arrive(self) -> None:
        for data in self._under_way:
            self._scene.place.client.append(data)
        self._under_way.clear()


class SlowLine:
    """A way to the mail server on which one letter stays, while whoever sent it dies and all else passes."""

    transit = ImapCourier.transit

    def __init__(self, scene: Scene) -> None:
        self.victim = 0
        self.handed = 0
        self._arriving = threading.Event()
        self._target = scene.place.dovecot.port
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        port = self._listener.getsockname()[1]
        scene.place.configure(scene.place.mailbox(port, 'name = "home"\n'))

    def arrive(self) -> None:
        """It does now."""
        self._arriving.set()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._target))
            for job in (self._up, self._down):
                threading.Thread(target=job, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        size = 0
        with suppress(OSError):
            while data := client.recv(65536):
                if size:
                    data += _rest(client, size + len("\r\n") - len(data))
                    self._hold()
                found = re.search(rb" APPEND .*\{(\d+)\}\r\n$", data)
                size = int(found[1]) if found else 0
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _hold(self) -> None:
        self.handed += 1
        if self.victim:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0
            self._arriving.wait(60)

    @staticmethod
    def _down(client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        for end in (client, server):
            with suppress(OSError):
                end.close()


def _rest(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := client.recv(65536)):
        data += more
    return data


Way = SlowPost | SlowLine


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("transit")) as made:
        yield made


@pytest.fixture(params=[SlowPost, SlowLine], ids=["smtp", "imap"])
def under_way(request: pytest.FixtureRequest, stage: Ground) -> Iterator[tuple[Scene, Way]]:
    """A letter is under way, and the program was killed before it heard that it is taken."""
    way: type[Way] = request.param
    scene = stage.scene("transit", been.by_smtp if way is SlowPost else been.inbox)
    been.three_noes(scene)
    made = way(scene)
    made.victim = stage.nursery.start(scene.log, LOOK, config=str(scene.place.config), **Run(NOW).arguments)
    assert stage.nursery.finish(scene.log).code == -signal.SIGKILL
    yield scene, made
    made.arrive()


def back(scene: Scene, at: datetime) -> None:
    """The program looks, while a line may still be open."""
    ending = scene.ground.nursery.run(scene.log, LOOK, config=str(scene.place.config), **Run(at).arguments)
    assert ending.code == 0, ending.said


def test_what_arrives_in_time_comes_once(under_way: tuple[Scene, Way]) -> None:
    scene, way = under_way
    back(scene, NOW + way.transit - MOMENT)
    assert way.handed == 1
    way.arrive()
    scene.ground.settle()
    back(scene, NOW + way.transit + MOMENT)
    outcome = scene.place.outcome()
    assert (way.handed, outcome.copies, outcome.unsent) == (1, 1, 0)


def test_what_takes_longer_comes_twice_and_no_more_often(under_way: tuple[Scene, Way]) -> None:
    """The residual: it was taken, nobody lived to hear that, and it cannot be seen. Better twice than never."""
    scene, way = under_way
    back(scene, NOW + way.transit + MOMENT)
    assert way.handed == 2
    way.arrive()
    scene.ground.settle()
    for days in (1, 2, 7):
        back(scene, NOW + timedelta(days=days))
    outcome = scene.place.outcome()
    assert (way.handed, outcome.copies, outcome.unsent) == (2, 2, 0)
    assert set(outcome.letters.values()) == {2}
