"""Messages, one batch at a time: what is asked of the server for them, and what is made of the answers.

Of most messages only the parts that matter are fetched (`parts`). Those of which the same parts matter are asked for
with one command, and all commands of a batch are sent together. What is missing then, or is told in a way that cannot
be relied on, is asked for again, and whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from triage.mailbox.limits import LARGE, PART
from triage.mailbox.parts import BACK, BACK_BYTES, FRONT, FRONT_BYTES, Plan, assembled, is_doubtful, is_enough, plan
from triage.wire.ahead import Asked
from triage.wire.entries import Entry
from triage.wire.faults import RefusedError, UnreadableError
from triage.wire.imap import Session

T = TypeVar("T")
_UNFIT = 3
Sections = Mapping[int, Mapping[str, bytes]]
"""What was told of each message, by UID and section."""


@dataclass(slots=True)
class Sizes:
    """Do the sizes that a server tells add up? Counted in one session, over the messages that were made of parts.

    Some servers estimate RFC822.SIZE. There, parts would be fetched in vain of one message after the other.
    """

    fitting: int = 0
    unfit: int = 0

    @property
    def are_of_use(self) -> bool:
        """Not after three messages for which they were wrong; or, where some were right, three times as many."""
        return self.unfit < _UNFIT * max(1, self.fitting)

    def begin(self) -> None:
        """Another session: the server may be another one too."""
        self.fitting = self.unfit = 0

    def count(self, *, fit: bool) -> None:
        """All that was asked for has come. Did it add up to the whole?"""
        self.fitting += fit
        self.unfit += not fit


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages that were asked for together, and the questions, each with the messages that it is about."""

    entries: Sequence[Entry]
    plans: Mapping[int, Plan] = field(default_factory=dict)
    whole: Asked[dict[int, bytes]] | None = None
    parts: Sequence[tuple[Sequence[int], Asked[dict[int, dict[str, bytes]]]]] = ()

    @property
    def questions(self) -> list[Asked[object]]:
        """All that is still to be answered, or was."""
        return [*([self.whole] if self.whole else ()), *(asked for _, asked in self.parts)]


def ask(session: Session, entries: Sequence[Entry], sizes: Sizes) -> Batch:
    """Ask for these messages; for all of them whole, where sizes have been of no use. Raises ServerError."""
    parted = entries if sizes.are_of_use else ()
    plans = {entry.uid: wanted for entry in parted if (wanted := plan(entry.structure, entry.size))}
    plain = [entry.uid for entry in entries if entry.uid not in plans]
    parts = _asked(session, {uid: one.needed for uid, one in plans.items()})
    return Batch(entries, plans, session.ask_bodies(plain, LARGE) if plain else None, parts)


def take(session: Session, batch: Batch, sizes: Sizes) -> dict[int, bytes]:
    """The messages of a batch by UID. One that the server has but cannot show is empty, and one that is gone missing.

    What is made of parts is counted in `sizes`.

    Raises ServerError, which is a RefusedError only where the server refuses for now.
    """
    found = _whole(session, batch)
    told = _looked(session, batch, _answers(batch.parts))
    made = {uid: assembled(one, told.get(uid, {})) for uid, one in batch.plans.items()}
    for uid in batch.plans.keys() & told:
        sizes.count(fit=made[uid] is not None)
    short = {
        uid: one.perhaps
        for uid, one in batch.plans.items()
        if (data := made[uid]) is not None and not is_enough(one, told[uid], data)
    }
    pages = _answers(_asked(session, short))
    for uid, wanted in short.items():
        more = pages.get(uid, {})
        made[uid] = assembled(batch.plans[uid], {**told[uid], **more}) if len(more) == len(wanted) else None
    found |= {uid: data for uid, data in made.items() if data is not None}
    doubtful = [entry for entry in batch.entries if made.get(entry.uid, b"") is None]
    return found | (bodies(session, doubtful) if doubtful else {})


def _looked(session: Session, batch: Batch, told: Sections) -> Sections:
    """The same, with a look at both ends of those messages that have more around their parts than is usual."""
    doubtful = {uid: one for uid, one in batch.plans.items() if is_doubtful(one, told.get(uid, {}))}
    questions = [session.ask_sections([*doubtful], [(FRONT, FRONT_BYTES)])] if doubtful else []
    for uid, one in doubtful.items():
        questions.append(session.ask_sections([uid], [(BACK, BACK_BYTES)], max(0, one.size - BACK_BYTES)))
    seen = dict(told)
    for question in questions:
        for uid, more in (unless_refused(question.answer) or {}).items():
            seen[uid] = {**seen[uid], **more}
    return seen


def _asked(
    session: Session, wanted: Mapping[int, tuple[str, ...]]
) -> list[tuple[list[int], Asked[dict[int, dict[str, bytes]]]]]:
    """One question for each set of sections."""
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for uid, names in wanted.items():
        groups[names].append(uid)
    return [(uids, session.ask_sections(uids, [(name, LARGE) for name in names])) for names, uids in groups.items()]


def _answers(asked: Iterable[tuple[Sequence[int], Asked[dict[int, dict[str, bytes]]]]]) -> dict[int, dict[str, bytes]]:
    """What was told; nothing of those messages for which it was refused."""
    found: dict[int, dict[str, bytes]] = {}
    for _, question in asked:
        found |= unless_refused(question.answer) or {}
    return found


def unless_refused(answer: Callable[[], T]) -> T | None:
    """What is answered; None where that is a no, or cannot be read."""
    try:
        return answer()
    except UnreadableError:
        return None
    except RefusedError as refused:
        if refused.temporary:
            raise
        return None


def _whole(session: Session, batch: Batch) -> dict[int, bytes]:
    if batch.whole is None:
        return {}
    try:
        return batch.whole.answer()
    except RefusedError as refused:
        if refused.temporary:
            raise
        return _singly(session, [entry for entry in batch.entries if entry.uid not in batch.plans])


def bodies(session: Session, entries: Sequence[Entry]) -> dict[int, bytes]:
    """These messages whole; of a single large one, its beginning. See `take`."""
    limit = PART if entries[0].size > LARGE else LARGE
    try:
        return session.bodies([entry.uid for entry in entries], limit)
    except RefusedError as refused:
        if refused.temporary:
            raise
        return _singly(session, entries)


def _singly(session: Session, entries: Sequence[Entry]) -> dict[int, bytes]:
    """What was refused for all of them, asked for one by one."""
    if len(entries) == 1:
        uid = entries[0].uid
        # A server may also refuse what is not there any more (RFC 2180, 4.1.2).
        return {uid: b""} if uid in session.uids(uid, uid) else {}
    return {uid: body for entry in entries for uid, body in bodies(session, [entry]).items()}


def entries(session: Session, uids: Sequence[int]) -> list[Entry]:
    """Sizes and dates of those that still exist. A server may refuse to speak of any, where one was deleted."""
    try:
        return session.entries(uids)
    except RefusedError as refused:
        left = [] if refused.temporary else sorted(set(uids) & set(session.uids(uids[0], uids[-1])))
        if refused.temporary or left == list(uids):
            raise
        return session.entries(left) if left else []
