"""The kernels as ratios with their spread, and the small-matrix stacks as speed over size."""

from __future__ import annotations

import math

from mlcore.lab.figures.overview import COLOUR_OF_VERDICT, ratio_axis, shade
from mlcore.lab.figures.series import rates_over_n
from mlcore.lab.figures.style import Figure, axes, drawing, to_svg
from mlcore.lab.results import Comparison, Report, TopicResult
from mlcore.lab.wording import count_threads, ratio

__all__ = ["figures"]

STACKS = "stack of products"


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """Ratios per type and number of threads, then the stacks."""
    timed = [row for row in topic.comparisons if math.isfinite(row.ratio)]
    plain = [row for row in timed if row.operation != STACKS]
    kinds = dict.fromkeys((row.dtype, row.threads) for row in plain)
    drawn = [_ratios(plain, dtype, threads) for dtype, threads in kinds]
    stacks = [row for row in timed if row.operation == STACKS]
    return drawn + [_stacks(stacks, dtype) for dtype in dict.fromkeys(row.dtype for row in stacks)]


def _ratios(rows: list[Comparison], dtype: str, threads: int) -> Figure:
    rows = [row for row in rows if (row.dtype, row.threads) == (dtype, threads)]
    with drawing(4.7, 0.75 + 0.2 * len(rows)) as figure:
        ax = axes(figure, x="ratio: rival's time / mlcore's time", y="", log="x")
        for y, row in enumerate(rows):
            colour = COLOUR_OF_VERDICT[row.verdict]
            ax.plot([row.ratio_low, row.ratio_high], [y, y], color=colour, linewidth=2.5, alpha=0.45)
            ax.plot(row.ratio, y, "o", color=colour, markersize=4.5)
        ax.set_yticks(range(len(rows)), [_label(row) for row in rows], fontsize=7.5)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.grid(axis="x", visible=False)
        ratio_axis(ax, [value for row in rows for value in (row.ratio_low, row.ratio_high)])
        shade(ax)
        slower = sum(row.verdict == "slower" for row in rows)
        caption = (
            f"Right of 1 mlcore is faster. Dots are medians, bars the middle half of the rounds. "
            f"Of these {len(rows)}, mlcore loses {slower}."
        )
        name = f"kernels-{dtype}-{threads}"
        title = f"Kernels, {dtype}, {count_threads(threads)}"
        return Figure(name, title, caption, to_svg(figure, name, caption))


def _label(row: Comparison) -> str:
    rival = "" if row.rival == "NumPy" else f" ({row.rival})"
    return f"{row.operation} {row.size}{rival}"


def _stacks(rows: list[Comparison], dtype: str) -> Figure:
    rows = [row for row in rows if row.dtype == dtype]
    with drawing() as figure:
        ax = axes(figure, x="k, for stacks of k x k matrices", y="Gflop/s", log="xy")
        rates_over_n(ax, rows)
        best, worst = max(rows, key=lambda row: row.ratio), min(rows, key=lambda row: row.ratio)
        caption = (
            f"Higher is faster. A stack holds many small products in one call. mlcore stands best at k = {best.n} "
            f"({ratio(best.ratio)} NumPy's speed) and worst at k = {worst.n} ({ratio(worst.ratio)})."
        )
        name = f"stacks-{dtype}"
        return Figure(name, f"Stacks of small matrices, {dtype}", caption, to_svg(figure, name, caption))
