"""Signatures and legal footers at the end of a mail, cut only where they surely are one.

A decision may stand in the last line of a polite letter, so nothing is cut by its place alone.
"""

from __future__ import annotations

import re

_MAX_SIGNATURE = 25
"""Lines below "-- " that still are a signature; above a longer text the mark is taken for a rule."""

_MAX_FOOTERS = 8

_NOTICES = (
    r"(?:this|the (?:information|contents?) (?:of|in|contained in) this) (?:e-?mail|message|communication)\b"
    r".{0,120}?(?:confidential|privileged|intended (?:only|solely)|solely for)",
    r"(?:confidentiality|legal) (?:notice|disclaimer)|disclaimer\b",
    r"(?:der inhalt dieser|diese) (?:e-?mail|nachricht)\b.{0,120}?(?:vertraulich|ausschließlich)",
    r"ce (?:message|courriel|mail)\b.{0,120}?(?:confidentiel|destiné exclusivement|à l'attention exclusive)",
    r"este (?:mensaje|correo|e-?mail)\b.{0,120}?(?:confidencial|exclusivamente)",
    r"esta (?:mensagem|e-?mail)\b.{0,120}?(?:confidencial|confidenciais|exclusivamente)",
    r"(?:questo messaggio|questa e-?mail|le informazioni contenute)\b.{0,120}?(?:riservat|confidenzial|esclusivamente)",
    r"(?:dit bericht|deze e-?mail)\b.{0,120}?(?:vertrouwelijk|uitsluitend)",
    r"(?:detta meddelande|det här meddelandet|denna e-?post)\b.{0,120}?(?:konfidentiell|endast avse)",
    r"(?:ta|niniejsza|treść tej) wiadomoś.{0,120}?(?:poufn|wyłącznie)",
    r"(?:please )?(?:consider|think of) the environment before",
    r"sent from (?:my (?:iphone|ipad|phone|mobile|samsung|android|galaxy)|outlook|yahoo mail|mail for windows)",
    r"(?:get|download) outlook for (?:ios|android)",
    r"(?:gesendet von|von) meinem (?:iphone|ipad|handy|smartphone|samsung)",
    r"envoyé de(?:puis)? mon (?:iphone|ipad|mobile)",
    r"enviado (?:desde|do) (?:mi|meu) (?:iphone|ipad|móvil|telemóvel)",
    r"inviato da(?:l mio)? (?:iphone|ipad)",
    r"(?:click here to |to )?unsubscribe\b",
)
_FOOTER = re.compile(rf"[*_ ]{{0,4}}(?:{'|'.join(_NOTICES)})", re.I)


def strip_signature(text: str) -> str:
    """The text without what follows the signature mark "-- " (RFC 3676, 4.3) and without legal footers at its end."""
    lines = text.rstrip().split("\n")
    lines = lines[: _signature(lines)]
    for _ in range(_MAX_FOOTERS):
        start = _last_paragraph(lines)
        if start == 0 or not _FOOTER.match(" ".join(lines[start : start + 4])[:400]):
            break
        lines = _without_blank_end(lines[:start])
    return "\n".join(lines)


def _signature(lines: list[str]) -> int:
    """The number of the last "-- " line near the end, or the number of lines."""
    for number in range(len(lines) - 1, max(len(lines) - _MAX_SIGNATURE, 1) - 1, -1):
        if lines[number] in ("-- ", "--"):
            return number
    return len(lines)


def _last_paragraph(lines: list[str]) -> int:
    start = len(lines)
    while start > 0 and lines[start - 1].strip():
        start -= 1
    return start


def _without_blank_end(lines: list[str]) -> list[str]:
    end = len(lines)
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    return lines[:end]
