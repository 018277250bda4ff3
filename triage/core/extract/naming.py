"""What a company or a role looks like once the wrapping is off."""

from __future__ import annotations

import re
import unicodedata

_DESKS = (
    r"talent|people|hiring|assessments?|recruit(?:ing|ment|er)s?|(?:early )?careers?|jobs?|campus|graduate|selection|"
    r"human resources|hr|applications?|onboarding|staffing|candidate|"
    r"karriere|bewerbungen?|personal(?:abteilung|wesen|gewinnung|team|service|referat)?|"
    r"recrutement|service (?:du personnel|rh)|ressources humaines|rh|selecci[oó]n|recursos humanos|rr\.?hh\.?|"
    r"selezione|selezioni|risorse umane|recrutamento|carreiras?|werving(?: (?:en|&) selectie)?|personeelszaken|"
    r"personeelsdienst|p&o|rekrytering(?:en)?|karriär|personalavdelningen|hr-avdelningen|"
    r"rekrutacj[ai]|zespół rekrutacji|dział (?:kadr|hr)|biuro rekrutacji|kadry"
)
_DUTIES = (
    r"(?:&|and) (?:culture|safety|operations|experience)|acquisition|operations|ops|experience|services?|office|"
    r"dep(?:t\.?|artment)|portal|partners?"
)
_TEAM = re.compile(
    rf"(?i)\b(?:(?:the|your|our) )?(?:{_DESKS})\b(?: (?:{_DUTIES}))?(?: (?:team|department|group|portal)\b)?"
)
_SYSTEM = re.compile(
    r"(?i)\b(?:no[\s-]?reply|do[\s-]?not[\s-]?reply|notifications?|mailer|autoreply|workday|icims|greenhouse|lever|"
    r"ashby|smartrecruiters|workable|bamboohr|teamtailor|personio|jobvite|taleo|successfactors|recruitee)\b"
)
_DESK_ALONE = re.compile(r"(?i)^(?:team|support|info|admin|office|portal|system|mail|committee|panel)$")
_JOINT = re.compile(r"(?i)\s+(?:team|via|at|from|for|of|the)$|^(?:via|from|at|of|for|de|by|@)\s+")
_LEGAL = re.compile(
    r"(?i)[\s,]+(?:inc|llc|l\.l\.c|ltd|limited|llp|plc|corp|corporation|co|pty|gmbh(?: & co\.? kg)?|mbh|ag|kg|kgaa|se|"
    r"ug|e\.?v|s\.?a\.?s|sarl|s\.?a\.?r\.?l|s\.?a|s\.?r\.?l|s\.?p\.?a|s\.?l(?:\.?u)?|b\.?v|n\.?v|ab|a/s|as|aps|oy|oyj|"
    r"lda|ltda|s/a|vzw|bvba|cv|eirl|spa|snc|sas|s\.? ?a\.? de c\.?v|ab \(publ\)|sp\. ?z ?o\.? ?o|sp\. ?k|sp\. ?j)\.?$"
)
_EDGE = " \t,;:|/–—-@·•&'\"“”"
_GENDER = re.compile(r"(?i)\s*[(\[]\s*(?:[mwfdhxiv]|all genders|gn|div)(?:\s*[/|,*]\s*(?:[mwfdhxiv]|div|gn))*\s*[)\]]")
_REQUISITION = re.compile(
    r"(?i)\s*(?:[-–,|#(]|\b)\s*\(?(?:req(?:uisition)?|ref(?:erence)?|job|vac(?:ancy)?|id|nr|no)\.?\s*"
    r"(?:id|no|number|nr)?[.:#\s]*[\w/-]*\d[\w/-]*\)?\s*$|\s*[-–(,]?\s*\(?\b[A-Z]{0,5}-?\d{4,}[A-Z]{0,2}\)?\s*$|"
    r"\s*\([A-Z]{1,5}[-\d/]+\)\s*$|\s*[-–,(]\s*\(?(?:ref\w*\.?\s*)?[A-Z]{1,5}[ -]?\d{2,4}[/-]\d{1,6}\)?\s*$"
)
_LEAD = re.compile(r"(?i)^(?:the|our|an?|your|position of|role of|post of|job of|open)\s+")
_TAIL = re.compile(
    r"(?i)\s+(?:position|role|vacancy|opening|job|post|application|opportunity|with|at|in|for|of|and|the|to|on|has|is|"
    r"was|here|team)$"
)
_NO_COMPANY = re.compile(r"(?i)(?:the|we|our|us|you|your|this|that|it|there|here|my|me|in|at|all|no)")
_NO_ROLE = re.compile(
    r"(?i)(?:(?:positions?|roles?|jobs?|team|application|opportunity|vacancy|opening|interview|update|status|company|"
    r"new|next|thanks?|you|your|our|my|i|we|us|it|this|that|the|an?|other|another|future|any|current|open|candidates?|"
    r"process|one|two|three|first)\b[\s,&/-]*)+"
)


def tidy_company(name: str) -> str:
    """A name as a person would log it: without team, system or legal form; empty if nothing is left."""
    name = " ".join(_SYSTEM.sub(" ", _TEAM.sub(" ", name[:200])).split())
    name = _DESK_ALONE.sub("", _JOINT.sub("", name.strip(_EDGE)).strip(_EDGE))
    for _ in range(2):
        name = _LEGAL.sub("", name).strip(_EDGE)
    return "" if _NO_COMPANY.fullmatch(name) or not 1 < len(squash(name)) <= 60 else name[:70]


def tidy_role(role: str) -> str:
    """A job title without gender marks, requisition numbers and the words around it; empty if it is none."""
    role = _REQUISITION.sub("", _GENDER.sub("", " ".join(role[:200].split())))
    for _ in range(3):
        role = _TAIL.sub("", _LEAD.sub("", role.strip(_EDGE + ".!?")))
    if role.count("(") != role.count(")"):
        role = role.replace("(", "").replace(")", "")
    return "" if not role or len(role) > 80 or _NO_ROLE.fullmatch(role) else role


def squash(text: str) -> str:
    """Letters and digits only, without case and accents: how a name is written in a domain."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())
