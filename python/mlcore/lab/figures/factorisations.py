"""Linear equations: time over size, one drawing for each operation."""

from __future__ import annotations

import math

from mlcore.lab.figures.series import times_figure
from mlcore.lab.figures.style import Figure
from mlcore.lab.results import Report, TopicResult

__all__ = ["figures"]


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """Time over n in float64, per operation."""
    rows = [row for row in topic.comparisons if row.dtype == "float64" and math.isfinite(row.ratio)]
    return [
        times_figure(
            operation,
            f"{operation}, float64",
            [row for row in rows if row.operation == operation],
            x="n, for n x n matrices",
            note="Lower is faster.",
        )
        for operation in dict.fromkeys(row.operation for row in rows)
    ]
