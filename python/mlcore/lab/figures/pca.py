"""PCA in pictures: the time of each way, the scree plot, the table in two dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.markers import MarkerStyle
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator, PercentFormatter
from matplotlib.transforms import Affine2D

from mlcore.lab.figures.style import CYCLE, GREY, Figure, axes, colour_of, drawing, to_svg
from mlcore.lab.results import Curve, Report, TopicResult
from mlcore.lab.topics.pca import ON_DATA
from mlcore.lab.wording import count_threads, duration, ratio

__all__ = ["figures"]

CLASSES = 12  # labels up to this many get a colour each
# Ten colours for ten digits, dark enough on white; beyond eight, colours alone do not suffice, hence the characters.
PALETTE = ("#1f77b4", "#d9660a", "#2a8f2a", "#c9222b", "#7d55ad", "#85523f", "#cf5fae", "#6b6b6b", "#9a9a10", "#109fb0")


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """Time, scree, scores: as far as the run has them."""
    drawn = [_time(topic, report), _scree(topic), _scores(topic, report)]
    return [figure for figure in drawn if figure is not None]


def _time(topic: TopicResult, report: Report) -> Figure | None:
    rows = [row for row in topic.comparisons if row.operation == ON_DATA and math.isfinite(row.ratio)]
    if not rows:
        return None
    threads = max(row.threads for row in rows)
    rows = [row for row in rows if row.threads == threads]
    bars = [("mlcore", rows[0].seconds, 1.0)] + [(row.rival, row.rival_seconds, row.ratio) for row in rows]
    with drawing(4.7, 1.1 + 0.32 * len(bars)) as figure:
        ax = axes(figure, x="milliseconds", y="")
        for y, (name, seconds, times) in enumerate(bars):
            ax.barh(y, seconds * 1e3, height=0.6, color=colour_of(name, y))
            inside = seconds > 0.5 * max(bar[1] for bar in bars)
            ax.annotate(
                duration(seconds) + ("" if name == "mlcore" else f", {ratio(times)} mlcore's time"),
                (seconds * 1e3, y),
                xytext=(-4 if inside else 4, 0),
                textcoords="offset points",
                va="center",
                ha="right" if inside else "left",
                color="white" if inside else None,
            )
        ax.set_yticks(range(len(bars)), [name for name, _, _ in bars])
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        caption = (
            f"Shorter is faster: the time to fit {rows[0].size} of {report.data['name']} with {count_threads(threads)} "
            "on each side."
        )
        return Figure("pca-time", "Three ways to the same answer", caption, to_svg(figure, "pca-time", caption))


def _scree(topic: TopicResult) -> Figure | None:
    curves = {curve.name: curve for curve in topic.curves_of("scree")}
    if not curves:
        return None
    each, total = curves["each"], curves["cumulative"]
    with drawing() as figure:
        ax = axes(figure, x="component", y="share of the variance")
        ax.bar(each.x, each.y, color=colour_of("mlcore"), width=0.75, label="each component")
        ax.plot(total.x, total.y, color=CYCLE[1], marker="o", markersize=3, label="all up to here")
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.grid(axis="x", visible=False)
        ax.set_ylim(0, 1.02)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend(loc="center right")
        half = next((int(x) for x, y in zip(total.x, total.y, strict=True) if y >= 0.5), None)
        says = (
            f"{half} component{'s' * (half != 1)} already hold{'s' * (half == 1)} half of the variance"
            if half
            else f"even {len(total.x)} components hold less than half of the variance"
        )
        caption = f"Where the bars stop falling steeply (the elbow), further components add little: {says}."
        return Figure("scree", "Scree plot", caption, to_svg(figure, "scree", caption))


def _scores(topic: TopicResult, report: Report) -> Figure | None:
    clouds = topic.curves_of("scores")
    if not clouds or not clouds[0].y:
        return None
    with drawing(4.7, 4.1) as figure:
        ax = axes(figure, x="component 1", y="component 2")
        if len(clouds) == 1:
            _dots(ax, clouds[0].x, clouds[0].y, colour_of("mlcore"))
            how = "Rows that are alike lie near each other"
        elif len(clouds) <= CLASSES:
            _by_class(ax, clouds)
            how = f"One colour per {report.data['labels']}: groups that stand apart here need but two numbers"
        elif (values := _numbers(clouds)) is not None:
            _by_value(ax, clouds, values, str(report.data["labels"]))
            how = f"The colour is the value of {report.data['labels']}"
        else:
            _by_largest(ax, clouds)
            how = f"The most frequent values of {report.data['labels']} in colour, all others in grey"
        ax.set_aspect("equal", adjustable="datalim")
        count = sum(len(cloud.x) for cloud in clouds)
        of = "" if count == report.data["rows"] else f" ({count} of {report.data['rows']} rows shown)"
        caption = f"{how}{of}. The axes are the two directions in which {report.data['name']} varies most."
        return Figure("scores", "The first two components", caption, to_svg(figure, "scores", caption))


def _dots(ax: Axes, x: Sequence[float], y: Sequence[float], colour: str, label: str | None = None) -> None:
    # Points are drawn as pixels inside the drawing: thousands of vector marks would make the page heavy.
    ax.scatter(x, y, s=9, color=colour, alpha=0.7, linewidths=0, rasterized=True, label=label)


def _by_class(ax: Axes, clouds: Sequence[Curve]) -> None:
    characters = all(len(cloud.name) == 1 and cloud.name.isalnum() and cloud.name.isascii() for cloud in clouds)
    for i, cloud in enumerate(clouds):
        colour = PALETTE[i % len(PALETTE)]
        if characters:  # the label itself as the mark: no legend to look up
            ax.scatter(cloud.x, cloud.y, s=26, marker=_glyph(cloud.name), color=colour, linewidths=0, rasterized=True)
        else:
            _dots(ax, cloud.x, cloud.y, colour if i < len(PALETTE) else GREY, cloud.name or "(empty)")
    if not characters:
        ax.legend(fontsize=7.5, markerscale=1.6, handletextpad=0.2)


def _glyph(character: str) -> MarkerStyle:
    """A character as a mark, centred, and as high as others are."""
    outline = TextPath((0, 0), character, size=1)
    box = outline.get_extents()
    centre = (-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2)
    return MarkerStyle(outline.transformed(Affine2D().translate(*centre)))


def _numbers(clouds: Sequence[Curve]) -> list[float] | None:
    try:
        return [float(cloud.name) for cloud in clouds]
    except ValueError:
        return None


def _by_value(ax: Axes, clouds: Sequence[Curve], values: Sequence[float], name: str) -> None:
    x = [value for cloud in clouds for value in cloud.x]
    y = [value for cloud in clouds for value in cloud.y]
    colours = [value for cloud, value in zip(clouds, values, strict=True) for _ in cloud.x]
    cloud = ax.scatter(x, y, s=9, c=colours, cmap="viridis", alpha=0.8, linewidths=0, rasterized=True)
    bar = ax.figure.colorbar(cloud, ax=ax, label=name)
    bar.outline.set_visible(False)


def _by_largest(ax: Axes, clouds: Sequence[Curve]) -> None:
    largest = sorted(clouds, key=lambda cloud: -len(cloud.x))[: CLASSES - 4]
    for cloud in clouds:
        if cloud not in largest:
            _dots(ax, cloud.x, cloud.y, "#c8c8c8")
    for i, cloud in enumerate(largest):
        _dots(ax, cloud.x, cloud.y, PALETTE[i], cloud.name or "(empty)")
    ax.legend(fontsize=7.5, markerscale=1.6, handletextpad=0.2)
