"""Lines that several figures draw: speed over size, for each library and number of threads."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mlcore.lab.figures.overview import COLOUR_OF_VERDICT, ratio_axis, shade
from mlcore.lab.figures.style import Figure, axes, colour_of, drawing, line_style, to_svg
from mlcore.lab.results import Comparison
from mlcore.lab.wording import count_threads

__all__ = ["plain_ticks", "rates_over_n", "ratios_figure"]


def rates_over_n(ax: Axes, rows: Sequence[Comparison]) -> None:
    """Gflop/s over n."""
    timed = [row for row in rows if math.isfinite(row.ratio)]
    counts = sorted({row.threads for row in timed})
    lines: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for row in timed:
        for name, seconds in (("mlcore", row.seconds), (row.rival, row.rival_seconds)):
            points = lines.setdefault((name, row.threads), [])
            point = (row.n, row.flops / seconds / 1e9)
            if point not in points:
                points.append(point)
    # mlcore is drawn last, on top of what it is compared with.
    for (name, threads), points in sorted(lines.items(), key=lambda item: item[0][0] == "mlcore"):
        ax.plot(
            *zip(*sorted(points), strict=True),
            marker="o" if name == "mlcore" else "s",
            linestyle=line_style(threads, counts),
            color=colour_of(name, 1 + [n for n, _ in lines].index(name)),
            label=f"{name}, {count_threads(threads)}",
        )
    handles, labels = ax.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: (not labels[i].startswith("mlcore"), labels[i]))
    ax.legend([handles[i] for i in order], [labels[i] for i in order], fontsize=7.5)
    plain_ticks(ax, sorted({row.n for row in timed}))


def ratios_figure(name: str, title: str, rows: Sequence[Comparison]) -> Figure:
    """A row for each comparison: the median of its ratio, and the middle half of the rounds."""
    with drawing(4.7, 0.75 + 0.2 * len(rows)) as figure:
        ax = axes(figure, x="mlcore's speed / the rival's", y="", log="x")
        for y, row in enumerate(rows):
            colour = COLOUR_OF_VERDICT[row.verdict]
            ax.plot([row.ratio_low, row.ratio_high], [y, y], color=colour, linewidth=2.5, alpha=0.45)
            ax.plot(row.ratio, y, "o", color=colour, markersize=4.5)
        ax.set_yticks(range(len(rows)), [_label(row) for row in rows], fontsize=7.5)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.grid(axis="x", visible=False)
        ratio_axis(ax, [value for row in rows for value in (row.ratio_low, row.ratio_high)], most=6)
        shade(ax)
        slower = sum(row.verdict == "slower" for row in rows)
        caption = (
            f"Right of 1 mlcore is faster. Dots are medians, bars the middle half of the rounds. "
            f"Of these {len(rows)}, mlcore loses {slower}."
        )
        return Figure(name, title, caption, to_svg(figure, name, caption))


def plain_ticks(ax: Axes, sizes: Sequence[int]) -> None:
    """Label the sizes that were measured, thinned out where they would overlap, as plain integers."""
    shown: list[int] = []
    for n in sizes:
        if not shown or n >= 1.55 * shown[-1]:
            shown.append(n)
    ax.xaxis.set_major_locator(FixedLocator(shown))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _label(row: Comparison) -> str:
    rival = "" if row.rival == "NumPy" else f" ({row.rival})"
    return f"{row.operation} {row.size}{rival}"
