"""What a company or a role looks like once the wrapping is off. The words of the wrapping are data: `names.toml`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cached_property

_EDGE = " \t,;:|/–—-@·•&'\"“”"
_GENDER = re.compile(r"(?i)\s*[(\[]\s*(?:[mwfdhxiv]|all genders|gn|div)(?:\s*[/|,*]\s*(?:[mwfdhxiv]|div|gn))*\s*[)\]]")
_REQUISITION = re.compile(
    r"(?i)\s*(?:[-–,|#(]|\b)\s*\(?(?:req(?:uisition)?|ref(?:erence)?|job|vac(?:ancy)?|id|nr|no)\.?\s*"
    r"(?:id|no|number|nr)?[.:#\s]*[\w/-]*\d[\w/-]*\)?\s*$|\s*[-–(,]?\s*\(?\b[A-Z]{0,5}-?\d{4,}[A-Z]{0,2}\)?\s*$|"
    r"\s*\([A-Z]{1,5}[-\d/]+\)\s*$|\s*[-–,(]\s*\(?(?:ref\w*\.?\s*)?[A-Z]{1,5}[ -]?\d{2,4}[/-]\d{1,6}\)?\s*$"
)
_ELIDED = re.compile(r"(?i)^d['’](?=\w)")
_MOST = 200
"""Characters of a name that are looked at."""
_LONGEST_COMPANY, _LONGEST_ROLE = 60, 80


class Names:
    """The words around names, of all languages. Build once; safe to share."""

    def __init__(self, text: str) -> None:
        """`text`: TOML, as in `names.toml`."""
        self._text = text

    @cached_property
    def _tables(self) -> dict[str, dict[str, list[str]]]:
        return tomllib.loads(self._text)

    def company(self, name: str) -> str:
        """A name as a person would log it: without team, system or legal form; empty if nothing is left."""
        name = " ".join(self._system.sub(" ", self._desk.sub(" ", name[:_MOST])).split()).strip(_EDGE)
        name = self._particle.sub("", self._first.sub("", name))
        name = self._behind.sub("", name).strip(_EDGE)
        for _ in range(2):
            name = self._legal.sub("", name).strip(_EDGE)
        none = self._alone.fullmatch(name) or self._no_company.fullmatch(name)
        return name if not none and 1 < len(squash(name)) <= _LONGEST_COMPANY else ""

    def role(self, role: str) -> str:
        """A job title without gender marks, requisition numbers and the words around it; empty if it is none."""
        role = _REQUISITION.sub("", _GENDER.sub("", " ".join(role[:_MOST].split())))
        for _ in range(3):
            role = _ELIDED.sub("", self._before_role.sub("", role.strip(_EDGE + ".!?")))
            role = self._behind_role.sub("", role)
        if role.count("(") != role.count(")"):
            role = role.replace("(", "").replace(")", "")
        return role if role and len(role) <= _LONGEST_ROLE and not self._no_role.fullmatch(role) else ""

    @cached_property
    def mailbox(self) -> re.Pattern[str]:
        """Matches the local part of an address that is no person's."""
        return re.compile(rf"{self._any('mailbox')}\b")

    @cached_property
    def title(self) -> re.Pattern[str]:
        """Matches what begins with a person's title."""
        return re.compile(rf"(?i){self._any('title')}\b\.?")

    @cached_property
    def office(self) -> re.Pattern[str]:
        """Finds a position, a number or an address: a line that has one is no employer."""
        return re.compile(rf"(?i)\b{self._any('office')}\b|[\d@:/]")

    @cached_property
    def placed(self) -> re.Pattern[str]:
        """Matches "Kay from Mill Hill" and "Mill Hill via Greenhouse", with the employer as `person` or `system`."""
        person = rf".{{2,60}}?\s{self._any('between')}\s+(?P<person>\S.*)$"
        return re.compile(rf"(?i){person}|(?P<system>\S.*?)\s{self._any('via')}\s")

    @cached_property
    def _desk(self) -> re.Pattern[str]:
        duty = rf"(?: {self._any('duty')}\b){{0,2}}"
        return re.compile(rf"(?i)(?<!\w)(?:(?:the|your|our) )?{self._any('desk')}(?!\w){duty}")

    @cached_property
    def _system(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)\b{self._any('system')}\b")

    @cached_property
    def _first(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)^{self._any('first')}\s+(?=\S)")

    @cached_property
    def _alone(self) -> re.Pattern[str]:
        return re.compile(rf"(?i){self._any('alone')}")

    @cached_property
    def _particle(self) -> re.Pattern[str]:
        return re.compile(rf"^{self._any('particle')}\s+(?=[^\Wa-z_])")

    @cached_property
    def _behind(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)\s+{self._any('behind')}$")

    @cached_property
    def _legal(self) -> re.Pattern[str]:
        forms = "|".join(_dotted(form) for form in self._words("legal"))
        return re.compile(rf"(?i)[\s,]+(?:{forms})\.?$")

    @cached_property
    def _no_company(self) -> re.Pattern[str]:
        return re.compile(rf"(?i){self._any('no-company')}")

    @cached_property
    def _before_role(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)^{self._any('before-role')}\s+")

    @cached_property
    def _behind_role(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)\s+{self._any('behind-role')}$")

    @cached_property
    def _no_role(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)(?:{self._any('no-role')}\b[\s,&/-]*)+")

    def _words(self, table: str) -> list[str]:
        """The longest first, so that none is taken for its beginning."""
        return sorted((word for words in self._tables[table].values() for word in words), key=len, reverse=True)

    def _any(self, table: str) -> str:
        return f"(?:{'|'.join(_pattern(word) for word in self._words(table))})"


def _pattern(word: str) -> str:
    return re.escape(word).replace(r"\*", r"\w*")


def _dotted(form: str) -> str:
    """With dots and the blanks behind them or without: "s.p.a" stands for "SpA" and "S. p. A." too."""
    return re.escape(form).replace(r"\.\ ", r"\.").replace(r"\.", r"\.? ?")


def squash(text: str) -> str:
    """Letters and digits only, without case and accents: how a name is written in a domain."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())
