"""Text of mails: HTML to text, quotes and signatures off, folding for matching, and cutting into sentences.

This is the door to the modules that do it (`characters`, `html`, `quotes`, `footers`); sentences are cut here.
Every function is total and linear in its input.
"""

from __future__ import annotations

import re

from triage.core.characters import clean, fold, line
from triage.core.footers import strip_signature
from triage.core.html import from_html
from triage.core.quotes import split_quoted

__all__ = ["clean", "fold", "from_html", "line", "sentences", "split_quoted", "strip_signature"]

_MIN_WIDTH = 45
_MAX_WIDTH = 100
"""Mail programs that wrap lines do so between these columns."""

_ITEM = re.compile(r"\s{0,8}(?:[-*•–—·▪●◦‣]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+\S")
# Without the look-behind, a line of a million dots would be tried from each of them.
_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)\]]{0,3}(?=\s)|[。！？]")
_LAST_WORD = re.compile(r"[^\s(\"'„“«\[/]+$")

# Without the final dot. A word that also ends sentences ("no", "Mai") is left out where a number need not follow.
_SHORT = {
    "titles": "dr prof mr mrs ms mx st sr sra jr ing dipl mag hr fr mme mlle dott dr.ssa sig sig.ra dña ph.d",
    "en": "e.g i.e eg ie etc vs cf approx dept est inc ltd corp ref ext a.m p.m attn",
    "de": "bzw z.b u.a u.ä d.h i.d.r o.ä s.o s.u usw evtl ggf inkl exkl zzgl mind std abs str jh v.a ca tel nr",
    "fr": "p.ex av réf n° c.-à-d",
    "es": "p.ej ej avda ud uds vd vds d.ª núm",
    "nl": "q.b bijv d.w.z m.b.t o.a t.a.v i.v.m",
    "it": "ecc es pag egr spett gent arch avv geom rag prot c.a p.v u.s s.s",
    "pt": "exa exas exmo exma sras profa eng lda ltda",
    "sv": "bl.a t.ex m.fl o.s.v kl fr.o.m t.o.m dvs",
    "pl": "np tzn m.in ul al godz tj itd itp ds dot kat inż mgr św ws wg pkt",
    "firms": "s.r.l s.p.a s.a b.v n.v o.o",
    "months": "jan feb fev mar apr abr mai jun jul aug ago sep sept set oct okt out nov dec dez",
}
_TAKES_DOT = frozenset(word for words in _SHORT.values() for word in words.split())


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, each on one line. Blank lines and list items always end one."""
    return [sentence for block in _blocks(text) for sentence in _cut(block)]


def _blocks(text: str) -> list[str]:
    """Runs of lines that belong together, joined."""
    lines = [" ".join(line.split()) for line in clean(text).split("\n")]
    width = _width(lines)
    blocks: list[list[str]] = []
    for above, current in zip(("", *lines), lines, strict=False):
        if current and above and _continues(above, current, width):
            blocks[-1].append(current)
        elif current:
            blocks.append([current])
    return [" ".join(block) for block in blocks]


def _width(lines: list[str]) -> int:
    """The column at which the writer's program wrapped lines; 0 if it did not, and a line is a paragraph."""
    if any(len(line) > _MAX_WIDTH and line.count(" ") > _MAX_WIDTH // 10 for line in lines):
        return 0
    return max((len(line) for line in lines if len(line) <= _MAX_WIDTH), default=0)


def _continues(above: str, current: str, width: int) -> bool:
    """Is `current` the rest of the line above? Only where its first word had no room there, or begins small."""
    if _ITEM.match(current[:40]):
        return False
    first = current.partition(" ")[0]
    return current[0].islower() or (len(above) >= _MIN_WIDTH and len(above) + 1 + len(first) > width > 0)


def _cut(block: str) -> list[str]:
    found, start = [], 0
    for end in _END.finditer(block):
        if _ends_sentence(block, start, end):
            found.append(block[start : end.end()].strip())
            start = end.end()
    return [sentence for sentence in (*found, block[start:].strip()) if sentence]


def _ends_sentence(block: str, start: int, end: re.Match[str]) -> bool:
    if not end[0].startswith(".") or end[0].startswith(".."):
        return True
    word = _LAST_WORD.search(block[max(start, end.start() - 30) : end.start()])
    before = word[0].casefold() if word else ""
    return not _takes_dot(before, block[end.end() : end.end() + 2].strip())


def _takes_dot(word: str, following: str) -> bool:
    """Does the dot belong to the word: an abbreviation, an initial, or an ordinal as in "3. März"?"""
    if word in _TAKES_DOT or (len(word) == 1 and word.isalpha()):
        return True
    return word.isdigit() and len(word) <= 2 and following[:1].isalpha()
