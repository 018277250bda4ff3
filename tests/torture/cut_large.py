"""A megabyte on its way when the line breaks: of a mail, the program gets all or nothing.

Only the mailbox is tried here, without all that comes behind it: between two bytes of one mail there is nothing to
tell apart but how much has arrived, so these points can be many and cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta

from tests.rig import dovecot as rig
from tests.rig.client import mail
from tests.torture.cut_points import Point
from tests.torture.network import Fault, Kind, Network, Way
from tests.torture.world import NOW, Place, World
from triage.errors import ServerError
from triage.mailbox.imap import ImapMailbox

NAME = "large"
MEGABYTE = 1_000_000
EVERY = 64
AGAIN = 8
"""After one point in so many everything is read a second time, by the same mailbox."""
SLOW = 2048
"""So many of the last bytes come one by one where they come slowly."""
_SINCE = NOW - timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Large:
    """An account with a large mail between two small ones, and what they are."""

    place: Place
    mails: tuple[bytes, ...]
    length: int
    """Bytes that the server says while they are read."""

    @property
    def points(self) -> list[Point]:
        kinds = (Kind.FIN, Kind.RST)
        turns = (Fault(0, Way.DOWN, at, kinds[at // EVERY % 2]) for at in range(0, self.length, EVERY))
        slow = Fault(0, Way.DOWN, self.length - SLOW, Kind.TRICKLE)
        return [Point(NAME, fault) for fault in (*turns, slow)]

    def tried(self, point: Point) -> Iterator[str]:
        """What went wrong at this point."""
        with Network(self.place.dovecot.port) as network:
            network.fault = point.fault
            with closing(_mailbox(self.place, network)) as mailbox:
                first, error = _read(mailbox)
                whole = point.fault.at % (EVERY * AGAIN) == 0
                again, second_error = _read(mailbox) if whole else (self.mails, None)
            settled = network.settled()
        if not network.struck or not settled:
            yield f"{point}: struck: {network.struck}, settled: {settled}"
        if (error is None) != (point.fault.kind is Kind.TRICKLE) or (error is None and first != self.mails):
            yield f"{point}: first look: {error}, {list(map(len, first))}"
        if any(one not in self.mails for one in first):
            yield f"{point}: a part of a mail was taken for a mail"
        if again != self.mails:
            yield f"{point}: second look: {second_error}, {list(map(len, again))}"


def set_up(inside: World) -> Large:
    """The mails, and one undisturbed look at them."""
    place = inside.place(NAME)
    lines = "\r\n".join(f"{number:08} " + "lorem ipsum " * 5 for number in range(MEGABYTE // 72))
    mails = (mail(), mail(body=lines), mail())
    place.client.append_all([(data, NOW) for data in mails])
    with Network(place.dovecot.port) as network, closing(_mailbox(place, network)) as mailbox:
        read, error = _read(mailbox)
        assert (read, error) == (mails, None), error
        # What is said at the goodbye is no part of the look.
        length = len(network.calls[0].passed[Way.DOWN])
    return Large(place, mails, length)


def _mailbox(place: Place, network: Network) -> ImapMailbox:
    server = replace(place.dovecot.server(place.user), port=network.port, timeout=20.0)
    return ImapMailbox("home", server, lambda: rig.PASSWORD)


def _read(mailbox: ImapMailbox) -> tuple[tuple[bytes, ...], ServerError | None]:
    found = []
    try:
        for one in mailbox.unread("INBOX", None, _SINCE).messages:
            found.append(one.data)
    except ServerError as error:
        return tuple(found), error
    return tuple(found), None
