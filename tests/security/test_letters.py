"""Whatever employers and replies say, a letter stays a letter: no header, element, link or line that is not ours."""

from __future__ import annotations

import ast
import random
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from email.header import Header
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from tests.at_work import judge
from tests.core.letters.desk import Desk, mail
from tests.core.letters.reading import elements, parsed, part
from tests.core.letters.rich import RICH, SEAL
from tests.core.letters.rich import TEMPLATES as TEMPLATES_READ
from tests.core.letters.scenes import NOW, Scene
from tests.core.letters.writing import scenes
from tests.core.test_shown import AUTO_LINKED
from tests.security.hostile import MARK, text
from triage import resources
from triage.core import compose
from triage.core.acts import Act, Did
from triage.core.compose import HEADERS
from triage.core.judge import Lessons
from triage.core.letter import Composed, LetterKind
from triage.core.message import parse
from triage.core.values import Cursor, Event, Kind, RawMessage

ROUNDS = 8
STRINGS = 10_000
"""What the rounds are to come to."""
ELEMENTS = frozenset(
    {"html", "head", "meta", "title", "style", "body", "div", "p", "h1", "h2"}
    | {"ul", "li", "br", "table", "tbody", "tr", "td", "span"}
)
ATTRIBUTES = frozenset({"lang", "charset", "name", "content", "style", "class", "role", "aria-hidden"})
OWN_LINKS = re.compile(r"(?:www\.)?(?:findahelpline|befrienders)\.(?:com|org)")
"""The only addresses of ours that a letter may name."""
SUBJECT = re.compile(r"[\w ,:’'–-]+")
_OWN_WORDS = {Did.NOTE, Did.NAMED, Did.UNKNOWN}


class Words:
    """A hostile word for each word of a scene, the same one each time, so that applications stay together."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.given: dict[str, str] = {}

    def for_(self, word: str) -> str:
        if word and word not in self.given:
            self.given[word] = text(self._chance)
        return self.given.get(word, "")


def hostile(scene: Scene, words: Words) -> Scene:
    """The scene as it is, with every word that comes from a mail or from a reply replaced."""
    return replace(
        scene,
        before=tuple(_event(one, words) for one in scene.before),
        news=tuple(_event(one, words) for one in scene.news),
        acts=tuple(_act(one, words) for one in scene.acts),
        done=tuple(_act(one, words) for one in scene.done),
    )


def _event(event: Event, words: Words) -> Event:
    old = event.details
    timed = len(old.interview_at) > len("2026-01-01")
    details = replace(
        old,
        company=words.for_(old.company),
        role=words.for_(old.role),
        reference=words.for_(f"reference {event.key}"),
        feedback=tuple(words.for_(line) for line in old.feedback or (f"feedback {event.key}",)),
        interview_at=f"{old.interview_at} {words.for_('zone')}" if timed else old.interview_at,
    )
    return replace(event, details=details, sender_domain=words.for_(event.key))


def _act(act: Act, words: Words) -> Act:
    return replace(act, text=words.for_(act.text or "-")) if act.kind in _OWN_WORDS and act.text != "which" else act


def written(chance: random.Random) -> tuple[list[Composed], set[str]]:
    """The letters of all scenes, and the hostile words that went into them."""
    letters: list[Composed] = []
    used: set[str] = set()
    for scene in scenes().values():
        words = Words(chance)
        made = hostile(scene, words)
        letters += [mailed for _, mailed in made.desk().letters(made.now)]
        used |= set(words.given.values())
    return letters, used


def header_names(data: bytes) -> list[str]:
    """As a mail server sees them: the lines before the first empty one, folded ones joined."""
    head = data.partition(b"\r\n\r\n")[0].decode("ascii")
    return [line.partition(":")[0] for line in re.sub(r"\r\n[ \t]", " ", head).split("\r\n")]


def check_headers(mailed: Composed) -> None:
    """Asserted on the bytes, because what a parser makes of them may be kinder."""
    head = mailed.data.partition(b"\r\n\r\n")[0]
    assert sorted(header_names(mailed.data)) == sorted(HEADERS)
    assert MARK.encode() not in head.lower()
    message = parsed(mailed)
    assert SUBJECT.fullmatch(str(message["Subject"])), "words of ours, plain ones"
    assert str(message["To"]) == "Robin <robin@example.org>"
    assert message.get_all("Bcc", []) + message.get_all("Cc", []) + message.get_all("Reply-To", []) == []


def check_lines(data: bytes) -> None:
    """RFC 5321, 4.5.2 and 4.1.1.4: no line that could end a letter early for anybody, however they read line ends."""
    assert data.isascii()
    assert b"\0" not in data
    assert data.replace(b"\r\n", b"").count(b"\n") == data.replace(b"\r\n", b"").count(b"\r") == 0
    lines = data.split(b"\r\n")
    assert not [line for line in lines if line.startswith((b".", b"From "))]
    assert max(map(len, lines)) <= 78
    (bound,) = re.findall(rb'\r\n boundary="(.+)"\r\n', data)
    assert [line for line in lines if line.startswith(b"--=_")] == [b"--" + bound] * 2 + [b"--" + bound + b"--"]


def check_text(shown: str) -> None:
    """Nothing hidden, nothing that is run, and nothing that turns into a link."""
    assert not {unicodedata.category(c) for c in shown if c != "\n"} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not AUTO_LINKED.search(OWN_LINKS.sub("", shown))
    assert "1787569" not in shown, "a template in a name was filled in"
    assert "<class" not in shown


def check_page(html: str) -> None:
    assert {one.tag for one in elements(html)} <= ELEMENTS
    assert {name for one in elements(html) for name in one.attrs} <= ATTRIBUTES
    assert not [one for one in elements(html) if re.search(r"url|//|import|expression", str(one.attr("style")))]


def check(mailed: Composed) -> None:
    check_headers(mailed)
    check_lines(mailed.data)
    html = part(mailed, "html")
    check_page(html)
    check_text(part(mailed, "plain"))
    check_text("\n".join(one.text for one in elements(html)))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_letter_stays_a_letter(seed: int) -> None:
    letters, used = written(random.Random(seed))
    assert len(used) >= STRINGS / ROUNDS
    assert {one.kind for one in letters} == set(LetterKind)
    told: Counter[bool] = Counter()
    for mailed in letters:
        check(mailed)
        told[MARK in part(mailed, "plain")] += 1
    assert told[True] > 4 * told[False], "the words themselves are told"


NAMES = (
    "A \U0001f4a9 =?UTF-8?Q?=0A?=Bcc: i@e.com",
    "=?UTF-8?Q?=0A?=Bcc: i@e.com",
    "Robin =?utf-8?q?=0D=0ABcc=3A_e=40x.y?=",
    "=?=?utf-8?b?DQpCY2M6IGVAeC55?=",
    "Robin\u2028Bcc: x",
    "=?utf-8?q?=0A?= " * 9,
)


@pytest.mark.parametrize("name", NAMES)
def test_not_even_the_readers_own_name_becomes_a_header(name: str) -> None:
    """Who writes a name into a configuration may have copied it from somebody else."""
    made = compose.compose(RICH, "<1@example.org>", replace(SEAL, name=name), TEMPLATES_READ, NOW)
    assert sorted(header_names(made.data)) == sorted(HEADERS)
    check_lines(made.data)


# --- From the bytes of a mail ---------------------------------------------------------------------------------------

MAILS = 20
SORRY = "After careful consideration we have decided not to move forward with your application."


def hostile_mail(chance: random.Random) -> bytes:
    """A no whose sender, subject and words do their worst; its header as raw as can be, or encoded."""
    company, role, said = (text(chance).replace("\ud800", "") for _ in range(3))
    head = {"From": f'"{company}" <jobs@{MARK}.example>', "Subject": f"Your application for {role} at {company}"}
    coded = chance.random() < 0.5
    lines = [f"{name}: {Header(value, 'utf-8').encode() if coded else value}" for name, value in head.items()]
    body = f"Thank you for applying for the {role} position at {company}. {SORRY}\n\n{said}\n\n{company}"
    return "\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", body]).encode()


def test_from_the_bytes_of_a_mail_to_the_bytes_of_a_letter() -> None:
    chance, told = random.Random(MAILS), 0
    for _ in range(MAILS):
        raw = RawMessage(Cursor("home", "INBOX", 1, 1), NOW - timedelta(hours=2), hostile_mail(chance))
        message = parse(raw)
        verdict, details = judge().verdict(message, Lessons())
        desk = Desk()
        desk.enter(mail(Kind.REJECTION, raw.received, details, domain=message.sender.domain))
        ((_, mailed),) = desk.letters(NOW)
        check(mailed)
        told += MARK in part(mailed, "plain") and verdict.kind is Kind.REJECTION
    assert told > MAILS / 4


# --- One place for each thing ---------------------------------------------------------------------------------------

ROOT = Path(__file__).parents[2]
PYTHON = sorted((ROOT / "triage").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").glob("*.j2"))


def found(pattern: str, files: list[Path]) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in files if re.search(pattern, path.read_text())}


def test_nothing_is_excepted_from_escaping() -> None:
    assert len(TEMPLATES) == 3
    unsafe = r"\|\s*safe\b|\bMarkup\b|\bmark_safe\b|\{%-?\s*autoescape|\bautoescape\s*=\s*False"
    assert found(unsafe, TEMPLATES) == set()
    assert found(unsafe, PYTHON) == {"triage/core/wording/__init__.py"}, "plain text, before it is set"
    made = {"triage/core/wording/__init__.py", "triage/core/compose/__init__.py"}
    assert found(r"Environment\((?!\))", PYTHON) == made


STARTS = {
    # What a process of ours tells the one that made it.
    "cli/apart.py": {"pickle"},
    "cli/afresh.py": {"pickle", "subprocess"},
    "oauth/apart.py": {"subprocess"},
    # systemctl and timedatectl, by words of our own.
    "checkup/machine.py": {"subprocess"},
    "cli/systemctl.py": {"subprocess"},
    # The command that the reader named for a password.
    "credentials/commands.py": {"subprocess"},
}
"""What starts a program, or believes one."""


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_runs_what_a_text_says(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"eval", "exec", "compile", "__import__"}
    imported = {alias.name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
    own = STARTS.get(path.relative_to(ROOT / "triage").as_posix(), set())
    assert not (imported - own) & {"pickle", "marshal", "shelve", "subprocess", "system", "popen", "code", "runpy"}


TRICKS = (
    "letter.__class__.__mro__",
    "''.__class__",
    "letter.sections.append(1)",
    "stanzas.__globals__",
    "[].append(1)",
)


@pytest.mark.parametrize("trick", TRICKS)
def test_a_template_of_somebody_else_shows_letters_and_runs_nothing(trick: str) -> None:
    ours = resources.templates(None)
    theirs = compose.environment(ours | {"letter.txt.j2": "{{ " + trick + " }}"})
    with pytest.raises((SecurityError, UndefinedError)):
        compose.compose(RICH, "<1@example.org>", SEAL, theirs, NOW)
