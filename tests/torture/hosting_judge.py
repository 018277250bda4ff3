"""What is wrong with a hosted service that has come to rest, a sentence each; none where it keeps its promises."""

from __future__ import annotations

import base64
import re
import time
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage

from tests.rig.installed import letters, text_of
from tests.torture import hosting_audit as audit
from tests.torture.hosting_citizens import Citizen
from tests.torture.hosting_post import named
from tests.torture.hosting_town import Town
from tests.torture.spoken import by_imap, by_smtp

_NAMES = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+(?: (?:Group|Partners|Services|North|South|East|West))?")
"""What employers of the town are called."""
_SIGN_IN = re.compile(rb"^AUTH PLAIN (\S+)\r\n", re.MULTILINE)


def complaints(town: Town) -> Iterator[str]:
    """All that can be seen of it when nobody is at work any more."""
    yield from _rows(town)
    yield from _letters(town)
    yield from _strangers(town)
    yield from _posted(town)
    yield from _stale(town)
    yield from _crowds(town)
    yield from _words(town)


def _rows(town: Town) -> Iterator[str]:
    """Each refusal is one row, of its own company, with its own member; and nothing else is one."""
    found: dict[int, list[tuple[str, str]]] = {}
    for member, message_id, company in town.colony.ask("SELECT member, message_id, company FROM event"):
        found.setdefault(member, []).append((message_id, company))
    for one in town.citizens:
        rows = found.pop(one.person.number, [])
        counts = Counter(message_id for message_id, _ in rows)
        yield from (f"{one.person.handle}: {name} has no row" for name in one.refusals if not counts[name])
        yield from (f"{one.person.handle}: {name} has {count} rows" for name, count in counts.items() if count > 1)
        for name, company in rows:
            if one.refusals.get(name) != company:
                yield f"{one.person.handle}: a row of {company!r} is not theirs"
    yield from (f"{len(rows)} rows belong to nobody" for rows in found.values())


def _letters(town: Town) -> Iterator[str]:
    written: dict[int, set[str]] = {one.person.number: set() for one in town.citizens}
    asked = "SELECT member, message_id, sent IS NOT NULL FROM letter"
    for member, message_id, sent in town.colony.ask(asked):
        written.setdefault(member, set()).add(message_id)
        if not sent:
            yield f"member {member}: a letter is not delivered"
    for one in town.citizens:
        late = {name for name in town.post.late if name in written[one.person.number]}
        here = _letters_to(one)
        yield from (f"{one.person.handle}: {what}" for what in _theirs(one, here, written[one.person.number], late))
        yield from (f"{one.person.handle}: a letter is in another mailbox of theirs" for _ in _astray(one))


def _letters_to(one: Citizen) -> list[EmailMessage]:
    return letters(one.person.client.bodies()) if one.mails else []


def _astray(one: Citizen) -> list[EmailMessage]:
    return [letter for box in one.boxes[1:] if one.mails for letter in letters(box.client.bodies())]


def _theirs(one: Citizen, found: list[EmailMessage], written: set[str], late: set[str]) -> Iterator[str]:
    """What is wrong with the letters in one mailbox. Those that came `late` may be there twice; nobody could know."""
    there = Counter(str(letter["Message-ID"]) for letter in found)
    most = {name: 2 if name in late else 1 for name in there}
    yield from (f"a letter is there {count} times" for name, count in there.items() if count > most[name])
    yield from ("a letter that was sent is not there" for _ in written - set(there))
    yield from ("a letter is there that was written for somebody else" for _ in set(there) - written)
    yield from ("a letter is addressed to somebody else" for letter in found if str(letter["To"]) != one.address)
    each = {str(letter["Message-ID"]): text_of(letter) for letter in found}.values()
    told = Counter(name for text in each for name in set(_NAMES.findall(text.partition("Still open")[0])))
    own = set(one.refusals.values())
    yield from (f"{name} is told {told[name]} times" for name in sorted(own) if told[name] != 1)


def _strangers(town: Town) -> Iterator[str]:
    """Of whom a letter tells, and in whose mailbox one lies."""
    owner = {company: one for one in town.citizens for company in one.refusals.values()}
    for one in town.citizens:
        for letter in _letters_to(one):
            for name in set(_NAMES.findall(text_of(letter))):
                if owner.get(name, one) is not one:
                    yield f"{one.person.handle} was told of {name}, which is another member's"
    known = {box.client.user for one in town.citizens for box in one.boxes}
    here = {path.name for path in (town.colony.dovecot.root / "home").iterdir() if path.name.startswith(town.mark)}
    yield from (f"there is a mailbox of {name}, whom nobody knows" for name in sorted(here - known))


def _posted(town: Town) -> Iterator[str]:
    """Whose letters went by SMTP, and to whom."""
    owners = {one.person.number: one for one in town.citizens}
    written = {name: owners.get(member) for member, name in town.colony.ask("SELECT member, message_id FROM letter")}
    for letter in town.post.letters:
        one = written.get(named(letter))
        if one is None or one.post is None:
            yield "a letter was sent that nobody wanted sent"
        elif (letter.sender, *letter.recipients) != (one.address, one.address):
            yield f"{one.person.handle}: a letter was sent from or to somebody else"
    yield from (f"{name} was to be written to" for name in sorted(town.post.strangers))


def _stale(town: Town) -> Iterator[str]:
    yield from audit.stale(town.colony.ask("SELECT member, process, what FROM audit ORDER BY id"))


def complaints_at_work(town: Town) -> Iterator[str]:
    """What is wrong with the queue, while workers are at work.

    It is looked at twice, because one that has just died is not missed yet.
    """
    stuck = _stuck(town)
    forgotten = set(_forgotten(town))
    if stuck or forgotten:
        time.sleep(town.shape.takeover)
        yield from (f"job {job} of member {member} is in nobody's hand" for job, member in stuck & _stuck(town))
        yield from (f"member {member} is forgotten" for member in sorted(forgotten & set(_forgotten(town))))


def _stuck(town: Town) -> set[tuple[int, str]]:
    asked = (
        "SELECT job.id, job.args->>'member' FROM procrastinate_jobs job"
        " LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id WHERE job.status = 'failed'"
        " OR job.status = 'doing' AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %s))"
    )
    return {(job, member) for job, member in town.colony.ask(asked, town.shape.takeover)}


def _forgotten(town: Town) -> list[int]:
    """Active members with no job, whom the next sweep would not give one either; a job nobody does is none."""
    asked = (
        "SELECT id FROM member WHERE state = 'active' AND (due IS NULL OR due < now() + make_interval(secs => %s))"
        " AND NOT EXISTS (SELECT FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker"
        " ON worker.id = job.worker_id WHERE lock = 'member:' || member.id AND (status = 'todo'"
        " OR status = 'doing' AND worker.last_heartbeat > now() - make_interval(secs => %s)))"
    )
    return [row[0] for row in town.colony.ask(asked, town.shape.ahead / 2, town.shape.takeover)]


def _crowds(town: Town) -> Iterator[str]:
    for one in town.outside.everybody:
        if one.most > town.shape.cap:
            yield f"{one.host} had {one.most} connections at once, of {town.shape.cap} it bears"


def _words(town: Town) -> Iterator[str]:
    """What was said to the servers, and into the log."""
    for one in town.providers.values():
        for call in one.calls:
            yield from by_imap(bytes(call.said))
    for one in town.outside.posts.values():
        for call in one.calls:
            yield from by_smtp(bytes(call.said), _account(bytes(call.said)))
    said = town.colony.said()
    yield from ("the log tells of a fault of ours" for _ in range("Traceback" in said or "unexpected" in said))
    names = {name for one in town.citizens for name in (*one.refusals.values(), one.person.client.user)}
    yield from (f"the log holds {name}" for name in sorted(names) if name in said)


def _account(said: bytes) -> str:
    """Who signed in on this connection: whose the letter has to be. Empty where nobody has."""
    found = _SIGN_IN.search(said)
    return base64.b64decode(found[1]).split(b"\0")[1].decode() if found else ""
