"""Each ladder twice: the speed of every step as a bar, and the steps on the machine's roofline.

The roofline (Williams, Waterman and Patterson 2009) is min(peak, bandwidth x intensity): what a
computation with so many flops per byte from memory can reach at best.
"""

from __future__ import annotations

import numpy as np

from mlcore.lab.figures.style import CYCLE, GREY, INK, Figure, axes, colour_of, drawing, to_svg
from mlcore.lab.limits import MachineLimits
from mlcore.lab.results import LadderStep, Report, TopicResult
from mlcore.lab.wording import count_threads, percent, rate

__all__ = ["figures"]

_TITLES = {
    "matmul": "matrix product",
    "gram_schmidt": "Gram-Schmidt",
    "qr": "QR factorisation",
    "cholesky": "Cholesky factorisation",
    "lu": "LU factorisation",
    "eigh": "symmetric eigenvalue problem",
    "power_iteration": "power iteration",
}


def figures(topic: TopicResult, report: Report) -> list[Figure]:
    """A bar chart and a roofline per ladder, in the type it was climbed in first."""
    drawn = []
    for name in dict.fromkeys(step.topic for step in topic.steps):
        steps = [step for step in topic.steps if step.topic == name]
        steps = [step for step in steps if step.dtype == steps[0].dtype]
        drawn += [_bars(name, steps), _roofline(name, steps, report.limits)]
    return drawn


def _speed(step: LadderStep) -> float:
    return step.flops / step.seconds


def _name(step: LadderStep) -> str:
    return step.step.replace("_", " ") + (f", {count_threads(step.threads)}" if step.threads > 1 else "")


def _bars(ladder: str, steps: list[LadderStep]) -> Figure:
    with drawing(4.7, 0.85 + 0.3 * len(steps)) as figure:
        ax = axes(figure, x="Gflop/s", y="", log="x")
        speeds = [_speed(step) / 1e9 for step in steps]
        left = min(speeds) / 2
        for y, (step, speed) in enumerate(zip(steps, speeds, strict=True)):
            ax.barh(y, speed - left, left=left, height=0.65, color=colour_of("mlcore"), alpha=0.45 + 0.55 * y / len(steps))
            text = f"{speed:.3g}  ({percent(step.share)})"
            ax.annotate(text, (speed, y), xytext=(4, 0), textcoords="offset points", va="center", fontsize=7.5)
        ax.set_yticks(range(len(steps)), [_name(step) for step in steps])
        ax.set_xlim(left, max(speeds) * 5)
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        first, last = steps[0], steps[-1]
        caption = (
            f"n = {first.n}, {first.dtype}; in brackets the share of the FMA peak with the threads the step uses. "
            "From top to bottom each step adds one idea; together they make it "
            f"{first.seconds / last.seconds:.0f} times faster."
        )
        name = f"ladder-{ladder}"
        return Figure(name, f"The {_title(ladder)} ladder", caption, to_svg(figure, name, caption))


def _roofline(ladder: str, steps: list[LadderStep], limits: tuple[MachineLimits, ...]) -> Figure:
    intensities = [step.flops / step.bytes for step in steps]
    low, high = min(0.05, min(intensities) / 3), max(100.0, max(intensities) * 3)
    x = np.geomspace(low, high, 200)
    dtype = steps[0].dtype
    with drawing(4.7, 3.8) as figure:
        ax = axes(figure, x="flops per byte from memory", y="Gflop/s", log="xy")
        for limit in limits:
            roof = np.minimum(limit.fma_peak[dtype], limit.stream * x) / 1e9
            ax.plot(x, roof, color=GREY, linestyle="-" if limit is limits[-1] else "--", linewidth=1.2)
            ax.annotate(
                f"{count_threads(limit.threads)}: {rate(limit.fma_peak[dtype], 'flop/s')}, {rate(limit.stream, 'B/s')}",
                (high, limit.fma_peak[dtype] / 1e9),
                xytext=(-2, 3),
                textcoords="offset points",
                ha="right",
                fontsize=7,
                color=GREY,
            )
        speeds = [_speed(step) / 1e9 for step in steps]
        ax.plot(intensities, speeds, color=colour_of("mlcore"), linewidth=0.8, alpha=0.5)
        for i, (intensity, speed) in enumerate(zip(intensities, speeds, strict=True)):
            ax.plot(intensity, speed, "o", color=CYCLE[0], markersize=5)
            ax.annotate(f"{i + 1}", (intensity, speed), xytext=(5, -3), textcoords="offset points", fontsize=8, color=INK)
        named = ", ".join(f"{i + 1} {_name(step)}" for i, step in enumerate(steps))
        caption = (
            "A step under the slope waits for memory, one under the flat part for arithmetic; the distance to the roof "
            f"is what is left to gain. Steps: {named}."
        )
        name = f"roofline-{ladder}"
        return Figure(name, f"The {_title(ladder)} on the roofline", caption, to_svg(figure, name, caption))


def _title(ladder: str) -> str:
    return _TITLES.get(ladder, ladder)
