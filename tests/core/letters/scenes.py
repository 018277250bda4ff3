"""What happened before each golden letter. The reader is Robin; now is Tuesday 3 March 2026, ten in the morning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.core.letters.desk import ROBIN, Desk, at, mail
from triage.core.situation import Reader
from triage.core.values import Details, Event, Kind, Reason, Stage

NOW = at("2026-03-03 10:00")
TODAY = "2026-03-03 08:40"
PLAIN = replace(ROBIN, name="", tone="plain")
NUMBERS = replace(ROBIN, tone="numbers-first")

TIDEWELL = Details(company="Tidewell", role="Data Analyst", reason=Reason.NOT_STATED)
JOBFJORD = Details(company="Jobfjord", role="Reporting Analyst", reason=Reason.OTHER_CANDIDATE)
SKARV = Details(company="Skarv Maps", role="Geodata Analyst", reason=Reason.SKILLS_GAP)
NORTHLIGHT = Details(company="Northlight", role="Technical Writer", reason=Reason.NOT_STATED)
HALDEN = Details(company="Halden Rail", role="Planner", reason=Reason.POSITION_FILLED)


@dataclass(frozen=True, slots=True)
class Scene:
    """What an earlier letter has told, and what the letter at ten o'clock tells."""

    before: tuple[Event, ...]
    news: tuple[Event, ...]
    reader: Reader = ROBIN

    def desk(self) -> Desk:
        desk = Desk(self.reader)
        desk.enter(*self.before, told=True)
        desk.enter(*self.news)
        return desk


def no(details: Details = TIDEWELL, received: str = TODAY, **more: object) -> Event:
    return mail(Kind.REJECTION, received, _with(details, more))


def _with(details: Details, more: dict[str, object]) -> Details:
    return replace(details, **more)  # type: ignore[arg-type]  # a test names fields of Details


def got(kind: Kind, details: Details, received: str, **more: object) -> Event:
    return mail(kind, received, _with(replace(details, reason=Reason.NONE), more))


def hard_week() -> Iterator[Event]:
    """Four times no in the days before."""
    for details, day in ((JOBFJORD, 25), (SKARV, 26), (NORTHLIGHT, 26), (HALDEN, 27)):
        yield no(details, f"2026-02-{day} 11:00")


ONE_BEFORE = (no(HALDEN, "2026-02-18 10:10"),)
OPEN = (got(Kind.ACKNOWLEDGEMENT, NORTHLIGHT, "2026-02-24 12:00"), got(Kind.INTERVIEW, SKARV, "2026-02-27 12:00"))
INVITED = (*ONE_BEFORE, got(Kind.INTERVIEW, TIDEWELL, "2026-02-16 09:00"))


def _old(event: Event) -> Event:
    return replace(event, lookback=True)


SCENES: dict[str, Callable[[], Scene]] = {
    "first-no": lambda: Scene((), (no(),)),
    "first-no-plain-nameless": lambda: Scene((), (no(),), PLAIN),
    "second-no-other-candidate": lambda: Scene((*ONE_BEFORE, *OPEN), (no(reason=Reason.OTHER_CANDIDATE),)),
    "third-no-this-week": lambda: Scene(
        (no(JOBFJORD, "2026-02-26 10:00"), no(HALDEN, "2026-02-27 10:00"), *OPEN), (no(reason=Reason.NOT_STATED),)
    ),
    "third-no-numbers-first": lambda: Scene(
        (no(JOBFJORD, "2026-02-26 10:00"), no(HALDEN, "2026-02-27 10:00"), *OPEN), (no(),), NUMBERS
    ),
    "three-at-once": lambda: Scene(
        (*ONE_BEFORE, OPEN[1]),
        (no(), no(JOBFJORD), no(NORTHLIGHT, stage=Stage.INTERVIEW, feedback=("Kept for later.",))),
    ),
    "fifth-this-week": lambda: Scene((*hard_week(), OPEN[1]), (no(),)),
    "five-at-once": lambda: Scene((), (*hard_week(), no())),
    "after-screen": lambda: Scene(ONE_BEFORE, (no(stage=Stage.SCREEN, reason=Reason.SKILLS_GAP),)),
    "after-interview": lambda: Scene((*INVITED, OPEN[0]), (no(reason=Reason.OTHER_CANDIDATE),)),
    "after-final": lambda: Scene((*INVITED, OPEN[0]), (no(stage=Stage.FINAL, reason=Reason.OTHER_CANDIDATE),)),
    "role-stopped": lambda: Scene((*ONE_BEFORE, OPEN[0]), (no(reason=Reason.POSITION_CLOSED),)),
    "role-filled": lambda: Scene(ONE_BEFORE, (no(reason=Reason.POSITION_FILLED),)),
    "overqualified": lambda: Scene(ONE_BEFORE, (no(reason=Reason.OVERQUALIFIED),)),
    "own-reason": lambda: Scene(ONE_BEFORE, (no(reason=Reason.OTHER),)),
    "feedback-and-reapply": lambda: Scene(ONE_BEFORE, (no(feedback=("Your maps were clear.",), reapply=True),)),
    "long-wait": lambda: Scene((*ONE_BEFORE, got(Kind.ACKNOWLEDGEMENT, TIDEWELL, "2026-01-12 09:00")), (no(),)),
    "no-beside-good-news": lambda: Scene((*ONE_BEFORE, got(Kind.INTERVIEW, SKARV, "2026-03-02 16:00")), (no(),)),
    "no-and-unsure": lambda: Scene(ONE_BEFORE, (no(), got(Kind.UNSURE, JOBFJORD, TODAY))),
    "hard-week-and-unsure": lambda: Scene((*hard_week(),), (no(), got(Kind.UNSURE, JOBFJORD, TODAY))),
    "unsure-alone": lambda: Scene((), (got(Kind.UNSURE, Details(), TODAY),)),
    "nobody-knows-who": lambda: Scene((), (replace(no(Details(reason=Reason.NOT_STATED)), sender_domain=""),)),
    "look-back": lambda: Scene((), tuple(map(_old, (no(HALDEN, "2026-02-11 10:00"), no(JOBFJORD), OPEN[1])))),
    "look-back-hard-week": lambda: Scene((), tuple(map(_old, (*hard_week(), no())))),
    "invitation": lambda: Scene((), (got(Kind.INTERVIEW, TIDEWELL, TODAY, interview_at="2026-03-12T14:30"),)),
    "task-with-deadline": lambda: Scene((), (got(Kind.ASSESSMENT, TIDEWELL, TODAY, deadline="2026-03-09"),)),
    "offer": lambda: Scene((), (got(Kind.OFFER, TIDEWELL, TODAY, deadline="2026-03-13"),)),
    "invitation-in-a-hard-week": lambda: Scene((*hard_week(), no()), (got(Kind.INTERVIEW, SKARV, TODAY),)),
    "hostile-names": lambda: Scene(
        ONE_BEFORE,
        (
            no(
                company="<b>Evil</b>\r\nBcc: x@evil.example\u202e",
                role="{{7*7}} {0.__class__} %s https://evil.example/a",
            ),
        ),
    ),
}
