"""The commands that show the search by application: `journey` all of them, `show` one with everything known of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from triage.cli.clock import utc_now
from triage.cli.history import (
    STAGES,
    Ahead,
    Spoken,
    activity,
    ahead,
    employer,
    history,
    lines_told,
    name,
    perhaps,
    quiet_days,
    spoken,
    stage,
)
from triage.cli.options import as_json, pass_settings
from triage.cli.rows import act_json, event_json
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import local, show_json
from triage.cli.tables import show as show_table
from triage.core.draft import Author, possible
from triage.core.journey import ENDED, State, reached, state
from triage.core.reply.phrases import norms
from triage.core.shown import shown
from triage.core.situation.counts import alive
from triage.core.values import NOTICES, Application, Details
from triage.errors import InputError

if TYPE_CHECKING:
    from triage.store import Work

_COLUMNS = ("id", "company", "role", "state", "stage", "first mail", "last mail", "next", "quiet")
_EMPTY = "No application is in the log so far. The first mail of an employer begins one."
_NONE_FITS = "No application is like that; `triage journey` alone shows all."
_WORDS = {
    State.OPEN: "open",
    State.TALKING: "talking",
    State.OFFERED: "offer",
    State.CLOSED: "a no",
    State.REOPENED: "open again",
    State.SILENT: "silent",
    State.LET_GO: "let go",
    State.WITHDRAWN: "withdrawn",
}
_MOST_LISTED = 12
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class View:
    """Whose clock it is, and what time."""

    zone: ZoneInfo
    now: datetime

    def day(self, moment: datetime) -> str:
        return local(moment, self.zone)[:10]


@click.command()
@click.option("--open", "only_open", is_flag=True, help="Only those that have not ended.")
@click.option("--state", "wanted", type=click.Choice([one.value for one in State]), help="Only those in this state.")
@as_json
@pass_settings
def journey(settings: Settings, only_open: bool, wanted: str | None, as_json: bool) -> None:
    """Show your search by application: where each stands, how far it has come, and what is next.

    \b
    triage journey                what heard something last comes first
    triage journey --open
    triage journey --state silent
    triage show 3                 everything about one of them

    The days under "quiet" are those since the last mail, of whatever has not ended with a no, an offer or a word of
    yours.
    """
    view = View(settings.config.reader.zone, utc_now())
    with existing(settings).reading() as work:
        every = work.log.applications()
    chosen = [one for one in every if (not only_open or alive(one)) and wanted in (None, state(one).value)]
    chosen.sort(key=lambda one: (activity(one), one.id), reverse=True)
    if as_json:
        show_json([_json(one, every, view) for one in chosen])
        return
    show_table("", _COLUMNS, [_row(one, view) for one in chosen], _NONE_FITS if every else _EMPTY)
    if chosen:
        click.echo(f"\n{_summary(chosen)}")
    _remark(chosen, every)


def _row(one: Application, view: View) -> tuple[str, ...]:
    times = [mail.received for mail in one.mails]
    waits = state(one) not in ENDED - {State.SILENT} | {State.OFFERED}
    return (
        str(one.id),
        employer(one),
        shown(one.role) or "-",
        _WORDS[state(one)],
        stage(one),
        view.day(min(times)) if times else "-",
        view.day(max(times)) if times else "-",
        _next(ahead(one, view.zone, view.now), view),
        f"{quiet_days(one, view.now)} d" if waits else "",
    )


def _next(one: Ahead | None, view: View) -> str:
    if one is None:
        return ""
    return f"{one.what} {local(one.at, view.zone) if one.at else one.day.isoformat()}"


def _summary(applications: Sequence[Application]) -> str:
    """How many there are, of which how many are open, talking, offers, and ended, and at which stage."""
    number = Counter(state(one) for one in applications)
    going = [f"{number[one]} {_plural(one, number[one])}" for one in State if number[one] and one not in ENDED]
    closed = Counter(reached(one) for one in applications if state(one) is State.CLOSED)
    stages = ", ".join(f"{closed[one]} after the {word}" for one, word in STAGES.items() if closed[one])
    ends = [f"{number[State.CLOSED]} with a no ({stages})"] if stages else []
    ends += [f"{number[one]} {_WORDS[one]}" for one in State if one in ENDED - {State.CLOSED} and number[one]]
    total = sum(number[one] for one in ENDED)
    parts = [*going, *([f"{total} ended: {', '.join(ends)}"] if total else [])]
    return f"{len(applications)} application{'s' * (len(applications) != 1)}: {'; '.join(parts)}."


def _plural(one: State, number: int) -> str:
    return _WORDS[one] + "s" * (one is State.OFFERED and number != 1)


def _remark(applications: Sequence[Application], every: Sequence[Application]) -> None:
    """Say which of them may be about another one, and how to say so."""
    for one in applications:
        others = " or ".join(str(other.id) for other in perhaps(one, every))
        if others:
            line = min(one.mails, key=lambda mail: mail.received).id
            click.echo(_perhaps(one.id, others, line), err=True)


def _perhaps(number: int, others: str, line: int) -> str:
    return f"{number} names no role and may be about {others}; `triage name {line} --role ROLE` puts it there."


@click.command()
@click.argument("application", nargs=-1, required=True)
@as_json
@pass_settings
def show(settings: Settings, application: tuple[str, ...], as_json: bool) -> None:
    """Show everything that is known of one APPLICATION: its mails, what you did, and the letters about it.

    \b
    triage show 3               by the number in `triage journey`
    triage show fjord analyst   by words of its company or role

    Sentences in “quotes” are the employer's own about you, where they are kept.
    """
    view = View(settings.config.reader.zone, utc_now())
    with existing(settings).reading() as work:
        one, every = _one_and_others(work, " ".join(application), view.now)
        about = spoken(one, work.acts.all(), work.outbox.letters())
    drafts = possible(one, every, Author(settings.config.reader.name, view.zone, view.now))
    if as_json:
        show_json(_everything(about, every, view) | {"drafts": [draft.value for draft in drafts]})
        return
    click.echo(f"{one.id}  {name(one)}\n")
    show_table("", ("what", "how"), list(_facts(one, view)), "")
    click.echo()
    show_table("", ("date", "#", "what", "said"), list(_lines(about, view)), "Nothing of it is in the log any more.")
    possible_now = [(f"triage draft {one.id} --kind {draft}", "a text to copy; nothing is sent") for draft in drafts]
    possible_now += _more(one)
    if possible_now:
        click.echo()
        show_table("", ("possible now", ""), possible_now, "")
    _remark([one], every)


def _one_and_others(work: Work, said: str, now: datetime) -> tuple[Application, Sequence[Application]]:
    """The application that is meant, and all others that it matters to: by its number without a look at the whole log.

    Those are what it may really be about (`perhaps`), and where an offer came lately (`possible`). Raises InputError.
    """
    one = work.search.application(int(said)) if _NUMBER.fullmatch(said) else None
    if one is None:
        every = work.log.applications()
        return _chosen(said, every), every
    first = min(one.mails, key=lambda mail: mail.received, default=None)
    alike = replace(first, details=Details(one.company)) if first else None
    there = (*work.search.living(now, {one.id}), *(work.search.near(alike) if alike else ()))
    return one, tuple({other.id: other for other in there}.values())


def _chosen(words_said: str, every: Sequence[Application]) -> Application:
    """The application that is meant. Raises InputError where there is none, or where it could be several."""
    for one in every:
        if str(one.id) == words_said:
            return one
    found = [one for one in every if _is_meant(words_said, one)]
    if len(found) == 1:
        return found[0]
    said = shown(words_said)
    if not found:
        raise InputError(f"There is no application '{said}'; `triage journey` shows them all, with their numbers.")
    listed = "\n".join(f"  {one.id}  {name(one)} ({_WORDS[state(one)]})" for one in found[-_MOST_LISTED:])
    more = f"\n  and {len(found) - _MOST_LISTED} before these" if len(found) > _MOST_LISTED else ""
    raise InputError(f"'{said}' fits {len(found)} applications; name one by its number:\n{listed}{more}")


def _is_meant(said: str, one: Application) -> bool:
    """Is each of these words the beginning of a word of its names?"""
    names = [one.company, one.role, one.reference, *(mail.details.company for mail in one.mails)]
    known = [word for named in names for word in norms(named)]
    wanted = norms(said)
    return bool(wanted) and all(any(word.startswith(part) for word in known) for part in wanted)


def _facts(one: Application, view: View) -> Iterator[tuple[str, str]]:
    times = [mail.received for mail in one.mails]
    yield "state", _WORDS[state(one)]
    yield "reached", stage(one)
    if one.reference:
        yield "reference", shown(one.reference)
    if times:
        yield "first mail", view.day(min(times))
        yield "last mail", f"{view.day(max(times))}, {_ago(quiet_days(one, view.now))}"
        senders = dict.fromkeys(shown(mail.sender_domain) for mail in one.mails if mail.sender_domain)
        yield from [("from", ", ".join(senders))] if senders else []
    coming = ahead(one, view.zone, view.now)
    if coming:
        yield "next", _next(coming, view)


def _ago(days: int) -> str:
    return f"{days} day{'s' * (days != 1)} ago" if days else "less than a day ago"


def _lines(about: Spoken, view: View) -> Iterator[tuple[str, ...]]:
    for line in history(about, view.zone):
        first, *more = line.said or ("",)
        yield local(line.at, view.zone), str(line.line or ""), line.what, first
        for text in more:
            yield "", "", "", text


def _more(one: Application) -> list[tuple[str, str]]:
    """What can be said of it by command."""
    last = one.events[-1] if one.events else None
    found = [(f"triage note {one.id} TEXT", "a few lines to remember")] if alive(one) else []
    if last is not None and last.kind in NOTICES and state(one) not in (State.LET_GO, State.WITHDRAWN):
        found.append((f"triage let-go {one.id}", "to wait no longer"))
    return found


def _json(one: Application, every: Iterable[Application], view: View) -> dict[str, Any]:
    """An application as programs get it; texts are empty and dates null where nothing is known."""
    times = [mail.received for mail in one.mails]
    coming = ahead(one, view.zone, view.now)
    return {
        "id": one.id,
        "company": one.company,
        "role": one.role,
        "reference": one.reference,
        "state": state(one).value,
        "stage": reached(one).value,
        "first_mail": min(times).isoformat() if times else None,
        "last_mail": max(times).isoformat() if times else None,
        "next": coming and {"what": coming.what, "on": (coming.at or coming.day).isoformat()},
        "quiet_days": quiet_days(one, view.now),
        "mails": len(one.mails),
        "perhaps": [other.id for other in perhaps(one, tuple(every))],
    }


def _everything(about: Spoken, every: Iterable[Application], view: View) -> dict[str, Any]:
    one = about.application
    ids = [event.id for event in one.events]
    letters = [
        {
            "kind": letter.kind.value,
            "written": letter.composed.isoformat(),
            "sent": letter.sent and letter.sent.isoformat(),
            "told": list(lines_told(letter, ids)),
        }
        for letter in about.letters
    ]
    told = {"events": [event_json(event) for event in one.events], "acts": [act_json(act) for act in about.acts]}
    return _json(one, every, view) | told | {"letters": letters}
