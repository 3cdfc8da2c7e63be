"""`mlcore info`: the build, the processor and its limits, as plain text. It needs no extra package."""

from __future__ import annotations

from collections.abc import Sequence

from mlcore.lab.limits import MachineLimits, measure
from mlcore.lab.machine import describe
from mlcore.lab.wording import count_threads, rate

__all__ = ["info"]


def info(threads: Sequence[int]) -> str:
    """Describe this machine and measure its limits, which takes a few seconds.

    Parameters
    ----------
    threads : sequence of int
        The thread counts to measure with.

    Returns
    -------
    str
        Lines of "label: value".
    """
    lines = describe()
    for count in threads:
        limits = measure(count)
        with_threads = count_threads(count)
        lines[f"FMA peak, {with_threads}"] = _peaks(limits)
        lines[f"Memory, {with_threads}"] = _memory(limits)
    width = max(len(label) for label in lines)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in lines.items())


def _peaks(limits: MachineLimits) -> str:
    return ", ".join(f"{dtype} {rate(limits.fma_peak[dtype], 'flop/s')}" for dtype in ("float64", "float32"))


def _memory(limits: MachineLimits) -> str:
    return ", ".join(f"{name} {rate(getattr(limits, name), 'B/s')}" for name in ("read", "update", "copy", "triad"))
