"""The report: one HTML file with everything in it, which needs no network and can be printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mlcore.lab import figures, wording
from mlcore.lab.figures import Figure
from mlcore.lab.results import LadderStep, Report, TopicResult
from mlcore.lab.summary import summarise
from mlcore.lab.topics import limits

__all__ = ["render"]


@dataclass(frozen=True, slots=True)
class _Chapter:
    result: TopicResult
    figures: list[Figure]
    ladders: list[list[LadderStep]]


def render(report: Report) -> str:
    """Draw the figures and fill the template.

    Parameters
    ----------
    report : Report
        The run.

    Returns
    -------
    str
        A complete HTML document.
    """
    environment = Environment(
        loader=PackageLoader("mlcore.lab", "templates"),
        autoescape=True,  # names and labels come from the reader's own file
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("count_threads", "duration", "errors", "orthogonality", "percent", "rate", "ratio", "shares", "spread"):
        environment.filters[name] = getattr(wording, name)
    environment.filters["drawing"] = _drawing
    return environment.get_template("report.html.j2").render(
        report=report,
        summary=summarise(report),
        overview=figures.overview_of(report),
        accuracy_in_words=wording.ACCURACY,
        limits_title=limits.TITLE,
        limits_in_words=limits.in_words(report.limits),
        # The limits have their section in any case; a chapter needs something measured.
        chapters=[_chapter(topic, report) for topic in report.topics if topic.name != "limits"],
        created=datetime.fromisoformat(report.created).strftime("%d %B %Y, %H:%M"),
    )


def _chapter(topic: TopicResult, report: Report) -> _Chapter:
    ladders: dict[tuple[str, str], list[LadderStep]] = {}
    for step in topic.steps:
        ladders.setdefault((step.topic, step.dtype), []).append(step)
    return _Chapter(topic, figures.of_topic(topic, report), list(ladders.values()))


def _drawing(figure: Figure) -> Any:
    """The figure's SVG, which this package made and escaped itself."""
    return Markup(figure.svg)
