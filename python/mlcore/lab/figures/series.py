"""Lines that several figures draw: speed over size, for each library and number of threads."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mlcore.lab.figures.style import Figure, axes, colour_of, drawing, line_style, to_svg
from mlcore.lab.results import Comparison
from mlcore.lab.wording import count_threads, ratio

__all__ = ["plain_ticks", "rates_over_n", "times_figure"]


def rates_over_n(ax: Axes, rows: Sequence[Comparison]) -> None:
    """Gflop/s over n."""
    _over_n(ax, rows, as_rate=True)


def times_figure(name: str, title: str, rows: Sequence[Comparison], *, x: str, note: str) -> Figure:
    """Seconds over n as a figure; its caption is `note`, and how mlcore stands at the largest n."""
    with drawing() as figure:
        _over_n(axes(figure, x=x, y="seconds", log="xy"), rows, as_rate=False)
        last = max(rows, key=lambda row: (row.threads, row.n))
        caption = f"{note} At n = {last.n} mlcore has {ratio(last.ratio)} NumPy's speed."
        return Figure(name, title, caption, to_svg(figure, name, caption))


def _over_n(ax: Axes, rows: Sequence[Comparison], *, as_rate: bool) -> None:
    timed = [row for row in rows if math.isfinite(row.ratio)]
    counts = sorted({row.threads for row in timed})
    lines: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for row in timed:
        for name, seconds in (("mlcore", row.seconds), (row.rival, row.rival_seconds)):
            value = row.flops / seconds / 1e9 if as_rate else seconds
            points = lines.setdefault((name, row.threads), [])
            if (row.n, value) not in points:
                points.append((row.n, value))
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


def plain_ticks(ax: Axes, sizes: Sequence[int]) -> None:
    """Label the sizes that were measured, thinned out where they would overlap, as plain integers."""
    shown: list[int] = []
    for n in sizes:
        if not shown or n >= 1.55 * shown[-1]:
            shown.append(n)
    ax.xaxis.set_major_locator(FixedLocator(shown))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
