"""Orthogonality lost to rounding, method by method, as the Hilbert matrix gets worse conditioned."""

from __future__ import annotations

from matplotlib.ticker import MultipleLocator

from mlcore.lab.figures.style import CYCLE, GREY, Figure, axes, colour_of, drawing, to_svg
from mlcore.lab.results import Report, TopicResult

__all__ = ["figures"]

EPS = 2.0**-52
MARKERS = "osD^vP"


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """The loss of orthogonality, and the time of each method."""
    drawn = []
    curves = topic.curves_of("orthogonality")
    if curves:
        with drawing() as figure:
            ax = axes(figure, x="n, for the n x n Hilbert matrix", y="||I - QᵀQ||", log="y")
            for i, curve in enumerate(curves):
                theirs = curve.name == "NumPy qr"
                colour = colour_of("NumPy") if theirs else ([CYCLE[0], *CYCLE[2:]])[i % (len(CYCLE) - 1)]
                floor = [max(y, EPS / 4) for y in curve.y]  # exactly 0 has no place on a logarithmic axis
                ax.plot(curve.x, floor, marker=MARKERS[i % 6], color=colour, label=curve.name, markersize=3.5)
            ax.axhline(EPS, color=GREY, linewidth=0.8)
            ax.annotate(
                "eps",
                (1, EPS),
                xycoords=("axes fraction", "data"),
                xytext=(-2, 2),
                textcoords="offset points",
                ha="right",
                color=GREY,
                fontsize=7.5,
            )
            ax.xaxis.set_major_locator(MultipleLocator(2))
            ax.legend(fontsize=7.5)
            caption = (
                "Lower is better; at 1 nothing is left of orthogonality. The columns of a Hilbert matrix become nearly "
                "dependent as n grows: classical Gram-Schmidt fails first, modified later, and going over each column "
                "twice keeps Q orthogonal to working precision."
            )
            svg = to_svg(figure, "orthogonality", caption)
            drawn.append(Figure("orthogonality", "Orthogonality lost to rounding", caption, svg))
    return drawn
