"""Linear equations: time over size, one drawing for each operation and type."""

from __future__ import annotations

import math

from mlcore.lab.figures.series import times_over_n
from mlcore.lab.figures.style import Figure, axes, drawing, to_svg
from mlcore.lab.results import Report, TopicResult
from mlcore.lab.wording import ratio

__all__ = ["figures"]


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """Time over n in float64, per operation."""
    rows = [row for row in topic.comparisons if row.dtype == "float64" and math.isfinite(row.ratio)]
    drawn = []
    for operation in dict.fromkeys(row.operation for row in rows):
        shown = [row for row in rows if row.operation == operation]
        with drawing() as figure:
            ax = axes(figure, x="n, for n x n matrices", y="seconds", log="xy")
            times_over_n(ax, shown)
            last = max(shown, key=lambda row: (row.threads, row.n))
            caption = f"Lower is faster. At n = {last.n} mlcore has {ratio(last.ratio)} NumPy's speed."
            drawn.append(Figure(operation, f"{operation}, float64", caption, to_svg(figure, operation, caption)))
    return drawn
