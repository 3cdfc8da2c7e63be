"""The kernels as ratios with their spread, and the small-matrix stacks as speed over size."""

from __future__ import annotations

import math

from mlcore.lab.figures.series import rates_over_n, ratios_figure
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
    drawn = [
        ratios_figure(
            f"kernels-{dtype}-{threads}",
            f"Kernels, {dtype}, {count_threads(threads)}",
            [row for row in plain if (row.dtype, row.threads) == (dtype, threads)],
        )
        for dtype, threads in kinds
    ]
    stacks = [row for row in timed if row.operation == STACKS]
    return drawn + [_stacks(stacks, dtype) for dtype in dict.fromkeys(row.dtype for row in stacks)]


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
