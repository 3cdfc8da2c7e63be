"""Chebyshev series on [-1, 1]: from samples to coefficients, where to chop them, and their roots.

A function's interpolant at the points ``t_j = cos(j pi / n)`` is ``sum_k c_k T_k(t)``; c comes from the samples by a cosine
transform, which is a matrix here: n is at most 64.

Sources: L. N. Trefethen, "Approximation Theory and Approximation Practice", SIAM 2013, chapters 3, 4 and 18; J. Aurentz and
L. N. Trefethen, "Chopping a Chebyshev Series", ACM Transactions on Mathematical Software 43(4), 2017.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from mlcore import linalg
from mlcore._core import calculus as _core

__all__ = ["chopped_length", "coefficients", "integral", "points", "restricted", "roots", "values"]

Series = NDArray[Any]
_EPS: Final = float(np.finfo(float).eps)
# Series longer than this are halved before their roots are looked for: eigenvalues cost n^3.
_LONGEST: Final = 50
# Rounding makes m simple roots of a multiple one, eps^(1/m) apart in the complex plane; the residual decides.
_APART: Final = 1e-2


@functools.cache
def points(n: int) -> Series:
    """The n + 1 points cos(j pi / n), from -1 to 1, antisymmetric to the last bit."""
    return np.sin(np.pi * np.arange(-n, n + 1, 2) / (2 * n))


@functools.cache
def _transform(n: int) -> NDArray[np.float64]:
    """The matrix from values at `points` to coefficients."""
    j = np.arange(n + 1)
    C = np.cos(np.pi / n * ((j[:, None] * (n - j)) % (2 * n)))
    C[:, [0, -1]] *= 0.5
    C[[0, -1]] *= 0.5
    return np.asarray(C * (2 / n))


def coefficients(samples: Series) -> Series:
    """c of the interpolant of samples at `points`."""
    n = len(samples) - 1
    return np.asarray(_transform(n) @ samples) if n else samples.copy()


def values(t: Any, c: Series) -> Any:
    """The series at t."""
    return _core.chebyshev_values(t, c)


def chopped_length(c: Series, tol: float) -> int:
    """How many coefficients to keep, by Aurentz and Trefethen's rule; len(c) if the series is not resolved to `tol`.

    The envelope of |c| must reach a plateau; the cut is where it is lowest after a tilt that favours early ones.
    """
    n = len(c)
    if n < 17:
        return n
    if tol >= 1:
        return 1
    envelope = np.maximum.accumulate(np.abs(c)[::-1])[::-1]
    if envelope[0] == 0:
        return 1
    envelope = envelope / envelope[0]
    j = np.arange(2, n + 1)
    j2 = np.rint(1.25 * j + 5).astype(int)
    j, j2 = j[j2 <= n], j2[j2 <= n]
    first, second = envelope[j - 1], envelope[j2 - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        plateau = np.flatnonzero((first == 0) | (second / first > 3 * (1 - np.log(first) / np.log(tol))))
    if not plateau.size:
        return n
    start, end = int(j[plateau[0]]), int(j2[plateau[0]])
    if envelope[start - 2] == 0:
        return start - 1
    floor = tol ** (7 / 6)
    j3 = int(np.sum(envelope >= floor))
    if j3 < end:
        end = j3 + 1
        envelope[end - 1] = floor
    tilted = np.log10(envelope[:end]) + np.linspace(0, -np.log10(tol) / 3, end)
    return max(int(np.argmin(tilted)), 1)


def integral(c: Series) -> Series:
    """A series with the derivative c, its first coefficient 0: T_k is that of (T_(k+1) / (k + 1) - T_(k-1) / (k - 1)) / 2."""
    n = len(c)
    padded = np.concatenate([c, [0.0, 0.0]])
    padded[0] *= 2
    return np.concatenate([[0.0], (padded[:n] - padded[2:]) / np.arange(2, 2 * n + 1, 2)])


def roots(c: Series, halvings: int = 30) -> Series:
    """The real roots in [-1, 1], in order: eigenvalues of the colleague matrix, improved by Newton's steps.

    None for a series that is zero everywhere.
    """
    size = np.abs(c)
    keep = np.flatnonzero(size > _EPS * 1e-3 * size.max(initial=0))
    c = c[: keep[-1] + 1] if keep.size else c[:0]
    if len(c) < 2:
        return np.zeros(0)
    if len(c) > _LONGEST + 1 and halvings:
        middle = -0.004849834917525  # no root of a function that anyone writes down
        halves = []
        for low, high in ((-1.0, middle), (middle, 1.0)):
            part = restricted(c, low, high)
            kept = max(int(np.max(np.flatnonzero(np.abs(part) > 8 * _EPS * np.abs(c).sum()), initial=0)) + 1, 1)
            halves.append(low + (high - low) * (roots(part[:kept], halvings - 1) + 1) / 2)
        found = np.concatenate(halves)
    else:
        z = linalg.eigvals(chebyshev.chebcompanion(c) if len(c) > 2 else np.array([[-c[0] / c[1]]]))
        found = np.real(z[(np.abs(np.imag(z)) < _APART) & (np.abs(np.real(z)) < 1 + _APART)])
    return _checked(c, np.clip(found, -1, 1))


def _checked(c: Series, t: Series) -> Series:
    """Candidates improved, those kept at which the series is zero up to rounding, copies of one root merged."""
    derivative = chebyshev.chebder(c)
    noise = 16 * _EPS * float(np.abs(c).sum())
    for _ in range(3):
        value, slope = values(t, c), values(t, derivative)
        step = np.divide(value, slope, out=np.zeros_like(t), where=slope != 0)
        better = np.clip(t - step, -1, 1)
        t = np.where(np.abs(values(better, c)) < np.abs(value), better, t)
    rounding = 4 * _EPS * np.abs(values(t, derivative))  # of t
    t = np.sort(t[np.abs(values(t, c)) <= noise + rounding])
    merged: list[float] = []
    for root in t.tolist():
        near = bool(merged) and root - merged[-1] < _APART
        if near and np.abs(values(np.linspace(merged[-1], root, 9), c)).max() <= noise:
            merged[-1] = (merged[-1] + root) / 2
        else:
            merged.append(root)
    return np.array(merged)


def restricted(c: Series, low: float, high: float) -> Any:
    """The series of the same polynomial on a part [low, high] of [-1, 1], mapped to [-1, 1]."""
    if low <= -1 and high >= 1:
        return c
    n = len(c) - 1
    return coefficients(values((low * (1 - points(n)) + high * (1 + points(n))) / 2, c)) if n else c
