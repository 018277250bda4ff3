"""The report as one page: figures and words in, HTML out, through `templates/report.html.j2`."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment

from triage.core.journey import ENDED, State
from triage.core.report import Report
from triage.core.report.rows import Mark
from triage.core.report.stops import FEWEST
from triage.core.report.weeks import Series
from triage.core.report.words import Words

TEMPLATE = "report.html.j2"


def render(report: Report, words: Words, language: str, templates: Environment) -> str:
    """The page. All that comes from mails has passed `core.shown`, and is escaped once more by the template."""
    return templates.get_template(TEMPLATE).render(
        report=report,
        words=words,
        language=language,
        marks=tuple(Mark),
        series=tuple(Series),
        fewest=FEWEST,
        going=_chosen(report.states, ended=False),
        over=_chosen(report.states, ended=True),
    )


def _chosen(states: Mapping[str, int], *, ended: bool) -> Mapping[str, int]:
    """Those that have ended or not, in the order of `State`."""
    return {one.value: states[one] for one in State if (one in ENDED) is ended and states.get(one)}
