"""What the sender wrote in this mail, apart from what is quoted below it, and apart from signature and legal footer.

Every line of the text goes to one of the two sides, in its order, so nothing is lost by a wrong guess. The markers
are those that mail programs write, in en, de, fr, es, nl, it, pt, pl, sv and da/no. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from operator import not_

_MAX_LINE = 300
"""No marker is longer, over all the lines it is wrapped on."""
_WRAP = 2
"""An attribution ("On ... wrote:") is wrapped over at most so many more lines."""
_BLOCK = 10
"""Lines looked at for the From/Sent/To/Subject block of Outlook."""

_OPENER = re.compile(
    r"(on|am|le|el|il|op|em|den|dne|dnia|w dniu|wt|pon|vào|at|\d{4}-\d\d-\d\d|\d{1,2}[./])[\s,]?", re.I
)
_WROTE = re.compile(
    r"\b(wrote|writes|schrieb|schreibt|geschrieben|a écrit|escribió|ha scritto|scrive|schreef|geschreven|escreveu|"
    r"skrev|napisał|napisała|pisze)\b.{0,120}:$",
    re.I,
)
_ADDRESSED = re.compile(r"<[^<>\s]+@[^<>\s]+> ?:$")
_TIME = re.compile(r"\d[:.h]\d\d|@|<")
_FORWARDED = (
    "begin forwarded message|forwarded message|forwarded by .{1,80}|anfang der weitergeleiteten (?:e-mail|nachricht)|"
    "weitergeleitete nachricht|début du message (?:réexpédié|transféré)|message (?:transféré|réexpédié)|"
    "(?:inicio del )?mensaje reenviado|(?:inizio )?messaggio inoltrato|begin doorgestuurd bericht|doorgestuurd bericht|"
    "(?:início da )?mensagem (?:encaminhada|reencaminhada)|vidarebefordrat (?:meddelande|brev)|"
    "wiadomość przekazana|przekazana wiadomość|videresendt (?:meddelelse|besked|melding)"
)
_ORIGINAL = (
    "original (?:message|appointment)|ursprüngliche (?:nachricht|e-mail)|original-nachricht|originalnachricht|"
    "message d'origine|message original|mensaje original|messaggio originale|oorspronkelijk bericht|origineel bericht|"
    "mensagem original|ursprungligt meddelande|originalmeddelande|wiadomość oryginalna|oryginalna wiadomość|"
    "oprindelig (?:meddelelse|besked)|opprinnelig melding"
)
_FORWARD_LINE = re.compile(rf"(?:[-_]{{2,}} ?)?(?:{_FORWARDED})(?: ?[-_]{{2,}}| ?:)", re.I)
_ORIGINAL_LINE = re.compile(rf"[-_]{{2,}} ?(?:{_ORIGINAL}) ?(?:[-_]{{2,}}|:)?", re.I)
_QUOTE = (">", " >")
_NO_QUOTE = ">From "
"""A mailbox file writes so where a line of the sender's own begins with "From"."""
_RULE = re.compile(r"[-_=*]{5,}")

_LABELS = {
    "from": "from|von|de|da|van|från|fra|od",
    "sent": "sent|gesendet|envoyé|enviado|enviada|enviado el|enviada em|inviato|verzonden|skickat|sendt|wysłano",
    "date": "date|datum|fecha|data|dato",
    "to": "to|an|à|para|a|aan|till|til|do|pour",
    "cc": "cc|kopie|copie|copia|kopia|dw",
    "subject": "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|ämne|emne|temat|sujet",
}
_LABEL_OF = {word: label for label, words in _LABELS.items() for word in words.split("|")}
_LABEL = re.compile(r"\*{0,2}([^\W\d_][^\W\d_ ]*(?: [^\W\d_ ]+)?)\*{0,2} ?:")


@dataclass(frozen=True, slots=True)
class Split:
    """A text in two. `forwarded`: the quoted part was handed on by the sender, rather than answered."""

    own: str
    quoted: str
    forwarded: bool = False


def split_quoted(text: str) -> tuple[str, str]:
    """Own text and quoted text; each line of `text` is in exactly one of the two. Lines end in a newline."""
    parts = split(text)
    return parts.own, parts.quoted


def split(text: str) -> Split:
    """As `split_quoted`, and whether what is quoted was forwarded."""
    lines = text.split("\n")
    marks: list[int] = []
    tail, forwarded = _tail(lines, marks)
    if tail == len(lines) and ">" not in text:
        return Split(text, "")
    quoted = _quoted_lines(lines, tail, marks)
    own, rest = "\n".join(compress(lines, map(not_, quoted))), "\n".join(compress(lines, quoted))
    block_on_top = tail < len(lines) and not own.strip()
    return Split(own, rest, forwarded or block_on_top)


def _tail(lines: list[str], marks: list[int]) -> tuple[int, bool]:
    """The line from which on all is quoted (one past the last if none), and whether it says "forwarded".

    Into `marks` go the lines up to there that may be markers.
    """
    for number in _likely(lines):
        marks.append(number)
        marker = lines[number].strip()
        if _FORWARD_LINE.fullmatch(marker):
            return _with_rule(lines, number), True
        if _ORIGINAL_LINE.fullmatch(marker) or _is_block(lines, number):
            return _with_rule(lines, number), False
        start = _attribution(lines, number)
        if start is not None and not _before_quote(lines, number):
            return start, False
    return len(lines), False


def _quoted_lines(lines: list[str], tail: int, marks: list[int]) -> list[bool]:
    quoted = [line.startswith(_QUOTE) and not line.startswith(_NO_QUOTE) for line in lines[:tail]]
    quoted += [True] * (len(lines) - tail)
    for number in marks:
        if number >= tail or not _before_quote(lines, number):
            continue
        start = _attribution(lines, number)
        if start is not None:
            quoted[start : number + 1] = [True] * (number + 1 - start)
    return quoted


def _likely(lines: list[str]) -> Iterator[int]:
    """The numbers of the lines that may be markers."""
    likely = ((number, line) for number, line in enumerate(lines) if ":" in line or "-" in line or "_" in line)
    return (number for number, line in likely if _may_mark(line))


def _may_mark(line: str) -> bool:
    """A cheap look at a line that has a colon, a dash or a rule in it, so that the patterns run on few of them."""
    line = line.strip()
    return len(line) <= _MAX_LINE and (line[-1] in ":-_" or ":" in line[:24]) and not _is_quote(line)


def _is_quote(line: str) -> bool:
    return line.startswith(_QUOTE) and not line.startswith(_NO_QUOTE)


def _before_quote(lines: list[str], number: int) -> bool:
    following = (line for line in lines[number + 1 : number + 4] if line.strip())
    return _is_quote(next(following, ""))


def _with_rule(lines: list[str], number: int) -> int:
    """The number of the line itself, or of a rule (_____) right above it."""
    above = number - 1
    while above >= 0 and number - above < 3 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and _RULE.fullmatch(lines[above].strip()[:_MAX_LINE]) else number


def _attribution(lines: list[str], last: int) -> int | None:
    """Where the attribution that ends on line `last` begins; None if there is none."""
    if not lines[last].rstrip().endswith(":"):
        return None
    fallback = None
    for start in range(last, max(last - _WRAP, 0) - 1, -1):
        joined = " ".join(line.strip() for line in lines[start : last + 1])
        if len(joined) > _MAX_LINE or not lines[start].strip() or _is_quote(lines[start]):
            break
        if not _is_attribution(joined, quoted=_before_quote(lines, last)):
            continue
        if _OPENER.match(joined):
            return start
        fallback = start if fallback is None else fallback
    return fallback


def _is_attribution(line: str, *, quoted: bool) -> bool:
    """It says who wrote, and a quote below it, or a time and an address or number, bears it out."""
    if not (_WROTE.search(line) or _ADDRESSED.search(line)):
        return False
    return quoted or (_TIME.search(line) is not None and any(char.isdigit() for char in line))


def _is_block(lines: list[str], first: int) -> bool:
    """Do the head lines of a mail begin here: at least three, From among them, and Sent or Subject?"""
    if _label(lines[first]) not in ("from", "date"):
        return False
    labels = {_label(line) for line in lines[first : first + _BLOCK] if line.strip()}
    return len(labels - {""}) >= 3 and "from" in labels and not labels.isdisjoint(("sent", "subject"))


def _label(line: str) -> str:
    match = _LABEL.match(line.strip()[:40].casefold())
    return _LABEL_OF.get(match[1], "") if match else ""
