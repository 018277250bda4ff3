"""The limit: a bare socket that has all mails streamed to it and throws them away. `raw.py PORT USER PASSWORD`."""

import socket
import sys

TAIL = 4096
"""Bytes: more than the longest answer has after its tag."""


def answered(session: socket.socket, room: memoryview, tag: bytes) -> None:
    """Read until this tag has its answer."""
    end, last = b"", b"\r\n%b OK " % tag
    while last not in b"\r\n" + end:
        got = session.recv_into(room)
        if not got or b"\r\n%b NO " % tag in end:
            sys.exit(f"refused: {end!r}")
        end = (end + bytes(room[max(0, got - TAIL) : got]))[-TAIL:]


def main(port: str, user: str, password: str) -> None:
    with socket.create_connection(("127.0.0.1", int(port)), 60) as session:
        room = memoryview(bytearray(1 << 20))
        session.recv_into(room)
        for number, said in enumerate((f"LOGIN {user} {password}", "EXAMINE INBOX", "UID FETCH 1:* (BODY.PEEK[])")):
            session.sendall(f"R{number} {said}\r\n".encode())
            answered(session, room, b"R%d" % number)


if __name__ == "__main__":
    main(*sys.argv[1:])
