"""The report's figures, one file per chapter: from what was found to a drawing with its caption."""

from __future__ import annotations

from collections.abc import Callable

from mlcore.lab.figures import calculus, eigen, gram_schmidt, kernels, ladder, linalg, matmul, overview, pca
from mlcore.lab.figures.style import Figure
from mlcore.lab.results import Report, TopicResult

__all__ = ["Figure", "of_topic", "overview_of"]

Drawer = Callable[[TopicResult, Report], list[Figure]]

DRAWERS: dict[str, Drawer] = {
    "pca": pca.figures,
    "matmul": matmul.figures,
    "kernels": kernels.figures,
    "gram_schmidt": gram_schmidt.figures,
    "linalg": linalg.figures,
    "eigen": eigen.figures,
    "calculus": calculus.figures,
    "ladder": ladder.figures,
}


def of_topic(topic: TopicResult, report: Report) -> list[Figure]:
    """The figures of one chapter; none for a chapter without any."""
    draw = DRAWERS.get(topic.name)
    return [] if draw is None else draw(topic, report)


def overview_of(report: Report) -> list[Figure]:
    """The figure at the top: every comparison at a glance."""
    return overview.figures(report)
