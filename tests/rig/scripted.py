"""An IMAP server that says exactly what it is told to: for answers no healthy server can be made to give."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Mapping

from tests.rig.listening import Listening
from triage.wire import Server, Tls

GREETING = b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n"
_LITERAL = re.compile(rb"\{(\d+)\}\r\n$")
_USUAL = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n%s OK done\r\n",
    "LOGIN": b"%s OK signed in\r\n",
    "LOGOUT": b"* BYE\r\n%s OK done\r\n",
    "EXAMINE": b"* 5 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 6] .\r\n%s OK [READ-ONLY] open\r\n",
    "IDLE": b"+ idling\r\n",
    "DONE": b"%s OK idled\r\n",
}


class Scripted(Listening):
    """Answers each command by its name ("UID FETCH" has two words) with fixed bytes, %s being the command's tag.

    A command it has no answer for is BAD. Where it answers "+" to a command with a literal, it reads that, and then
    answers to the name with " END" behind it.
    """

    def __init__(
        self,
        answers: Mapping[str, bytes] | None = None,
        greeting: bytes = GREETING,
        rules: ssl.SSLContext | None = None,
    ) -> None:
        """With `rules` it speaks TLS: from the first byte on or, if it has an answer to STARTTLS, from there."""
        super().__init__()
        self.commands: list[str] = []
        self._rules = rules
        self._answers = {**_USUAL, **(answers or {})}
        self._later: dict[str, bytes] = {}
        self._greeting = greeting

    def server(self, timeout: float = 2.0, tls: Tls = Tls.NONE) -> Server:
        return Server("127.0.0.1", self.port, "reader", tls, timeout=timeout)

    def once(self, name: str, then: bytes) -> None:
        """Answer this command as planned for one time, and with `then` from the second time on."""
        self._later[name] = then

    def answer(self, name: str, answer: bytes) -> None:
        """From now on, answer this command so."""
        self._answers[name] = answer

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as open_ones:
            open_ones.enter_context(connection)
            if self._rules and "STARTTLS" not in self._answers:
                connection = open_ones.enter_context(self._rules.wrap_socket(connection, server_side=True))
            connection.sendall(self._greeting)
            while self._spoken(connection) and self._rules:
                connection = open_ones.enter_context(self._rules.wrap_socket(connection, server_side=True))

    def _spoken(self, connection: socket.socket) -> bool:
        """Answer until the client goes. True: it wants to go on under TLS."""
        tag = b""
        with connection.makefile("rb") as lines:
            for line in lines:
                words = line.split()
                if words != [b"DONE"]:
                    tag = words.pop(0)
                name = b" ".join(words[: 2 if words[0].upper() == b"UID" else 1]).decode().upper()
                self.commands.append(line.decode().strip())
                answer = self._answer(name)
                connection.sendall(answer.replace(b"%s", tag))
                if answer.startswith(b"+") and (literal := _LITERAL.search(line)):
                    lines.read(int(literal[1]) + len("\r\n"))
                    connection.sendall(self._answer(f"{name} END").replace(b"%s", tag))
                if name == "STARTTLS" and self._rules:
                    return True
        return False

    def _answer(self, name: str) -> bytes:
        answer = self._answers.get(name, b"%s BAD unknown\r\n")
        if name in self._later:
            self._answers[name] = self._later.pop(name)
        return answer
