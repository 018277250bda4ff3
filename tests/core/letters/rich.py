"""Letters for the eye: one with everything a letter can have, and one whose names do their worst."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from triage import resources
from triage.core import compose
from triage.core.letter import Composed, LetterKind
from triage.core.page import Bar, Letter, Section

NOW = datetime(2026, 3, 9, 10, tzinfo=ZoneInfo("Europe/Stockholm"))
SEAL = compose.Seal("robin@example.org", "Robin", "en", b"a secret only these tests have")
TEMPLATES = compose.environment(resources.templates(None))

DRAFT = """\
Dear Ms Okafor,

thank you for telling me, and for the time you and your colleagues took on 24 February.
Was there one thing in my answers that would have helped?
If you cannot share this, I understand.

Kind regards
Robin"""

RICH = Letter(
    kind=LetterKind.WEEKLY,
    subject="Your week, Monday 9 March",
    greeting="Hello Robin. This is your week up to Monday 9 March. It is for you alone, and it keeps until you have "
    "a quiet moment.",
    sections=(
        Section(
            paragraphs=(
                "This week brought two mails that read as a no, one invitation, and four confirmations.",
                "Disappointed, tired, or mostly busy: any of these fits a week like this one.",
            )
        ),
        Section(
            "What the week was like",
            ("Each row is a day, with the mails that came and the steps you noted.",),
            (
                Bar("Monday", 3, "two mails, one step"),
                Bar("Tuesday", 0, "nothing came"),
                Bar("Wednesday", 1, "one mail"),
                Bar("Thursday", 5, "three mails, two steps"),
                Bar("Friday", 2, "one mail, one step"),
            ),
        ),
        Section(
            "Still open",
            items=(
                "Tallow & Finch, Science Editor: last mail Monday 9 March",
                "Östermalms Förlag AB, Redaktör för läromedel: last mail Thursday 5 March",
                "Saltmarsh Museum, Exhibition Writer: quiet for 24 days",
            ),
        ),
        Section(
            "If you would like to ask Harbour Lane",
            ("A draft to copy and change. It goes nowhere unless you send it.",),
            copy=DRAFT,
        ),
        Section(paragraphs=("The next note comes when there is something to tell, and not before.",)),
    ),
    footer=(
        "If it gets too much, you can talk to someone today. You need not be in crisis to call. Numbers for your "
        "country are at findahelpline.com.",
        "You can answer this letter: “pause 7d”, “weekly only”, “stop”. A program on your own computer wrote it "
        "from ready-made sentences.",
    ),
    events=(),
    wordings=(),
)

_WORST = (
    "<script>document.body.textContent = 'gone'</script>",
    "</style></title></div></td></table><img src=http://employer.example/x.png><link rel=stylesheet href=//x.example>",
    '" style="background-image: url(http://employer.example/x.png)" onmouseover="alert(1)',
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
    "https://careers.employer.example/" + "a" * 200,
    "שלום عالم 株式会社 👩‍👩‍👧‍👦 \u202edesrever\u202c",
)
HOSTILE = Letter(
    kind=LetterKind.DAILY,
    subject=_WORST[1],
    greeting=_WORST[0],
    sections=tuple(
        Section(worst, (worst,), (Bar("Mon", 40, worst), Bar("Tue", 1, worst)), (worst,), worst) for worst in _WORST
    ),
    footer=_WORST,
    events=(),
    wordings=(),
)


def mailed(letter: Letter) -> Composed:
    """This letter as a mail."""
    return compose.compose(letter, "<1@example.org>", SEAL, TEMPLATES, NOW)
