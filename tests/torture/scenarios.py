"""Runs of the program to be killed at every point: what was before, what is run, and what sets it right again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec

from tests.torture import kill_before as been
from tests.torture.kill_ground import COMMAND, DECRYPT, POLL, Run, Scene, Tables, command
from tests.torture.kill_seen import Rows
from tests.torture.world import NOW

AFTERWARDS = timedelta(minutes=15)
"""When the program is back: after all that an accepted letter may take to arrive."""

CIPHER = find_spec("sqlcipher3") is not None
"""Is there what encrypts a store?"""


def _nothing(_scene: Scene) -> Rows:
    return Counter()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run. `before` fills the place; recovery is a look, after a command that did nothing has been typed again."""

    name: str
    before: Callable[[Scene], None]
    run: Run = field(default_factory=Run)
    tables: Tables = been.inbox
    beside: Callable[[Scene], Rows] = _nothing
    """What there is to see beside the log and the inbox."""
    rows: int = 1
    letters: int = 1
    """What an undisturbed run comes to, in the log and in the inbox: what was planted, and told."""

    back: str = POLL
    """What is called when the program is back."""

    @property
    def recovery(self) -> Run:
        return Run(self.run.at + AFTERWARDS, call=self.back)

    @property
    def again(self) -> bool:
        """Is it for a person to see whether anything was done, and if not, to do it again?"""
        return bool(self.run.words) and self.back == POLL


SCENARIOS = (
    Scenario("first-start", been.nothing, rows=0, letters=0),
    Scenario("look-back", been.old_mail, rows=11),
    Scenario("daily", been.three_noes, rows=3),
    Scenario("mixed", been.good_and_bad, rows=4),
    Scenario("two-letters", been.good_news_after_a_talk, Run(been.AFTER_TALK), rows=2, letters=4),
    Scenario("weekly", been.a_week, Run(been.NEXT_MONDAY), rows=2, letters=2),
    Scenario("before-a-talk", been.invited, Run(been.NEXT_MONDAY), letters=2),
    Scenario("after-a-talk", been.talked, Run(been.AFTER_TALK), letters=3),
    Scenario("reopened", been.reopened, Run(been.NEXT_DAY), rows=2, letters=2),
    Scenario("silence", been.long_silence, Run(been.NEXT_MONDAY), rows=4),
    Scenario(
        "maildir-courier", been.three_noes, tables=been.into_maildir, beside=been.maildir_letters, rows=3, letters=0
    ),
    Scenario(
        "maildir-mailbox", been.maildir_noes, tables=been.from_maildir, beside=been.maildir_letters, rows=3, letters=0
    ),
    Scenario("smtp", been.three_noes, tables=been.by_smtp, rows=3),
    Scenario("tls", been.three_noes, tables=been.by_tls, rows=3),
    Scenario("two-folders", been.in_two_folders, tables=been.two_folders, rows=5),
    Scenario("renumbered", been.renumbered, Run(been.NEXT_DAY), rows=10, letters=2),
    Scenario("tried-before", been.tried_before, Run(NOW + been.HOUR)),
    Scenario("arrived-unmarked", been.arrived_unmarked, Run(NOW + been.HOUR)),
    Scenario("reply-pause", been.replied("pause 7d"), Run(been.NEXT_DAY), rows=2, letters=2),
    Scenario("reply-corrects", been.replied("not a rejection"), Run(been.NEXT_DAY), rows=2, letters=2),
    Scenario("reply-several", been.replied("done", "plain", "weekly only"), Run(been.NEXT_DAY), rows=2),
    Scenario("reply-forget", been.replied("forget this"), Run(been.NEXT_DAY), beside=been.traces, letters=3),
    Scenario("reply-note", been.noted, Run(been.AFTER_TALK + timedelta(days=1)), letters=3),
    Scenario("from-0001", been.older("0001"), rows=3),
    Scenario("from-0002", been.older("0002"), rows=3),
    Scenario("correct", been.told, command("correct", "1", "--kind", "other")),
    Scenario("forget", been.told_and_copied, command("forget", "1", "--yes"), beside=been.traces, rows=0),
    Scenario("backup", been.told, command("backup")),
    Scenario("daily-backup", been.told_and_copied, Run(been.NEXT_DAY, call=POLL)),
    Scenario("restore", been.told_since_the_copy, command("restore", "--yes", at=been.NEXT_DAY), rows=2, letters=2),
    *([Scenario("encrypt", been.copied_by_itself, command("encrypt"), been.encrypted, back=DECRYPT)] if CIPHER else []),
    Scenario("note", been.told, command("note", "1", "Ask about the team.")),
    Scenario("name", been.told, command("name", "1", "--company", "Fjord", "--role", "Cook")),
    Scenario("pause", been.told, command("pause", "until", f"{been.TODAY + timedelta(days=200):%Y-%m-%d}")),
    Scenario(
        "draft",
        been.talked_today,
        Run(been.TODAY, ("draft", "1", "--kind", "thanks", "--put"), COMMAND),
        tables=been.with_drafts,
        beside=been.drafts,
        letters=2,
    ),
    Scenario("week-away", been.week_away, rows=20),
)


def named(name: str) -> Scenario:
    """The scenario with this name. Raises KeyError."""
    return {one.name: one for one in SCENARIOS}[name]
