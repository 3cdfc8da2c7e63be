"""Dense linear algebra: ratios over size, a line for each operation; ratios alone for the rest; both sides' errors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mlcore.lab.figures.overview import ratio_ticks, shade
from mlcore.lab.figures.series import plain_ticks, ratios_figure
from mlcore.lab.figures.style import CYCLE, GREY, INK, Figure, axes, drawing, to_svg
from mlcore.lab.results import Comparison, Report, TopicResult
from mlcore.lab.wording import count_threads, ratio

__all__ = ["figures"]

# Square matrices of many sizes; what is in none of these has one size, and stands in the figure of ratios.
FAMILIES: dict[str, tuple[str, ...]] = {
    "Systems": ("solve", "inv", "slogdet", "det", "cholesky", "lu"),
    "Orthogonal factors": ("qr", "svd", "svdvals"),
    "Eigenvalues": ("eigh", "eigvalsh", "eig", "eigvals"),
}
MARKERS = "osD^vP"


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """For float64: each family with each number of threads, the rest, then the errors of all."""
    timed = [row for row in topic.comparisons if math.isfinite(row.ratio) and row.dtype == "float64"]
    counts = sorted({row.threads for row in timed})
    in_family = {name for names in FAMILIES.values() for name in names}
    drawn = [
        _over_n(family, names, rows, threads)
        for family, names in FAMILIES.items()
        for threads in counts
        if (rows := [row for row in timed if row.threads == threads and row.operation in names])
    ]
    drawn += [
        ratios_figure(
            f"linalg-rest-{threads}",
            f"Tall, few of many, stacks: float64, {count_threads(threads)}",
            rows,
        )
        for threads in counts
        if (rows := [row for row in timed if row.threads == threads and row.operation not in in_family])
    ]
    return drawn + _errors(topic.comparisons)


def _over_n(family: str, names: Sequence[str], rows: list[Comparison], threads: int) -> Figure:
    with drawing() as figure:
        ax = axes(figure, x="n, for n x n matrices", y="mlcore's speed / the rival's", log="xy")
        for i, name in enumerate(names):
            points = sorted((row.n, row.ratio) for row in rows if row.operation == name)
            if points:
                ax.plot(*zip(*points, strict=True), marker=MARKERS[i], color=CYCLE[i], label=name)
        shade(ax, vertical=False)
        values = [row.ratio for row in rows]
        low, high = min(0.8, *values) * 0.9, max(1.25, *values) * 1.12
        ax.set_ylim(low, high)
        ax.yaxis.set_major_locator(FixedLocator(ratio_ticks(low, high, 9)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
        plain_ticks(ax, sorted({row.n for row in rows}))
        ax.legend(fontsize=7.5, ncols=2)
        lost = sorted((row for row in rows if row.verdict == "slower"), key=lambda row: row.ratio)
        says = (
            f"mlcore loses {len(lost)} of {len(rows)}, the most in {lost[0].operation} {lost[0].size} ({ratio(lost[0].ratio)})."
            if lost
            else f"mlcore loses none of {len(rows)}."
        )
        caption = f"Above the line at 1 mlcore is faster. {says}"
        name = f"linalg-{family.split()[0].lower()}-{threads}"
        title = f"{family}: float64, {count_threads(threads)}"
        return Figure(name, title, caption, to_svg(figure, name, caption))


def _errors(rows: Sequence[Comparison]) -> list[Figure]:
    """The error of one side over that of the other; left out is what has another unit, or a rival of a wider type."""
    pairs: dict[str, list[tuple[float, float]]] = {"error": [], "lack of orthogonality": []}
    for row in rows:
        ours, theirs = row.accuracy, row.rival_accuracy
        if ours is None or theirs is None or ours.unit != "n eps" or row.rival_wider:
            continue
        pairs["error"].append((theirs.error, ours.error))
        if ours.loss is not None and theirs.loss is not None:
            pairs["lack of orthogonality"].append((theirs.loss, ours.loss))
    every = [value for points in pairs.values() for point in points for value in point if value > 0 and math.isfinite(value)]
    if not every:
        return []
    low, high = min(every) / 2, max(*every, 2.0) * 2
    with drawing() as figure:
        ax = axes(figure, x="the rival's, in n eps", y="mlcore's, in n eps", log="xy")
        for (name, points), marker, colour in zip(pairs.items(), "o^", CYCLE, strict=False):
            shown = [(max(x, low), max(y, low)) for x, y in points]  # exactly 0 has no place on a logarithmic axis
            if shown:
                ax.plot(*zip(*shown, strict=True), marker, color=colour, alpha=0.55, markeredgewidth=0, label=name)
        ax.plot([low, high], [low, high], color=INK, linewidth=0.8)
        ax.axhline(1.0, color=GREY, linewidth=0.8, linestyle="--")
        ax.set_xlim(low, high)
        ax.set_ylim(low, high)
        ax.legend(fontsize=7.5, loc="upper left")
        better = sum(y <= x for points in pairs.values() for x, y in points)
        count = sum(map(len, pairs.values()))
        caption = (
            "Each mark is one comparison. On and below the diagonal mlcore is at least as exact as its rival: "
            f"{better} of {count}. What a backward stable method does stays below the dashed line or little above it; "
            "iterations for a few eigenpairs may stop earlier, at the tolerance both sides are given."
        )
        svg = to_svg(figure, "linalg-errors", caption)
        return [Figure("linalg-errors", "How exact: errors and orthogonality", caption, svg)]
