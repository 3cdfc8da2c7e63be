"""Every comparison of the run in one picture: one row per operation, one mark per size, type and thread count."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mlcore.lab.figures.style import GREY, INK, Figure, axes, drawing, to_svg
from mlcore.lab.results import EVEN, Comparison, Report

__all__ = ["COLOUR_OF_VERDICT", "figures", "ratio_axis", "ratio_ticks", "shade"]

COLOUR_OF_VERDICT = {"faster": "#0072B2", "even": "#8a8a8a", "slower": "#C1272D"}
ROWS = 14  # in one figure at most
RATIOS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


def figures(report: Report) -> list[Figure]:
    """One figure, or two halves side by side if there are many operations; none if nothing was timed."""
    timed = [row for row in report.comparisons if math.isfinite(row.ratio)]
    groups: dict[str, list[Comparison]] = {}
    for row in timed:
        groups.setdefault(f"{row.operation} ({row.rival})", []).append(row)
    names = list(groups)
    half = len(names) if len(names) <= ROWS else (len(names) + 1) // 2
    parts = [names[i : i + half] for i in range(0, len(names), half)] if names else []
    return [_part({name: groups[name] for name in part}, timed, number, len(parts)) for number, part in enumerate(parts, 1)]


def _part(groups: dict[str, list[Comparison]], timed: list[Comparison], number: int, count: int) -> Figure:
    with drawing(4.7, 0.9 + 0.21 * len(groups)) as figure:
        ax = axes(figure, x="mlcore's speed / the rival's", y="", log="x")
        for y, rows in enumerate(groups.values()):
            for verdict, colour in COLOUR_OF_VERDICT.items():
                shown = [row.ratio for row in rows if row.verdict == verdict]
                ax.plot(shown, [y] * len(shown), "o", color=colour, alpha=0.7, markersize=5, markeredgewidth=0)
        ax.set_yticks(range(len(groups)), list(groups))
        ax.set_ylim(len(groups) - 0.4, -0.6)
        ax.grid(axis="x", visible=False)
        ratio_axis(ax, [row.ratio for row in timed], most=6)
        shade(ax)
        title, caption = "Every comparison at a glance", "Continued, on the same scale."
        if number == 1:
            caption = (
                "Each mark is one size, type and number of threads. Right of the line at 1 (blue) mlcore is faster, "
                "left of it (red) it is slower; grey marks are within 5 %."
            )
        if count > 1:
            title = f"{title} ({number} of {count})"
        name = f"overview-{number}"
        return Figure(name, title, caption, to_svg(figure, name, caption))


def ratio_axis(ax: Axes, values: list[float], *, most: int = 8) -> None:
    """A logarithmic abscissa for ratios, labelled with plain multiples, `most` of them at most."""
    low, high = min(0.85, *values) * 0.9, max(1.2, *values) * 1.12
    ax.set_xlim(low, high)
    ax.xaxis.set_major_locator(FixedLocator(ratio_ticks(low, high, most)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))


def ratio_ticks(low: float, high: float, most: int) -> list[float]:
    """The plain multiples from `low` to `high`, 1 among them, thinned out to `most` of them or little more."""
    apart = math.log(high / low) / most
    shown = [1.0]
    above, below = [t for t in RATIOS if 1 < t <= high], [t for t in RATIOS if low <= t < 1]
    for side in (above, below[::-1]):
        last = 1.0
        for tick in side:
            if abs(math.log(tick / last)) >= apart:
                shown.append(tick)
                last = tick
    return sorted(shown)


def shade(ax: Axes, *, vertical: bool = True) -> None:
    """The line at 1, and the band within which ratios count as even."""
    band, line = (ax.axvspan, ax.axvline) if vertical else (ax.axhspan, ax.axhline)
    band(1 - EVEN, 1 + EVEN, color=GREY, alpha=0.15, linewidth=0)
    line(1, color=INK, linewidth=0.8)
