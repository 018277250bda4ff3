"""The network's faults in short: two hundred points of all those that `./run.sh torture` tries, some of each sort."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.rig.installed import READER
from tests.torture.cut_points import Point, fair
from tests.torture.cuts import Theatre, theatre
from tests.torture.network import Fault, Kind, Network, Way
from tests.torture.spoken import by_imap, by_smtp
from tests.torture.world import world

SAMPLE, SHARES = 170, 17
TAKEN = b"250 Taken\r\n"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """All scenes; a second for each."""
    with world(tmp_path_factory.mktemp("cuts")) as inside, theatre(inside) as found:
        yield found


@pytest.mark.server
@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_is_lost_and_nothing_doubled_wherever_the_line_breaks(ready: Theatre, share: int) -> None:
    assert list(ready.tried(fair(ready.points(), SAMPLE)[share::SHARES])) == []


@pytest.mark.server
def test_half_a_yes_is_neither_a_yes_nor_a_no(ready: Theatre) -> None:
    """The letter was taken and lies in the mailbox: only the reply to its final dot is cut, inside the number too."""
    down = ready.stream("smtp", 0, Way.DOWN)
    start = down.index(TAKEN)
    assert list(ready.tried(_cuts("smtp", 0, range(start, start + len(TAKEN), 2)))) == []


@pytest.mark.server
def test_a_sign_in_cut_off_is_no_wrong_password(ready: Theatre) -> None:
    down = ready.stream("imap", 0, Way.DOWN)
    end = down.index(b"OK Logged in")
    assert list(ready.tried(_cuts("imap", 0, range(0, end, end // 14)))) == []


@pytest.mark.server
def test_a_lost_answer_to_append_doubles_no_letter(ready: Theatre) -> None:
    down = ready.stream("imap", 1, Way.DOWN)
    start, end = down.index(b"+ OK"), down.index(b"Append completed")
    assert list(ready.tried(_cuts("imap", 1, range(start, end, (end - start) // 14)))) == []


def _cuts(scene: str, connection: int, places: range) -> list[Point]:
    kinds = (Kind.FIN, Kind.RST)
    return [Point(scene, Fault(connection, Way.DOWN, at, kinds[turn % 2])) for turn, at in enumerate(places)]


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("at", [0, 1, 10])
def test_the_network_fails_where_it_says(kind: Kind, way: Way, at: int) -> None:
    """An echo of ten bytes over a network with this fault."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_echo, args=(listener,), daemon=True).start()
        with Network(listener.getsockname()[1]) as network:
            network.fault = Fault(0, way, at, kind)
            heard, ended = _call(network.port, b"0123456789")
            passed = b"0123456789"[: None if kind is Kind.TRICKLE else at]
            assert bytes(network.calls[0].passed[way]) == passed
            assert heard == (b"" if way is Way.UP and kind is not Kind.TRICKLE else passed)
            assert ended == {Kind.FIN: "closed", Kind.RST: "reset"}.get(kind, "silent")
            assert network.settled()
        assert network.struck


def _echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)


def _call(port: int, words: bytes) -> tuple[bytes, str]:
    heard = b""
    try:
        with socket.create_connection(("127.0.0.1", port), 1.0) as caller:
            caller.sendall(words)
            while data := caller.recv(100):
                heard += data
    except TimeoutError:
        return heard, "silent"
    except OSError:
        return heard, "reset"
    return heard, "closed"


@pytest.mark.parametrize(
    ("said", "complaints"),
    [
        (b"A1 EXAMINE INBOX\r\nA2 UID FETCH 1 (BODY.PEEK[])\r\nA3 UID FE", 0),
        (b"A1 APPEND INBOX () {9}\r\nA STORE 1\r\nA2 LOGOUT\r\n", 0),
        (b"A1 SELECT INBOX\r\n", 1),
        (b"A1 UID FETCH 1 (BODY[])\r\n", 1),
        (b"A1 UID STORE 1 +FLAGS (\\Seen)\r\nA2 EXPUNGE\r\n", 2),
    ],
)
def test_a_forbidden_command_would_be_seen(said: bytes, complaints: int) -> None:
    assert len(list(by_imap(said))) == complaints


def test_a_second_recipient_would_be_seen() -> None:
    envelope = (
        "MAIL FROM:<{0}>\r\nRCPT TO:<{0}> NOTIFY=NEVER\r\nrcpt to:<other@example.org>\r\nDATA\r\nRCPT TO:<a@b>\r\n"
    )
    assert list(by_smtp(envelope.format(READER).encode())) == ["wrote to other@example.org"]
