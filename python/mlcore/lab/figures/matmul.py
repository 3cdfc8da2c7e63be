"""Speed over size, beside the peak of the multiply-add units."""

from __future__ import annotations

from mlcore.lab.figures.series import rates_over_n
from mlcore.lab.figures.style import GREY, Figure, axes, drawing, line_style, to_svg
from mlcore.lab.results import Report, TopicResult
from mlcore.lab.wording import count_threads, percent

__all__ = ["figures"]


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """One figure per type."""
    return [_one(topic, report, dtype) for dtype in dict.fromkeys(row.dtype for row in topic.comparisons)]


def _one(topic: TopicResult, report: Report, dtype: str) -> Figure:
    rows = [row for row in topic.comparisons if row.dtype == dtype]
    with drawing() as figure:
        ax = axes(figure, x="n, for n x n matrices", y="Gflop/s", log="x")
        threads = sorted({row.threads for row in rows})
        rates_over_n(ax, rows)
        for limits in report.limits:
            if limits.threads in threads:
                peak = limits.fma_peak[dtype] / 1e9
                ax.axhline(peak, color=GREY, linewidth=1, linestyle=line_style(limits.threads, threads))
                ax.annotate(
                    f"FMA peak, {count_threads(limits.threads)}",
                    (0, peak),
                    xycoords=("axes fraction", "data"),
                    xytext=(3, 2),
                    textcoords="offset points",
                    color=GREY,
                    fontsize=7.5,
                )
        ax.set_ylim(bottom=0)
        largest = max(rows, key=lambda row: (row.threads, row.n))
        caption = (
            f"Higher is faster, and no line can rise above the peak of its number of threads. At n = {largest.n} with "
            f"{count_threads(largest.threads)} mlcore reaches {percent(largest.share)} of the peak, NumPy "
            f"{percent(largest.rival_share)}."
        )
        name = f"matmul-{dtype}"
        return Figure(name, f"Matrix product, {dtype}", caption, to_svg(figure, name, caption))
