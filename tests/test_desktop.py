"""A notice on a real session bus: what it says, that it says nothing else, and that no desktop is no trouble."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rig.installed import installed
from triage.desktop import Desktop, Notice

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed")


@pytest.fixture
def bus() -> Iterator[str]:
    """A session bus of our own."""
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


class Listener:
    """A notification daemon: takes notices and numbers them."""

    def __init__(self) -> None:
        self.shown: list[tuple[Any, ...]] = []


@contextmanager
def listening(bus: str, *, answers: bool = True) -> Iterator[Listener]:
    """Somebody who owns the name, as a desktop does; one that hangs does not answer."""
    from jeepney import HeaderFields, MessageType, message_bus, new_method_return
    from jeepney.io.blocking import open_dbus_connection

    listener = Listener()
    connection = open_dbus_connection(bus)
    connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.Notifications", 4), timeout=5)

    def serve() -> None:
        while True:
            try:
                message = connection.receive()
            except OSError:
                return
            if message.header.message_type is not MessageType.method_call:
                continue
            listener.shown.append((message.header.fields[HeaderFields.member], *message.body))
            if answers:
                connection.send(new_method_return(message, "u", (len(listener.shown) + 6,)))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        connection.sock.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        connection.close()


def test_a_notice_says_what_it_may_and_no_more(bus: str) -> None:
    desktop = Desktop(bus)
    with listening(bus) as listener:
        assert desktop.tell(Notice.LETTER)
        assert desktop.tell(Notice.NEEDS_YOU)
        assert desktop.tell(Notice.LETTER)
    texts = [(one[0], one[1], one[4], one[5]) for one in listener.shown]
    letter, needs = ("Notify", "triage", "triage", Notice.LETTER.value), Notice.NEEDS_YOU.value
    assert texts == [letter, (*letter[:3], needs), letter]
    assert [one[2] for one in listener.shown] == [0, 0, 7], "a second one of a kind takes the place of the first"


@pytest.mark.server
def test_a_service_that_finds_no_password_says_so_where_it_was_asked_for(bus: str, tmp_path: Path) -> None:
    program = installed(tmp_path)
    program.environ["DBUS_SESSION_BUS_ADDRESS"] = bus
    mailbox = '\n[[mailbox]]\nhost = "127.0.0.1"\nport = 1\ntls = "none"\n'
    program.configure(mailbox)
    with listening(bus) as listener:
        assert program.triage("run").code == 77
        assert listener.shown == [], "nobody asked for notices"
        program.configure(f"{mailbox}\n[service]\nnotifications = true\n")
        assert program.triage("run").code == 77
        assert [one[5] for one in listener.shown] == [Notice.NEEDS_YOU.value]


def test_a_desktop_that_hangs_is_not_waited_for_long(bus: str) -> None:
    with listening(bus, answers=False):
        assert not Desktop(bus).tell(Notice.LETTER)


@pytest.mark.parametrize("address", ["unix:path=/nonexistent/bus", "nonsense", "tcp:host=127.0.0.1,port=1"])
def test_where_there_is_no_desktop_nothing_happens(address: str) -> None:
    assert not Desktop(address).tell(Notice.LETTER)


def test_where_nobody_shows_notices_nothing_happens(bus: str) -> None:
    assert not Desktop(bus).tell(Notice.LETTER)


def test_a_bus_that_is_no_bus(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        assert not Desktop(f"unix:path={tmp_path / 'bus'}").tell(Notice.LETTER)


def test_all_that_is_ever_said_fits_on_a_locked_screen() -> None:
    assert {one.value for one in Notice} == {
        "There is a letter for you.",
        "Something needs you. `triage status` says what.",
    }
