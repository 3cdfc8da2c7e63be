"""Numbers as a person reads them, the same in the terminal, the report and the figures."""

from __future__ import annotations

import math

from mlcore.lab.results import Comparison

__all__ = [
    "ACCURACY",
    "count_threads",
    "duration",
    "errors",
    "figure",
    "orthogonality",
    "percent",
    "rate",
    "ratio",
    "shares",
    "spread",
]

# What the columns of errors hold.
ACCURACY = (
    "Errors in units of n eps times the size of the input, mlcore's / the rival's, measured outside the timing: the backward "
    "error of a factorisation or a solution, the error of values that are known. Below 1 is as good as can be asked for. Of "
    "randomized_svd, by which share its error exceeds that of the best approximation; of integrals, the error as a share of "
    "the tolerance both sides are given: below 1 the promise is kept."
)


def duration(seconds: float) -> str:
    """Three significant digits in the unit that suits.

    Examples
    --------
    >>> duration(1.2345), duration(0.0123456), duration(4.56e-7)
    ('1.23 s', '12.3 ms', '456 ns')
    """
    if not math.isfinite(seconds):
        return "-"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        # 0.9995 rounds up to the next unit's 1.00.
        if seconds >= 0.9995 * size:
            return f"{_three(seconds / size)} {unit}"
    return f"{_three(seconds / 1e-9)} ns"


def rate(per_second: float, unit: str) -> str:
    """A rate in billions per second.

    Examples
    --------
    >>> rate(71.34e9, "flop/s"), rate(9.876e9, "B/s")
    ('71.3 Gflop/s', '9.88 GB/s')
    """
    return f"{_three(per_second / 1e9)} G{unit}" if math.isfinite(per_second) else "-"


def ratio(value: float) -> str:
    """How many times faster; below 1, slower.

    Examples
    --------
    >>> ratio(1.0), ratio(12.34), ratio(0.456)
    ('1.00x', '12.3x', '0.46x')
    """
    if not math.isfinite(value):
        return "-"
    return f"{_multiple(value)}x"


def spread(row: Comparison) -> str:
    """The quartiles of the ratio: half of the rounds lay between them."""
    if not math.isfinite(row.ratio):
        return "-"
    return f"{_multiple(row.ratio_low)}–{_multiple(row.ratio_high)}"


def percent(share: float | None) -> str:
    """A share of a limit, or a dash where there is none."""
    return "-" if share is None or not math.isfinite(share) else f"{share:.0%}"


def shares(row: Comparison) -> str:
    """Both sides' shares of the limit that binds them, with its name; empty where none was measured."""
    if row.bound is None:
        return ""
    return f"{percent(row.share)} / {percent(row.rival_share)} {'FMA' if row.bound == 'fma' else row.bound}"


def figure(value: float | None) -> str:
    """Two significant digits, plain where that is short; a dash for nothing.

    Examples
    --------
    >>> figure(0.0345), figure(12.3), figure(0.0), figure(4.56e8), figure(0.000012), figure(None)
    ('0.035', '12', '0', '5e+08', '1e-05', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    if 1e-3 <= value < 9.5:
        return f"{value:.2g}"
    return f"{value:.0f}" if 9.5 <= value < 1e5 else f"{value:.0e}"


def errors(row: Comparison) -> str:
    """Both sides' errors; empty where none was measured."""
    if row.accuracy is None or row.rival_accuracy is None:
        return ""
    return f"{figure(row.accuracy.error)} / {figure(row.rival_accuracy.error)}"


def orthogonality(row: Comparison) -> str:
    """What both sides' vectors lack in orthogonality; empty where there are none."""
    if row.accuracy is None or row.rival_accuracy is None or row.accuracy.loss is None:
        return ""
    return f"{figure(row.accuracy.loss)} / {figure(row.rival_accuracy.loss)}"


def count_threads(threads: int) -> str:
    """The number with its noun.

    Examples
    --------
    >>> count_threads(1), count_threads(2)
    ('1 thread', '2 threads')
    """
    return f"{threads} thread{'s' * (threads != 1)}"


def _multiple(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _three(value: float) -> str:
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}"
