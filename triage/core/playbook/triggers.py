"""When a tip fits: one small question about a situation each, by the name that the playbook's rows use.

A trigger asks only about the reader's search. Whether a letter may offer anything at all that day is the place's
business (`core.playbook.allowance`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta

from triage.core.situation import Situation
from triage.core.situation.told import LATER, TALKED
from triage.core.values import Reason

Trigger = Callable[[Situation], bool]

_COMPARED = frozenset({Reason.OTHER_CANDIDATE, Reason.SKILLS_GAP})
_DAYLIGHT = time(8), time(15)
_EVENING = time(16)


def _common(now: Situation) -> bool:
    return now.counts.ever == 1 or now.counts.week in (3, 4)


def _compared(now: Situation) -> bool:
    no = now.furthest
    return no is not None and no.reason in _COMPARED and no.stage not in LATER


def _talked(now: Situation) -> bool:
    return now.furthest is not None and now.furthest.stage in TALKED


def _person_talked(now: Situation) -> bool:
    return any(no.stage in TALKED and no.human for no in now.rejections)


def _past_the_first_round(now: Situation) -> bool:
    return now.furthest is not None and now.furthest.stage in LATER


def _matter_of_fact(now: Situation) -> bool:
    return now.tone != "gentle" and now.furthest is not None


def _second_early(now: Situation) -> bool:
    return now.counts.week >= 2 and now.furthest is not None and now.furthest.stage not in LATER


def _long_or_many(now: Situation) -> bool:
    early = now.furthest is not None and now.furthest.stage not in LATER
    return early and (now.counts.week >= 3 or now.counts.weeks >= 12)


def _run(now: Situation) -> bool:
    return now.counts.week in (3, 4)


def _ended_days_ago(now: Situation) -> bool:
    return now.ended is not None and now.now - now.ended.received >= timedelta(days=3)


TRIGGERS: Mapping[str, Trigger] = {
    # A letter of the day
    "common": _common,
    "compared": _compared,
    "talked": _talked,
    "person-talked": _person_talked,
    "past-the-first-round": _past_the_first_round,
    "matter-of-fact": _matter_of_fact,
    "second-early": _second_early,
    "long-or-many": _long_or_many,
    "run-and-list": lambda now: _run(now) and bool(now.reader.answers.good),
    "run-by-day": lambda now: _run(now) and _DAYLIGHT[0] <= now.now.time() <= _DAYLIGHT[1],
    "hard": lambda now: now.heavy or now.final,
    "evening": lambda now: now.now.time() >= _EVENING,
    # The weekly letter
    "stops-late": lambda now: now.counts.late >= 3 and not now.offer,
    "wide": lambda now: now.counts.early >= 10 and not now.counts.invited and now.counts.titles >= 6,
    "narrow": lambda now: (
        now.counts.applications >= 8 and now.counts.roles == 1 and now.counts.weeks >= 8 and not now.counts.invited
    ),
    "new-and-calm": lambda now: now.counts.weeks <= 2 and not now.rejections and not now.counts.week,
    "fourth-week": lambda now: now.counts.weeks >= 4 and now.counts.weeks % 4 == 0,
    "named-twice": lambda now: bool(now.skill),
    "volunteers": lambda now: now.reader.volunteers and now.counts.weeks >= 12,
    "ended-days-ago": _ended_days_ago,
    "six-weeks": lambda now: now.counts.weeks >= 6,
    # The letter before a talk
    "talk": lambda now: now.talk is not None,
    "notes": lambda now: now.talk is not None and bool(now.talk.notes or now.talk.feedback),
    "invited-after-a-no": lambda now: now.talk is not None and now.talk.after_a_no,
    "invited-after-a-final-no": lambda now: now.talk is not None and now.talk.after_a_final_no,
}
"""Every trigger by its name."""
