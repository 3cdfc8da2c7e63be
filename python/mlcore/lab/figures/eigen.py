"""Eigenvalues: time over size, and how the power iteration converges for different gaps."""

from __future__ import annotations

import math

from mlcore.lab.figures.series import times_figure
from mlcore.lab.figures.style import CYCLE, Figure, axes, drawing, to_svg
from mlcore.lab.results import Report, TopicResult

__all__ = ["figures"]


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """Time of `eigh` over n per type, then the convergence."""
    rows = [row for row in topic.comparisons if row.operation == "eigh" and math.isfinite(row.ratio)]
    drawn = [
        times_figure(
            f"eigh-{dtype}",
            f"All eigenpairs, {dtype}",
            [row for row in rows if row.dtype == dtype],
            x="n, for symmetric n x n matrices",
            note="Lower is faster; a straight line of slope 3 is the n³ of the method.",
        )
        for dtype in dict.fromkeys(row.dtype for row in rows)
    ]
    return drawn + _convergence(topic)


def _convergence(topic: TopicResult) -> list[Figure]:
    curves = topic.curves_of("convergence")
    if not curves:
        return []
    with drawing() as figure:
        ax = axes(figure, x="iteration", y="error of the eigenvalue, relative", log="y")
        for i, curve in enumerate(curves):
            ax.plot(curve.x, curve.y, color=CYCLE[i % len(CYCLE)], label=curve.name)
        ax.legend(fontsize=7.5)
        caption = (
            "Each line falls by the factor (second eigenvalue / first)² per iteration: the closer the two are, the "
            "flatter the line and the longer the wait."
        )
        svg = to_svg(figure, "convergence", caption)
        return [Figure("convergence", "Power iteration: the gap decides", caption, svg)]
