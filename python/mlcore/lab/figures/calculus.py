"""Derivatives and integrals: the ratios of either, with each number of threads."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from mlcore.lab.figures.series import ratios_figure
from mlcore.lab.figures.style import Figure
from mlcore.lab.results import Comparison, Report, TopicResult
from mlcore.lab.wording import count_threads

__all__ = ["figures"]


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """Two figures for each number of threads."""
    timed = [row for row in topic.comparisons if math.isfinite(row.ratio)]
    return [
        ratios_figure(f"calculus-{name}-{threads}", f"{title}, {count_threads(threads)}", [_short(row) for row in rows])
        for threads in sorted({row.threads for row in timed})
        for name, title, gradients in (("gradients", "Gradients", True), ("integrals", "Integrals", False))
        if (rows := [r for r in timed if r.threads == threads and r.operation.startswith("gradient") == gradients])
    ]


def _short(row: Comparison) -> Comparison:
    """With what the title says already left away."""
    return replace(
        row,
        operation=re.sub("^(gradient|integrate|integral), ", "", row.operation),
        size=re.sub("(, )?rtol .*", "", row.size),
        rival=re.sub("^(NumPy|SciPy) ", "", row.rival),
    )
