"""What is played while the line breaks: the program's own Service reads a real mailbox and delivers its letters.

The same Service goes on after the fault, as a running one does, so what it keeps in memory is tried as well.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.rig import dovecot as rig
from tests.rig import employers, smtp
from tests.rig.installed import READER, expect
from tests.torture.cut_points import EVERY_BYTE, Point, points
from tests.torture.network import Kind, Network, Way
from tests.torture.world import NOW, Outcome, Place, World
from triage.cli import build
from triage.cli.settings import Settings
from triage.core.judge import NONE_LEARNT, Judge, Lessons
from triage.core.values import Details, Message, Verdict
from triage.courier.imap import ImapCourier
from triage.courier.smtp import SmtpCourier
from triage.errors import TriageError
from triage.mailbox.imap import ImapMailbox
from triage.pipeline import Pipeline
from triage.service import Service, Watched
from triage.store import Store
from triage.wire import Server, Tls

MOMENTS = (NOW, NOW + timedelta(seconds=5), *(NOW + timedelta(hours=hours) for hours in range(1, 8)))
"""When the program looks: at the fault; after the pause of a mailbox; and when any letter may be tried again."""
LEAST_LOOKS = 3
"""More than that only where a busy machine has made one of them fail: nobody waits long where there is a hole."""
TIMEOUT, SHORT = 20.0, 3.0
"""Seconds a server has for an answer; the short ones where the network has a hole, and waiting is all that helps."""
_RANDOM = 64
MONTH = timedelta(days=30)
_heard = threading.local()
_numbering = threading.Lock()


@dataclass(frozen=True, slots=True)
class Scene:
    """What runs through the network: with `smtp` only the letter does; `first` says there was no look before."""

    name: str
    tls: Tls = Tls.NONE
    smtp: bool = False
    first: bool = False
    thin: int = EVERY_BYTE
    """How much less often than it might be it is cut: where another scene has the same bytes, or they are random."""


SCENES = (
    Scene("imap"),
    Scene("first", first=True, thin=6),
    Scene("smtp", smtp=True),
    Scene("imaps", Tls.IMPLICIT, thin=24),
    Scene("smtps", Tls.IMPLICIT, smtp=True, thin=24),
)


@dataclass(frozen=True, slots=True)
class Played:
    """What a play came to: what the program said in its log, and the errors that ended a look."""

    outcome: Outcome
    said: tuple[str, ...]
    errors: tuple[str, ...]
    seconds: float
    network: Network
    settled: bool
    """No connection was left open."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene, ready to be played any number of times, and the place as it is before it."""

    scene: Scene
    world: World
    base: Place
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A scene and how it goes undisturbed."""

    stage: Stage
    sound: Played

    @property
    def scene(self) -> Scene:
        return self.stage.scene

    def stream(self, connection: int, way: Way) -> bytes:
        """What went over this connection."""
        # Signatures of TLS differ by a few bytes in their length, so the very end is not always there.
        end = None if self.scene.tls is Tls.NONE else -_RANDOM
        return bytes(self.sound.network.calls[connection].passed[way][:end])

    @property
    def points(self) -> list[Point]:
        """Every point at which this scene is to be disturbed."""
        streams = [{way: self.stream(one.number, way) for way in Way} for one in self.sound.network.calls]
        return list(points(self.scene.name, streams, self.scene.thin))


@dataclass(frozen=True, slots=True)
class Remembering(Judge):
    """Judges each mail once: all plays have the same mails, and judging is most of what a look costs."""

    memory: dict[tuple[str, str], tuple[Verdict, Details]] = field(default_factory=dict)

    def verdict(self, read: Message, lessons: Lessons = NONE_LEARNT) -> tuple[Verdict, Details]:
        """See `Judge`."""
        known = read.key, repr(lessons.corrections)
        if known not in self.memory:
            self.memory[known] = Judge.verdict(self, read, lessons)
        return self.memory[known]

    @staticmethod
    def of(judge: Judge) -> Remembering:
        """The same judge, with a memory."""
        return Remembering(judge.detector, judge.extractor, judge.reader, judge.keep_feedback, judge.authserv_ids)


class Ear(logging.Handler):
    """Takes what the program logs, for the thread it logs in."""

    def emit(self, record: logging.LogRecord) -> None:
        if (said := getattr(_heard, "said", None)) is not None:
            said.append(record.getMessage())


def rehearsed(scene: Scene, inside: World) -> Rehearsed:
    """Four mails that nobody has looked at, one of them a no, one an invitation; and the undisturbed play."""
    base = inside.place(scene.name)
    base.configure(base.mailbox())
    store = Store(base.store)
    pipeline = build.pipeline(Settings(base.config).config, store)
    ready = Stage(scene, inside, base, replace(pipeline, judge=Remembering.of(pipeline.judge)))
    if not scene.first:
        with contextlib.closing(_mailbox(base.dovecot.server(base.user))) as mailbox:
            ready.pipeline.read(mailbox, "INBOX", NOW - MONTH)
    store.close()
    base.client.append_all([(data, NOW - timedelta(hours=hours)) for data, hours in _mails()])
    base.client.flag(1, r"\Seen")
    _at_rest(base)
    sound = play(ready, None)
    assert not sound.errors, sound.errors
    assert sound.outcome.letters, f"there is no letter to be lost: {sound}"
    return Rehearsed(ready, sound)


def _at_rest(place: Place) -> None:
    """Wait until no process of the server works on the mailbox, so that it can be copied."""
    expect(lambda: place.user not in place.dovecot.admin("who", "-1", place.user))


def _mails() -> list[tuple[bytes, int]]:
    no, acknowledged, yes, *_ = employers.COMPANIES
    return [
        (employers.rejection(no), 26),
        (employers.ordinary(), 25),
        (employers.acknowledgement(acknowledged), 24),
        (employers.interview(yes), 2),
    ]


def play(ready: Stage, point: Point | None) -> Played:
    """The scene from its beginning, with this fault."""
    with _numbering:
        place = ready.world.place(ready.scene.name)
    said: list[str] = []
    _heard.said = said
    try:
        place.copy(ready.base)
        with contextlib.ExitStack() as stack:
            port, far = _far_end(ready, place, stack)
            network = stack.enter_context(Network(port))
            network.fault = point.fault if point else None
            silent = point is not None and point.fault.kind is Kind.HOLE
            far = replace(far, port=network.port, timeout=SHORT if silent else TIMEOUT)
            started = time.monotonic()
            errors = _look_and_look_again(ready, place, far)
            seconds = time.monotonic() - started
            settled = network.settled()
        return Played(place.outcome(), tuple(said), errors, seconds, network, settled)
    finally:
        _heard.said = None
        place.remove()


def _far_end(ready: Stage, place: Place, stack: contextlib.ExitStack) -> tuple[int, Server]:
    """The server behind the network: its port, and how to sign in to it."""
    if not ready.scene.smtp:
        there = place.dovecot.server(place.user, ready.scene.tls)
        return there.port, there
    running = stack.enter_context(smtp.sink(place.folder, ready.scene.tls))
    running.forward = place.client.append
    return running.port, running.server(READER)


def _look_and_look_again(ready: Stage, place: Place, far: Server) -> tuple[str, ...]:
    """Read, write and deliver at each of the moments; the errors that ended one of them."""
    clock = _Clock()
    near = place.dovecot.server(place.user)
    store = Store(place.store)
    watched = Watched(_mailbox(near if ready.scene.smtp else far), 60, MONTH)
    courier = _smtp(near, far) if ready.scene.smtp else ImapCourier(far, lambda: rig.PASSWORD)
    service = Service(replace(ready.pipeline, store=store), [watched], courier, clock)
    errors = []
    for number, clock.now in enumerate(MOMENTS, 1):
        try:
            service.poll(watched)
            service.tick()
            with store.reading() as work:
                done = work.outbox.unsent() == 0
        except TriageError as error:
            errors.append(f"{type(error).__name__}: {error}")
            done = False
        finally:
            watched.mailbox.close()
        if done and number >= LEAST_LOOKS:
            break
    store.close()
    return tuple(errors)


@dataclass
class _Clock:
    """Stands still until it is set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def _mailbox(server: Server) -> ImapMailbox:
    return ImapMailbox("home", server, lambda: rig.PASSWORD)


def _smtp(near: Server, far: Server) -> SmtpCourier:
    def arrived(message_id: str) -> bool:
        with contextlib.closing(_mailbox(near)) as mailbox:
            return mailbox.contains(message_id)

    return SmtpCourier(far, lambda: smtp.PASSWORD, READER, arrived)
