"""How the power iteration converges for different gaps."""

from __future__ import annotations

from mlcore.lab.figures.style import CYCLE, Figure, axes, drawing, to_svg
from mlcore.lab.results import Report, TopicResult

__all__ = ["figures"]


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """The error over the iterations, a line for each gap."""
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
