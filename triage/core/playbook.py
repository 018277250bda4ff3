"""The tips: which one small step fits a situation, and which situations want none.

Each tip names the article's tip it comes from (A and B: the two articles on surviving rejection this service
grew from, numbered in their order), its time box and what speaks for it. Its wordings are the block `step-<name>`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage.core.situation import Situation, Told
from triage.core.values import Reason, Stage
from triage.core.wording import age

Trigger = Callable[[Situation, Told], bool]
"""Does the tip fit, given the rejection that had come furthest?"""

TALKED = frozenset({Stage.INTERVIEW, Stage.FINAL})
LATER = TALKED | {Stage.SCREEN}
"""Past the first stage a step is for tomorrow, and its wordings say so; only before that may it be for today."""
COMPARED = frozenset({Reason.OTHER_CANDIDATE, Reason.SKILLS_GAP})


@dataclass(frozen=True, slots=True)
class Tip:
    """One small step. `minutes` is the time box its wordings state."""

    name: str
    article: str
    minutes: int
    source: str
    fits: Trigger

    @property
    def block(self) -> str:
        return f"step-{self.name}"


TIPS = (
    Tip(
        "compare-ad",
        "A4: they chose someone with a particular experience or skill",
        3,
        "quality of search, not its volume, goes with better jobs (van Hooft et al. 2021, k = 378)",
        lambda _, no: no.reason in COMPARED and no.stage not in LATER,
    ),
    Tip(
        "better-answer",
        "A2: turn it into an advantage; B2: learn and move on",
        5,
        "learning goals before proving goals (van Hooft & Noordzij 2009, n = 109, low certainty)",
        lambda _, no: no.stage in TALKED,
    ),
    Tip(
        "keeps",
        "A23: focus on your strengths; B0: believe in your skills",
        5,
        "own strengths, named by oneself (Sanders et al. 2021; Pfrombeck et al. 2023)",
        lambda _, no: no.stage is Stage.SCREEN,
    ),
    Tip(
        "columns",
        "B1: focus on what you can control",
        8,
        "a sense of mastery carries the JOBS programme's effect (Vinokur & Schul 1997)",
        lambda _, no: no.stage in TALKED,
    ),
    Tip(
        "friend",
        "B5: be kind to yourself",
        5,
        "self-compassion writing (Kreemers et al. 2020, n = 180, short-term)",
        lambda now, no: now.week >= 2 and no.stage not in LATER,
    ),
    Tip(
        "conversation",
        "A28 and B5: reach out",
        10,
        "social support is among the strongest parts of job-search programmes (Liu et al. 2014, 47 studies)",
        lambda now, no: now.ever >= 2 and no.stage not in LATER,
    ),
)

ONLY_STEP_BLOCK = "tip"
"""Under this name the store remembers which tip a letter gave."""


def restraint(now: Situation) -> str:
    """The block to use in place of a step where none should be given, or an empty string.

    No task in a heavy week, none on the day of a no in the last round or of one with feedback in it, none beside
    good news, which has its own, none after the first no at the first stage; and nothing to learn from a role
    that was stopped.
    """
    no = now.furthest
    if now.heavy or now.final:
        return "no-step-heavy"
    if no is not None and no.external:
        return "no-step-external" if all(told.external for told in now.rejections) else "no-step"
    first_of_all = now.ever <= 1 and no is not None and no.stage is Stage.APPLICATION
    return "no-step" if first_of_all or now.glad or any(told.feedback for told in now.rejections) else ""


def choose(now: Situation, used: Sequence[int]) -> int | None:
    """The index in TIPS of the tip that fits and was given longest ago (`used`: indexes, newest first)."""
    no = now.furthest
    if no is None:
        return None
    fitting = [index for index, tip in enumerate(TIPS) if tip.fits(now, no)]
    return max(fitting, key=lambda index: (age(index, used), -index), default=None)
