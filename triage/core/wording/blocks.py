"""Every block a letter can ask for, and the facts its wordings may use; the fixed words of a language, likewise.

This is the contract between the letters and the files of words under `templates/<language>/`: a file that lacks a
block, or a wording that uses a fact which is not there, is found when the files are read.
"""

from __future__ import annotations

from collections.abc import Mapping

FILES = ("terms", "daily", "good", "weekly", "talks", "steps", "foot")
"""The files of words of a language; a block may stand in any of them."""

_ANY = frozenset({"n", "week", "open", "ever", "weeks", "hosted"})
_ONE = _ANY | {"who", "application", "day", "time", "days", "talks", "number"}
_TALK = _ONE | {"when"}
_ABOUT_THE_LETTER = """
    opening-several opening-heavy opening-summary opening-unsure feeling-several top-long beside-good
    no-step no-step-heavy no-step-external tonight-slot today-walk unsure unsure-later close colophon first-letter
    locked-out unreadable-one
    context-first context-run context-long
    opening-weekly-quiet weekly-did weekly-wins weekly-stops weekly-taper open-alive silence-survey
    plan-rounds plan-aim plan-neighbours plan-own-name plan-measure plan-volunteer plan-matters
    before-notes before-feedback before-again before-put-down before-practice-alone before-questions before-evening-ask
    after-form receipt-stopped receipt-forgot receipt-left receipt-leaving-own colophon-hosted
"""
_ABOUT_ONE_MAIL = """
    opening-application opening-screen opening-interview opening-final wait
    feeling-application feeling-talked feeling-final
    says-not_stated says-other_candidate says-skills_gap says-position_filled says-position_closed
    says-overqualified says-location_or_visa says-other not-said context-one-place feedback reapply
    step-compare-ad step-better-answer step-keeps step-columns step-friend step-conversation step-ask step-learn
    good-interview good-interview-next good-assessment good-assessment-next good-offer good-offer-next
    good-reopened good-reopened-next good-after-silence offer-stop win-reply
    quiet-application quiet-talked silence-application silence-talked plan-close
    opening-before opening-after after-nothing
"""
BLOCKS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_ABOUT_THE_LETTER.split(), _ANY),
    **dict.fromkeys(_ABOUT_ONE_MAIL.split(), _ONE),
    "good-interview-when": _TALK,
    "good-deadline": _ONE | {"deadline"},
    "opening-before": _TALK,
    "quiet-promised": _ONE | {"promised"},
    "plan-skill": _ANY | {"skill"},
    "today-own": _ANY | {"good"},
    "step-person": _ANY | {"person"},
    "before-practice": _ANY | {"person"},
    "before-evening": _ANY | {"evening"},
    "evening-own": _ANY | {"evening"},
    "win-own": _ANY | {"win"},
    "receipt-paused": _ANY | {"date"},
    "receipt-leaving": _ANY | {"date"},
    "opening-weekly": _ANY | {"answers", "done"},
    "weekly-own-numbers": _ANY | {"answered", "talked"},
    "unreadable": _ANY | {"count"},
    "support": _ANY | {"lines", "emergency"},
}
"""Every block by its name."""

OWN_WORDS = frozenset({"good", "person", "evening", "win"})
"""Facts that only the reader can have given; a block that uses one is left out where it is not known."""

_LETTERS = ("daily", "prompt", "summary", "weekly", "before", "after", "correction", "receipt")
TERMS: Mapping[str, str] = {
    **{f"subject_{kind}": "weekday" for kind in _LETTERS},
    **{f"greeting_{kind}": "date" for kind in _LETTERS},
    "hello": "name",
    "hello_nameless": "",
    "someone": "",
    "figures": "week ever open",
    "application_for": "role",
    "application": "",
    "at": "date time",
    "at_yours": "date time",
    "at_zone": "date time zone",
    "day": "weekday day month",
    "item": "who role what day",
    "item_no_role": "who what day",
    "with_feedback": "",
    "item_unsure": "who day time line",
    "more": "n",
    "item_open": "who role day",
    "item_open_no_role": "who day",
    "item_waiting": "who role days day",
    "item_waiting_no_role": "who days day",
    "item_stop": "stage n",
    "item_note": "who day text",
    "item_helpline": "name contact note",
    "item_helpline_plain": "name contact",
    "item_step": "what day",
    "bar": "done n",
    "bar_none": "",
}
"""The fixed words, and what may stand between braces in each."""
LISTS = {"weekdays": 7, "months": 12, "numbers": 1, "after_questions": 3}
"""Lists of fixed words, and how many there must be at least."""
TABLES = {
    "heading": """mail mails step today unsure earlier open support did wins quiet silent stops plan week notes
        feedback practice evening form noted""",
    "what": "rejection interview assessment offer unsure acknowledgement",
    "did": "applied talked step noted let_go withdrew",
    "stage": "application screen interview final",
    "noted": "step note let_go withdrew corrected named resumed changed unknown which",
}
"""Tables of fixed words; `what` may say more, by reason or by stage."""
