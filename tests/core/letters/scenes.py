"""What happened before each golden letter.

The reader is Robin; now is Tuesday 3 March 2026, ten in the morning, or for a weekly letter the Monday before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.core.letters.desk import CADENCE, ROBIN, Desk, at, days, mail
from triage.core.acts import OWN, Act, Did
from triage.core.answers import Answers
from triage.core.helplines import Line
from triage.core.letter import Cadence, Composed, LetterKind, Only, Preferences, Sent
from triage.core.page import Letter
from triage.core.situation import Reader
from triage.core.values import Details, Event, Kind, Reason, Stage

NOW = at("2026-03-03 10:00")
MONDAY = at("2026-03-02 10:00")
TODAY = "2026-03-03 08:40"
PLAIN = replace(ROBIN, name="", tone="plain")
NUMBERS = replace(ROBIN, tone="numbers-first")

TIDEWELL = Details(company="Tidewell", role="Data Analyst", reason=Reason.NOT_STATED)
JOBFJORD = Details(company="Jobfjord", role="Reporting Analyst", reason=Reason.OTHER_CANDIDATE)
SKARV = Details(company="Skarv Maps", role="Geodata Analyst", reason=Reason.SKILLS_GAP)
NORTHLIGHT = Details(company="Northlight", role="Technical Writer", reason=Reason.NOT_STATED)
HALDEN = Details(company="Halden Rail", role="Planner", reason=Reason.POSITION_FILLED)
LANGMOOR = Details(company="Langmoor", role="Archivist")


ANSWERS = Answers(
    ("a walk by the water", "the blue armchair"), ("Kim",), "two careful applications", "soup, and early to bed"
)
OPEN_BOOK = replace(ROBIN, answers=ANSWERS)
ABROAD = replace(
    ROBIN,
    lines=(Line("Samaritans", "116 123", "free, day and night"), Line("Shout", "text 85258", "")),
    emergency="999",
)
THIS_WEEK = Sent(LetterKind.WEEKLY, MONDAY)
LAST_WEEK = Sent(LetterKind.WEEKLY, MONDAY - days(7))
LEAVING = Act(Did.LEAVING, at("2026-03-03 09:58"))


@dataclass(frozen=True, slots=True)
class Scene:
    """What earlier letters have told and the reader has done, and what the letter tells that is due now."""

    before: tuple[Event, ...]
    news: tuple[Event, ...]
    reader: Reader = ROBIN
    acts: tuple[Act, ...] = ()
    """What is to be confirmed."""
    done: tuple[Act, ...] = ()
    """What has been confirmed."""
    sent: tuple[Sent, ...] = (THIS_WEEK,)
    """Letters from before: usually that of the week has been, so that the next one is of the day."""
    now: datetime = NOW
    cadence: Cadence = CADENCE
    preferences: Preferences = field(default_factory=Preferences)
    locked_out: tuple[str, ...] = ()
    hosted: bool = False
    """The reader is a member of a service."""

    def desk(self) -> Desk:
        desk = Desk(self.reader, self.cadence, self.preferences, sent=list(self.sent))
        desk.locked_out, desk.hosted = self.locked_out, self.hosted
        desk.enter(*self.before, told=True)
        desk.do(*self.done)
        desk.confirmed = len(self.done)
        desk.do(*self.acts)
        desk.enter(*self.news)
        if self.now == MONDAY:
            desk.notice(self.now)
        return desk

    def letter(self, turn: int = 0, language: str = "en", *, formal: bool = False) -> tuple[Letter, Composed]:
        """The one letter that is due, with the wordings whose turn it is."""
        desk = self.desk()
        desk.language, desk.formal = language, formal
        if turn:
            desk.use_up(turn)
        (written,) = desk.letters(self.now)
        return written


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


def _week(
    before: tuple[Event, ...],
    news: tuple[Event, ...] = (),
    *,
    reader: Reader = ROBIN,
    done: tuple[Act, ...] = (),
    sent: tuple[Sent, ...] = (LAST_WEEK,),
) -> Scene:
    """A weekly letter, some weeks into the search."""
    first = got(Kind.ACKNOWLEDGEMENT, Details("Old Quay", "Surveyor"), "2026-02-05 12:00")
    return Scene((first, *before), news, reader, done=done, sent=sent, now=MONDAY)


def _long_search(weeks: int) -> Iterator[Event]:
    """A no a week, the latest in the week before last; some after a talk."""
    for ago in range(weeks, 1, -1):
        stage = Stage.INTERVIEW if ago % 4 == 0 else Stage.APPLICATION
        yield mail(Kind.REJECTION, MONDAY - days(7 * ago - 3), Details(f"Employer {ago}", f"Clerk {ago}", stage))


def unreadable(number: int) -> Event:
    """A mail of which nothing is known but when it came."""
    return replace(mail(Kind.UNREADABLE, f"2026-03-02 1{number}:00", Details()), key=f"unreadable {number}")


def plans() -> dict[str, Scene]:
    """Weekly letters for each thing there is to plan, by the block that says it."""
    calm = got(Kind.ACKNOWLEDGEMENT, NORTHLIGHT, "2026-02-24 12:00")
    late = tuple(
        no(Details(f"Employer {ago}", "Clerk"), f"2026-02-{20 - ago} 10:00", stage=Stage.INTERVIEW) for ago in (1, 4, 7)
    )
    wide = tuple(no(Details(f"Employer {n}", f"Role {n % 7}"), f"2026-02-{n + 5:02} 10:00") for n in range(10))
    narrow = tuple(
        mail(Kind.ACKNOWLEDGEMENT, MONDAY - days(60 - 7 * n), Details(f"Employer {n}", "Clerk")) for n in range(9)
    )
    skill = tuple(
        no(Details(f"Employer {n}", "Clerk"), f"2026-02-{n + 15} 10:00", feedback=(line,))
        for n, line in enumerate(("We looked for more SQL.", "SQL and figures were thin."))
    )
    fourth = mail(Kind.ACKNOWLEDGEMENT, MONDAY - days(29), Details("Early Bird", "Clerk"))
    long = tuple(
        mail(Kind.ACKNOWLEDGEMENT, MONDAY - days(7 * ago + 3), Details(f"Employer {ago}", f"Clerk {ago}"))
        for ago in (13, 10, 7, 4, 1)
    )
    helper = replace(ROBIN, volunteers=True)
    return {
        "plan-rounds": _week((*late, calm)),
        "plan-aim": _week((*wide, calm)),
        "plan-neighbours": replace(_week(()), before=narrow),
        "plan-own-name": replace(_week(()), before=(got(Kind.ACKNOWLEDGEMENT, SKARV, "2026-02-23 12:00"), calm)),
        "plan-measure": _week((fourth, calm)),
        "plan-skill": _week((*skill, calm)),
        "plan-volunteer": replace(_week((), reader=helper), before=long),
        "plan-matters": replace(_week(()), before=long),
        "plan-close": _week((*INVITED, no(received="2026-02-24 10:00", stage=Stage.FINAL), calm)),
    }


SCENES: dict[str, Callable[[], Scene]] = {
    "first-no": lambda: Scene((), (no(),), sent=()),
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
    "look-back": lambda: Scene((), tuple(map(_old, (no(HALDEN, "2026-02-11 10:00"), no(JOBFJORD), OPEN[1]))), sent=()),
    "look-back-hard-week": lambda: Scene((), tuple(map(_old, (*hard_week(), no()))), sent=()),
    "invitation": lambda: Scene((), (got(Kind.INTERVIEW, TIDEWELL, TODAY, interview_at="2026-03-12T14:30"),)),
    "task-with-deadline": lambda: Scene((), (got(Kind.ASSESSMENT, TIDEWELL, TODAY, deadline="2026-03-09"),)),
    "offer": lambda: Scene((), (got(Kind.OFFER, TIDEWELL, TODAY, deadline="2026-03-13"),)),
    "invitation-in-a-hard-week": lambda: Scene((*hard_week(), no()), (got(Kind.INTERVIEW, LANGMOOR, TODAY),)),
    "hostile-names": lambda: Scene(
        ONE_BEFORE,
        (
            no(
                company="<b>Evil</b>\r\nBcc: x@evil.example\u202e",
                role="{{7*7}} {0.__class__} %s https://evil.example/a",
            ),
        ),
    ),
    # What the reader has said about themselves
    "own-list": lambda: Scene(
        (*(no(JOBFJORD, "2026-02-26 10:00"), no(HALDEN, "2026-02-27 10:00")),), (no(feedback=("Clear.",)),), OPEN_BOOK
    ),
    "own-evening": lambda: Scene((*INVITED,), (no(stage=Stage.FINAL, reason=Reason.OTHER_CANDIDATE),), OPEN_BOOK),
    "own-person": lambda: Scene(
        (no(JOBFJORD, "2026-02-26 10:00"), no(HALDEN, "2026-02-27 10:00")), (no(reason=Reason.NOT_STATED),), OPEN_BOOK
    ),
    "helplines": lambda: Scene((*hard_week(),), (no(),), ABROAD),
    # A person wrote
    "ask-a-person": lambda: Scene(
        (*INVITED, OPEN[0]), (replace(no(reason=Reason.OTHER_CANDIDATE), human=True),), OPEN_BOOK
    ),
    # On one day with good news
    "mixed-day": lambda: Scene(ONE_BEFORE, (no(), got(Kind.INTERVIEW, SKARV, TODAY, interview_at="2026-03-12T14:30"))),
    "mixed-day-hard": lambda: Scene((*hard_week(),), (no(), got(Kind.INTERVIEW, LANGMOOR, TODAY))),
    # They come back
    "reopened": lambda: Scene(
        (no(received="2026-02-18 10:00"),), (got(Kind.INTERVIEW, TIDEWELL, TODAY, interview_at="2026-03-09"),)
    ),
    "reopened-with-an-offer": lambda: Scene((no(received="2026-02-18 10:00"),), (got(Kind.OFFER, TIDEWELL, TODAY),)),
    "after-long-silence": lambda: Scene(
        (got(Kind.ACKNOWLEDGEMENT, TIDEWELL, "2026-01-02 09:00"), got(Kind.SILENCE, TIDEWELL, "2026-02-16 09:00")),
        (got(Kind.INTERVIEW, TIDEWELL, TODAY),),
    ),
    # Around a talk
    "before-a-first-talk": lambda: Scene(
        (got(Kind.INTERVIEW, TIDEWELL, "2026-02-20 09:00", interview_at="2026-03-06T14:30"),), ()
    ),
    "before-with-notes": lambda: Scene(
        (
            got(Kind.INTERVIEW, HALDEN, "2026-01-20 09:00", interview_at="2026-01-27"),
            no(HALDEN, "2026-02-10 10:00", feedback=("You explained the plan well, and the figures less so.",)),
            no(SKARV, "2026-02-18 10:00", stage=Stage.FINAL),
            got(Kind.INTERVIEW, TIDEWELL, "2026-02-20 09:00", interview_at="2026-03-06T14:30"),
        ),
        (),
        OPEN_BOOK,
        done=(
            Act(
                Did.NOTE, at("2026-01-28 09:00"), application=1, text="They asked about a late train. I went too fast."
            ),
        ),
    ),
    "after-a-talk": lambda: Scene(
        (got(Kind.INTERVIEW, TIDEWELL, "2026-02-20 09:00", interview_at="2026-03-02T14:30"),), ()
    ),
    # What was asked for
    "paused": lambda: Scene(
        ONE_BEFORE,
        (no(),),
        acts=(Act(Did.STEP, at("2026-03-02 18:00")), Act(Did.PAUSED, at("2026-03-03 09:58"), text="2026-03-17")),
        preferences=Preferences(paused_until=at("2026-03-17 00:00")),
    ),
    "stopped": lambda: Scene(
        ONE_BEFORE, (), acts=(Act(Did.STOPPED, at("2026-03-03 09:58")),), preferences=Preferences(Only.NONE)
    ),
    "forgotten": lambda: Scene(ONE_BEFORE, (), acts=(Act(Did.FORGOT, at("2026-03-03 09:58")),)),
    "understood": lambda: Scene(
        (*ONE_BEFORE, OPEN[0]),
        (no(),),
        acts=tuple(
            Act(kind, at("2026-03-02 18:00"), application=2, text=text)
            for kind, text in (
                (Did.LET_GO, ""),
                (Did.NAMED, "Northlight"),
                (Did.CHANGED, "plain"),
                (Did.RESUMED, ""),
                (Did.CORRECTED, "interview"),
                (Did.NOTE, "A line."),
                (Did.STEP, ""),
                (Did.WITHDREW, ""),
                (Did.UNKNOWN, ""),
                (Did.UNKNOWN, "which"),
            )
        ),
    ),
    # The week
    "week": lambda: _week(
        (
            got(Kind.ACKNOWLEDGEMENT, NORTHLIGHT, "2026-02-24 12:00"),
            got(Kind.INTERVIEW, SKARV, "2026-02-25 12:00", interview_at="2026-03-11T10:00"),
            no(JOBFJORD, "2026-02-26 08:00"),
            replace(got(Kind.ACKNOWLEDGEMENT, HALDEN, "2026-02-26 12:00"), human=True, thread=("<mine>",)),
        ),
        done=(Act(Did.STEP, at("2026-02-27 20:00")),),
        reader=OPEN_BOOK,
    ),
    "week-hard": lambda: _week(
        (*list(hard_week())[:3],), (no(HALDEN, "2026-02-27 11:00"), no(received="2026-02-27 12:00"))
    ),
    "week-with-a-no-and-good-news": lambda: _week(
        (got(Kind.ACKNOWLEDGEMENT, NORTHLIGHT, "2026-02-24 12:00"),),
        (no(received="2026-02-27 12:00"), got(Kind.INTERVIEW, SKARV, "2026-03-02 09:40")),
    ),
    "week-of-silence": lambda: _week(
        (
            got(Kind.ACKNOWLEDGEMENT, NORTHLIGHT, "2026-02-14 12:00"),
            got(Kind.ACKNOWLEDGEMENT, HALDEN, "2026-01-14 12:00"),
            got(Kind.INTERVIEW, SKARV, "2026-02-11 12:00", interview_at="2026-02-18"),
            got(Kind.ACKNOWLEDGEMENT, JOBFJORD, "2026-02-09 12:00", answer_by="2026-02-27"),
            got(Kind.INTERVIEW, TIDEWELL, "2026-01-20 12:00", interview_at="2026-01-27"),
            got(Kind.QUIET, HALDEN, "2026-01-28 12:00"),
            got(Kind.QUIET, TIDEWELL, "2026-02-03 18:00"),
        ),
    ),
    "week-of-a-long-search-plain": lambda: _week(
        (*_long_search(24), got(Kind.ACKNOWLEDGEMENT, NORTHLIGHT, "2026-02-24 12:00")), reader=PLAIN
    ),
    "week-of-a-year": lambda: _week(
        (*_long_search(30), got(Kind.ACKNOWLEDGEMENT, NORTHLIGHT, "2026-02-24 12:00"), no(SKARV, "2026-02-26 09:00")),
        (no(received="2026-02-27 12:00"),),
    ),
    "week-that-ends-the-daily-notes": lambda: _week(
        (no(JOBFJORD, "2026-02-24 10:00"),),
        (no(received="2026-02-27 12:00"),),
        sent=tuple(Sent(LetterKind.DAILY, MONDAY - days(ago), asked=True) for ago in (20, 17, 13, 10)),
    ),
    "week-after-a-last-round": lambda: _week(
        (
            *INVITED,
            no(received="2026-02-24 10:00", stage=Stage.FINAL),
            got(Kind.ACKNOWLEDGEMENT, NORTHLIGHT, "2026-02-26 12:00"),
        )
    ),
    # What could not be read
    "one-unreadable": lambda: Scene(ONE_BEFORE, (unreadable(1), no())),
    "two-unreadable-and-an-invitation": lambda: Scene(
        (), (unreadable(1), unreadable(2), got(Kind.INTERVIEW, SKARV, TODAY))
    ),
    # What only the reader can mend
    "locked-out": lambda: Scene(ONE_BEFORE, (no(),), locked_out=("work",)),
    # Members of a service
    "member": lambda: Scene(ONE_BEFORE, (no(),), hosted=True),
    "member-leaving": lambda: Scene(ONE_BEFORE, (), acts=(LEAVING,), hosted=True),
    "member-left": lambda: Scene(
        ONE_BEFORE,
        (no(),),
        acts=(LEAVING, replace(LEAVING, kind=Did.LEFT)),
        preferences=Preferences(Only.NONE),
        hosted=True,
    ),
    "leaving-nothing": lambda: Scene(ONE_BEFORE, (), acts=(replace(LEAVING, text=OWN),)),
}
