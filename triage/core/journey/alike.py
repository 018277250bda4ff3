"""Is it the same employer, the same job? Mails name both in more ways than one.

What is no part of a name goes: legal forms, marks of gender, accents, endings. What makes another job of it stays:
"Senior Data Analyst" is not "Data Analyst".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"\w+")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
"""How letters are written where a keyboard or an address does not have them."""
_BARE = str.maketrans({"ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d"})
"""Letters that Unicode does not take apart (NFKD)."""
_JOINING = frozenset(
    {
        "and", "the", "of", "for", "to", "und", "der", "die", "das", "des", "dem", "den", "für", "von", "et", "le",
        "la", "les", "de", "du", "el", "los", "do", "da", "di", "della", "per", "het", "voor", "van", "en", "och",
        "av", "för", "dla",
    }
)  # fmt: skip
_LEGAL = frozenset(
    {
        "ab", "ag", "aps", "as", "asa", "bv", "corp", "corporation", "gmbh", "inc", "kg", "kgaa", "limited", "llc",
        "llp", "ltd", "ltda", "lda", "nv", "oy", "oyj", "plc", "pty", "publ", "sa", "sas", "sarl", "se", "sl", "slu",
        "spa", "srl", "ug", "co", "company", "mbh", "ev", "eg", "group", "gruppe", "holding", "holdings",
    }
)  # fmt: skip
_LEGAL_SPELLED = re.compile(
    r"(?i)[\s,]+(?:s\.? ?p\.? ?a|s\.? ?a\.? ?r\.? ?l|s\.? ?r\.? ?l|s\.? ?a\.? ?s|s\.? ?l|[bn]\.? ?v|"
    r"sp\. ?z ?o\. ?o)\.?$"
)
_SITE = re.compile(r"(?i)(?<=\w)\.(?:[a-z]{2}|com|net|org|app|dev|tech|jobs|example)$")
_GENDER = re.compile(
    r"(?i)[(\[]?(?<!\w)(?:all genders|gn|div|[mwfdhxiv](?:\s?[/|,*]\s?(?:[mwfdhxivn]|div|gn)){1,3})(?!\w)[)\]]?"
)
_BOTH = re.compile(r"(?i)(?<=\w{3})[:*/_·.(]-?(?:innen|in|frau|mann|euse|trice|rice|ère|se|ne|te|e|as?)\)?(?!\w)")
"""The second ending where both are written: Entwickler:in, Développeur(se), Desarrollador/a, Kaufmann/-frau."""
_CAPITAL_I = re.compile(r"(?<=[a-zäöüß]{3})In(?:nen)?\b")
_APART = re.compile(r"\s*(?:[(\[|,;:]|\s[-–—/]+\s|\s(?:@|in|bei|chez|hos)\s)", re.IGNORECASE)
"""What stands between a job and where, for which team, or how it is done."""
_LEVEL = frozenset(
    {
        "senior", "junior", "lead", "head", "chief", "principal", "staff", "mid", "entry", "graduate", "trainee",
        "intern", "internship", "apprentice", "deputy", "assistant", "associate", "working", "student", "stage",
        "stagiaire", "alternance", "werkstudent", "praktikum", "praktikant", "volontariat", "ausbildung", "leiter",
        "leitung", "becario", "practicas", "stagista", "tirocinio", "estagio", "praktik", "praktikplats", "staz", "1",
        "2", "3", "4",
    }
)  # fmt: skip
_ONE_WORD = {"sr": "senior", "jr": "junior", "ii": "2", "iii": "3", "iv": "4"}
_ENDINGS = (
    ("mann", "mann"), ("frau", "mann"), ("leute", "mann"), ("euse", "eur"), ("trice", "teur"), ("rice", "eur"),
    ("iere", "ier"), ("innen", ""), ("in", ""), ("ees", ""), ("ee", ""), ("es", ""), ("en", ""), ("ns", ""),
    ("s", ""), ("n", ""), ("e", ""), ("a", ""), ("o", ""),
)  # fmt: skip
"""Endings by which a word is the same job: of women and men, of many, of cases."""
_SHORTEST = 4
"""Letters that are left of a word without its ending."""


def same_employer(one: str, other: str) -> bool:
    """Is it one employer, as far as the names tell? An empty name is nobody's."""
    return not _company(one).isdisjoint(_company(other))


def of_house(name: str, house: str) -> bool:
    """Is `name` what the label of a domain spells: "Hays Recruiting" for hays?"""
    plain, whole = _bare(house.casefold()), _bare(name.casefold())
    spelled = {one for one in (*_company(name), whole) if min(len(one), len(plain)) >= _SHORTEST - 1}
    return any(one in plain or plain in one for one in spelled)


def same_role(one: str, other: str) -> bool:
    """Is it one job, whoever of its forms is named?"""
    return bool(one and other) and (_role(one) == _role(other) != "" or one == other)


def narrower(one: str, other: str) -> bool:
    """Is one of two roles the other and no more than a place, a team or a manner: "Data Analyst (Remote)"?"""
    more, of_other = _words(_rest(one)), _words(_rest(other))
    if bool(more) == bool(of_other):
        return False
    return same_role(_head(one), _head(other)) and _LEVEL.isdisjoint((*more, *of_other))


def same_number(one: str, other: str) -> bool:
    """Is it one reference number? "R-17" is "r17"."""
    return bool(one and other) and _squashed(_words(one)) == _squashed(_words(other)) != ""


def spellings(company: str) -> frozenset[str]:
    """Two companies are one employer where these have one in common."""
    return _company(company)


def number_form(number: str) -> str:
    """Two reference numbers are the same where these are, and not empty."""
    return _squashed(_words(number))


def role_form(role: str) -> str:
    """Two roles are the same where these are, and not empty."""
    # No other form has such a sign in it.
    return _role(role) or (role and f"={role}")


def opening_form(role: str) -> str:
    """Of two roles of which one is `narrower`, these are the same, and not empty."""
    return role_form(_head(role))


@lru_cache(maxsize=4096)
def _company(name: str) -> frozenset[str]:
    """The spellings of a name: "muller" and "mueller". Without what it is where nothing else would be left."""
    short = _SITE.sub("", _LEGAL_SPELLED.sub("", " ".join(name.split())))
    words = [word for word in _WORD.findall(short.casefold()) if word not in _JOINING]
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    kept = words or _WORD.findall(name.casefold())
    return frozenset(filter(None, (_squashed(map(_bare, kept)), _squashed(map(_spelled, kept)))))


@lru_cache(maxsize=4096)
def _role(name: str) -> str:
    return _squashed(_stem(word) for word in _words(_plain(name)))


def _head(role: str) -> str:
    return _APART.split(_plain(role), maxsplit=1)[0]


def _rest(role: str) -> str:
    return _plain(role)[len(_head(role)) :]


@lru_cache(maxsize=4096)
def _plain(role: str) -> str:
    """Without marks of gender, and with the signs that make another job of it as words."""
    plain = _CAPITAL_I.sub("", _BOTH.sub("", _GENDER.sub(" ", " ".join(role.split()))))
    return " ".join(plain.replace("+", " plus ").replace("#", " sharp ").split())


def _words(text: str) -> list[str]:
    """The words that count, without case and accents."""
    found = (_bare(word) for word in _WORD.findall(text.casefold()) if word not in _JOINING)
    return [_ONE_WORD.get(word, word) for word in found]


def _stem(word: str) -> str:
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)] + instead
    return word


def _bare(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.translate(_BARE))
    return "".join(letter for letter in plain if letter.isalnum())


def _spelled(word: str) -> str:
    return _bare(word.translate(_SPELLED))


def _squashed(words: Iterable[str]) -> str:
    return "".join(words)
