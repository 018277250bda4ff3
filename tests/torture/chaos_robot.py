"""Another mail program, in a hurry: it adds, flags, moves, copies and deletes mail, and knows what must come of it."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

from tests.rig import employers
from tests.rig.client import mail
from tests.rig.keyboard import Keyboard

WATCHED = ("INBOX", "Jobs")
"""The folders that the service reads."""
FLAGS = (r"\Seen", r"\Flagged", r"\Answered", r"\Draft", "$Forwarded")
_IN_A_FOLDER = 12
"""Things done before another folder is opened."""
_FIRST = (
    "Amber",
    "Basalt",
    "Cedar",
    "Dune",
    "Ember",
    "Flint",
    "Garnet",
    "Hazel",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Larch",
)
_SECOND = ("bank", "brook", "crest", "dale", "gate", "holm", "lake", "moor", "port", "ridge", "shore", "wick")
_THIRD = ("Analytics", "Bakery", "Energy", "Games", "Health", "Optics", "Rail", "Software", "Textiles", "Water")
_FOURTH = ("", " Group", " Partners", " Services", " North", " South", " East", " West")
companies = (
    f"{first}{second} {third}{fourth}"
    for fourth, third, second, first in itertools.product(_FOURTH, _THIRD, _SECOND, _FIRST)
)
"""Names that nobody else gets: 11,520 of them."""
_naming = threading.Lock()
_ABOUT_WORK, _UNCLEAR = 0.3, 0.1
"""Of the mails that are added; the unclear ones are about something else, but not at a glance."""


def newsletter(lines: int = 3) -> bytes:
    """Mail that is plainly about something else, as most is."""
    line = "Save 20 percent on shoes, coats and hats this week. Delivery is free, and the sale ends soon.\r\n"
    data = mail("Weekly deals: shoes and coats", line * lines)
    return data.replace(b"Erika Muster <erika@", b"Shoes and Coats <deals@")


@dataclass(slots=True)
class Kept:
    """A mail as this mail program believes it to be."""

    message_id: str
    data: bytes
    about_work: bool
    flags: set[str] = field(default_factory=set)


class Robot:
    """One session on the account. It touches only mail that it added itself, so nobody but the service may differ."""

    def __init__(self, port: int, user: str, number: int) -> None:
        self.folders: dict[str, dict[int, Kept]] = {**{name: {} for name in WATCHED}, f"Away-{number}": {}}
        self.planted: dict[str, bool] = {}
        """Every Message-ID that was ever there, and whether it is about work."""
        self.operations = 0
        self.alone = threading.Lock()
        """Held while something is done."""
        self._chance = random.Random(number)
        self._sign_in: Callable[[], Keyboard] = lambda: Keyboard(port, user)
        self._keys: Keyboard | None = None
        self._open = ""
        self._away = f"Away-{number}"
        self._number = number

    def work(self, until: float, pause: float) -> None:
        """Do one thing after another until that time (of the monotonic clock), each taking at least `pause`."""
        while (start := time.monotonic()) < until:
            with self.alone:
                if self.operations % _IN_A_FOLDER == 0 or not self._open:
                    self._open_another()
                self._do()
            time.sleep(max(0.0, start + pause - time.monotonic()))

    def drop(self) -> None:
        """The session is gone; another one is begun for the next thing to do. To be called with `alone` held."""
        if self._keys is not None:
            self._keys.close()
        self._keys, self._open = None, ""

    @property
    def keys(self) -> Keyboard:
        """The session."""
        if self._keys is None:
            self._keys = self._sign_in()
            if not self.operations:
                self._keys.say(f"CREATE {self._away}")
        return self._keys

    def _open_another(self) -> None:
        if self._chance.random() < 0.05:
            self._rename()
        keys = self.keys
        self._open = self._chance.choice([*WATCHED, self._away])
        keys.say(f"SELECT {self._open}")

    def _rename(self) -> None:
        """Its own folder gets another name; what is in it stays as it is."""
        new = f"{self._away.partition('+')[0]}+{self.operations}"
        keys = self.keys
        keys.say(f"RENAME {self._away} {new}")
        self.folders[new] = self.folders.pop(self._away)
        self._away, self._open = new, ""
        self.operations += 1

    def _do(self) -> None:
        here = self.folders[self._open]
        deeds: list[Callable[[], None]] = [self._add]
        if here:
            uid = self._chance.choice(list(here))
            deeds = [
                self._add,
                lambda: self._flag(uid),
                lambda: self._move(uid),
                lambda: self._copy(uid),
                lambda: self._delete(uid),
            ]
        (deed,) = self._chance.choices(deeds, [9, 65, 14, 4, 8][: len(deeds)])
        deed()
        self.operations += 1

    def _add(self) -> None:
        """A part of it is about work, and now and then something comes a second time."""
        known = [mail for kept in self.folders.values() for mail in kept.values()]
        again = known and self._chance.random() < 0.1
        one = self._chance.choice(known) if again else self._new()
        when = datetime.now(UTC) - timedelta(hours=self._chance.randint(1, 30))
        folder = self._chance.choice(WATCHED)
        uid = self.keys.put(f'APPEND {folder} () "{when:%d-%b-%Y %H:%M:%S} +0000"', one.data)
        self.folders[folder][uid] = Kept(one.message_id, one.data, one.about_work)
        self.planted[one.message_id] = one.about_work

    def _new(self) -> Kept:
        luck = self._chance.random()
        with _naming:
            writes = self._chance.choice((employers.rejection, employers.interview, employers.acknowledgement))
            if luck < _ABOUT_WORK:
                data = writes(next(companies))
            else:
                data = employers.ordinary() if luck < _ABOUT_WORK + _UNCLEAR else newsletter()
        return Kept(str(message_from_bytes(data)["Message-ID"]), data, luck < _ABOUT_WORK)

    def _flag(self, uid: int) -> None:
        flag, mail = self._chance.choice(FLAGS), self.folders[self._open][uid]
        sign = "-" if flag in mail.flags else "+"
        self.keys.say(f"UID STORE {uid} {sign}FLAGS ({flag})")
        mail.flags ^= {flag}

    def _move(self, uid: int) -> None:
        target = self._chance.choice([name for name in self.folders if name != self._open])
        new = self.keys.put(f"UID MOVE {uid} {target}")
        self.folders[target][new] = self.folders[self._open].pop(uid)

    def _copy(self, uid: int) -> None:
        target, mail = self._chance.choice(list(self.folders)), self.folders[self._open][uid]
        new = self.keys.put(f"UID COPY {uid} {target}")
        self.folders[target][new] = Kept(mail.message_id, mail.data, mail.about_work, set(mail.flags))

    def _delete(self, uid: int) -> None:
        self.keys.say(rf"UID STORE {uid} +FLAGS (\Deleted)")
        self.keys.say(f"UID EXPUNGE {uid}")
        del self.folders[self._open][uid]
        self.operations += 1
