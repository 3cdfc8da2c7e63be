"""Integrals of functions of one variable: adaptive Gauss-Kronrod in batches, tanh-sinh where an end is singular."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, isnan, nan
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore._core import calculus as _core
from mlcore.calculus._quadrature import NODES, ROUNDING
from mlcore.calculus._tanh_sinh import End, tanh_sinh

__all__ = ["IntegrationResult", "integrate"]

Status = Literal["converged", "max_evaluations", "roundoff", "not_finite", "divergent"]
_VERDICTS: Final[tuple[Status, ...]] = ("converged", "converged", "max_evaluations", "roundoff", "not_finite")
_F64: Final = np.dtype(np.float64)


@dataclass(frozen=True, slots=True)
class IntegrationResult:
    """What `integrate` returns."""

    value: Any
    """float or complex, or ndarray of the shape of the function's values: the integral."""
    error: float
    """An estimate of the error, meant as a bound; of several values, of the largest."""
    n_evaluations: int
    """At how many points the function was evaluated."""
    status: Status
    """``"converged"``: `error` is within the tolerance. ``"max_evaluations"``: there were not enough. ``"roundoff"``: the
    function cannot be resolved any finer. ``"not_finite"``: it is NaN, or infinite in too many places.
    ``"divergent"``: it grows like 1 / distance, or faster, toward an end of an interval. In the last two
    cases the value is NaN and `error` infinite."""
    method: Literal["gauss-kronrod", "tanh-sinh"]
    """``"tanh-sinh"`` if part of the value comes from it."""


class _Function:
    """The function, called with arrays if it takes them, its values as float64 of shape (n, m)."""

    __slots__ = ("complex", "count", "f", "rounding", "shape", "vectorized")

    def __init__(self, f: Callable[[Any], Any], vectorized: bool | None) -> None:
        self.f, self.vectorized = f, vectorized
        self.count, self.complex, self.rounding = 0, False, ROUNDING
        self.shape: tuple[int, ...] = ()

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.vectorized is None:
            y = self._first(x)
        elif self.vectorized:
            self.count += len(x)
            y = self.f(x)
            if type(y) is not np.ndarray or y.shape[:1] != x.shape:
                raise ValueError(
                    f"f returned shape {np.shape(y)} for {len(x)} points; expected ({len(x)}, ...), a value for each. "
                    "Pass vectorized=False if it takes one number at a time."
                )
        else:
            self.count += len(x)
            y = np.array([self.f(t) for t in x.tolist()])
        if y.dtype is _F64 and y.ndim == 1:
            return y
        return self._plain(y)

    def _first(self, x: NDArray[np.float64]) -> NDArray[Any]:
        try:
            y = self.f(x)
        except Exception:
            y = None  # if it fails for numbers too, that will be seen
        if type(y) is np.ndarray and y.shape[:1] == x.shape and y.dtype.kind in "fciub":
            self.count += len(x)
            n = len(x)
            # Near both ends and between: a mean, or a branch on any or all, differs at one of them.
            self.vectorized = all(self._same(y[i], float(x[i])) for i in (1, n // 2 + 3, n - 2))
            if self.vectorized:
                return y
        self.vectorized = False
        self.count += len(x)
        return np.array([self.f(t) for t in x.tolist()])

    def _same(self, found: Any, x: float) -> bool:
        self.count += 1
        try:
            y = self.f(x)
        except Exception:
            return False
        if found.shape != np.shape(y):
            return False
        if found.shape == ():
            return bool(abs(found - y) <= 1e-9 * abs(y) or (found != found and y != y) or found == y)
        return bool(np.allclose(found, y, rtol=1e-9, atol=0, equal_nan=True))

    def _plain(self, y: NDArray[Any]) -> NDArray[np.float64]:
        kind = y.dtype.kind
        if kind == "O":
            y = y.astype(np.float64)
        elif kind not in "fciub":
            raise TypeError(f"f returned values of dtype {y.dtype}; expected numbers.")
        if kind in "fc" and y.dtype.itemsize < (8 if kind == "f" else 16):
            self.rounding = 4 * float(np.finfo(y.dtype).eps)
        self.shape = y.shape[1:]
        if kind == "c":
            self.complex = True
        if self.complex:
            y = np.ascontiguousarray(y.astype(np.complex128)).reshape(len(y), -1).view(np.float64)
        return np.ascontiguousarray(y, np.float64).reshape(len(y), -1)

    def columns(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """As tanh-sinh wants them: it comes near the ends, where the function may overflow."""
        if self.vectorized:
            with np.errstate(all="ignore"):
                return self(x).reshape(len(x), -1)
        self.count += len(x)
        missing = np.full(self.shape, np.nan)
        found = []
        with np.errstate(all="ignore"):
            for t in x.tolist():
                try:
                    found.append(self.f(t))
                except ArithmeticError:
                    found.append(missing)
        return self._plain(np.array(found)).reshape(len(x), -1)

    def shaped(self, value: Any) -> Any:
        """The integral, in the shape of the function's values."""
        if self.complex:
            value = np.ascontiguousarray(np.atleast_1d(value)).view(np.complex128)
            return complex(value[0]) if self.shape == () else value.reshape(self.shape)
        return value if self.shape == () else np.reshape(value, self.shape)


def integrate(
    f: Callable[[Any], Any],
    a: float,
    b: float,
    *,
    rtol: float = 1e-8,
    atol: float | None = None,
    points: Sequence[float] = (),
    vectorized: bool | None = None,
    max_evaluations: int = 50_000,
) -> IntegrationResult:
    r"""The integral of a function of one variable, :math:`\int_a^b f(x)\,dx`.

    Parameters
    ----------
    f : callable
        Takes a number and returns a number, real or complex, or an array; or takes an array of n numbers and returns n values,
        an array of shape (n, ...). What it raises passes through.
    a, b : float
        The limits; either or both may be infinite. Reversed they change the sign; equal they give 0.0, without a call.
    rtol, atol : float, default 1e-8 and None
        Converged if the error is within ``max(atol, rtol * abs(value))``; of several values, the largest counts. None is the
        rounding error, 100 eps of the integral of \|f\|.
    points : sequence of float
        Between the limits: where the function is singular, jumps, or has a narrow peak. It is not evaluated there.
    vectorized : bool, optional
        Whether `f` takes arrays. By default one call with an array finds out, compared with calls at three of its points.
    max_evaluations : int, default 50000
        At how many points `f` may be evaluated; three points, and those of a first call with an array that fails, come on top.

    Returns
    -------
    IntegrationResult
        ``value``, ``error``, ``n_evaluations``, ``status`` and ``method``.

    Raises
    ------
    TypeError
        If a limit is no real number, or `f` returns what is no number.
    ValueError
        If a limit or tolerance is NaN, a point is not between the limits, or `max_evaluations` is too small to begin.

    Notes
    -----
    The rule is that of Gauss and Kronrod with 21 points; all intervals that stand in the way of the tolerance are halved and
    evaluated in one call [1]_. Where the error sticks to one end of an interval, tanh-sinh takes over [2]_.

    The function is seen at 84 points at first if it takes arrays, or may do so, else at 21; if most of the values are
    negligible, at 1344 or 336. A peak much narrower than their distance can be missed: pass its place in `points`. An infinite
    range is looked at on the scale 1 around its finite limit, or around 0 or the `points`.

    The error is an estimate, not a proof: finitely many values cannot tell of a jump or a singularity inside the range that
    lies within about a thousandth of an interval of one of its ends. Of random places some 1 in 40 are found with an error
    larger than the one reported. Pass such places in `points`.

    References
    ----------
    .. [1] R. Piessens et al., "QUADPACK", Springer 1983.
    .. [2] H. Takahasi, M. Mori, "Double exponential formulas for numerical integration", Publ. RIMS 9, 1974.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import integrate
    >>> found = integrate(lambda x: np.exp(-(x**2)), -np.inf, np.inf)
    >>> bool(abs(found.value - np.sqrt(np.pi)) <= found.error), found.status
    (True, 'converged')
    """
    low, high = _limit(a, "a"), _limit(b, "b")
    if atol is None:
        atol = -1.0
    elif not atol >= 0:
        raise ValueError(f"atol is {atol}; expected a number of at least 0, or None.")
    if not rtol >= 0:
        raise ValueError(f"rtol is {rtol}; expected a number of at least 0.")
    if low == high:
        return IntegrationResult(0.0, 0.0, 0, "converged", "gauss-kronrod")
    backward = low > high
    if backward:
        low, high = high, low
    function = _Function(f, vectorized)
    partition = _core.Partition()
    if isfinite(low) and isfinite(high) and len(points) == 0:
        partition.add(low, high, 1 if vectorized is False or max_evaluations < 4 * len(NODES) + 6 else 4, 0.0, 0)
    else:
        _divide(partition, low, high, points)
    if partition.points > max_evaluations:
        raise ValueError(f"max_evaluations is {max_evaluations}; expected at least {partition.points}, to begin with.")
    result = _adapt(function, partition, rtol, atol, max_evaluations)
    if backward:
        return IntegrationResult(-result.value, result.error, result.n_evaluations, result.status, result.method)
    return result


def _adapt(function: _Function, partition: Any, rtol: float, atol: float, most: int) -> IntegrationResult:
    status: Status | None = None
    method: Literal["gauss-kronrod", "tanh-sinh"] = "gauss-kronrod"
    partition.absorb(function(partition.nodes()), function.rounding)
    look = 64 if function.vectorized else 16
    while (verdict := partition.decide(rtol, atol, max(most - function.count, 0), look)) == 0:
        for i, lo, hi, origin, kind, left, error in partition.singular():
            tolerance = 0.1 * max(atol, rtol * float(np.max(np.abs(partition.value()))))
            end = End(lo, hi, origin, kind, left)
            found = tanh_sinh(function.columns, end, tolerance, function.rounding, most - function.count)
            if found is not None and found.divergent:
                status = "divergent"
            # Anything less says that the singularity lies near the end, not at it.
            if found is None or not found.error <= max(tolerance, 1e-5 * error):
                partition.give_back(i)
            else:
                partition.settle(i, found.value, found.error, found.size)
                method = "tanh-sinh"
        if status is not None:
            break
        if partition.points:
            partition.absorb(function(partition.nodes()), function.rounding)
    status = status or _VERDICTS[verdict]
    value, error = partition.value(), partition.error
    if status in ("not_finite", "divergent"):
        value, error = value * nan, inf
    if function.complex:
        error *= 2**0.5  # of the larger of both parts
    return IntegrationResult(function.shaped(value), error, function.count, status, method)


def _limit(value: Any, name: str) -> float:
    if type(value) is not float:
        if isinstance(value, str | bytes) or np.ndim(value) != 0 or np.iscomplexobj(value):
            raise TypeError(f"{name} is {value!r}; expected a real number.")
        value = float(value)
    if isnan(value):
        raise ValueError(f"{name} is NaN; expected a number, or an infinity.")
    return float(value)


def _divide(partition: Any, low: float, high: float, points: Sequence[float]) -> None:
    """The first intervals of an infinite range, or of one with breakpoints."""
    inner = sorted({_limit(p, "a point") for p in points})
    if inner and not low < inner[0] <= inner[-1] < high:
        raise ValueError(f"points are {inner}; expected numbers between the limits {low} and {high}.")
    if isfinite(low):
        inner.insert(0, low)
    if isfinite(high):
        inner.append(high)
    inner = inner or [0.0]
    first, last = inner[0], inner[-1]
    if not isfinite(low):
        _tail(partition, first, -1)
    for lo, hi in pairwise(inner):
        partition.add(lo, hi, 1, 0.0, 0)
    if not isfinite(high):
        _tail(partition, last, 1)


def _tail(partition: Any, origin: float, sign: int) -> None:
    """From `origin` to infinity: directly to the next step, then by x = origin +- 1 / u."""
    step = max(1.0, abs(origin) * 1e-8)
    near = origin + sign * step
    partition.add(min(origin, near), max(origin, near), 1, 0.0, 0, sign < 0, sign > 0)
    end = 1.0 / abs(near - origin)
    for lo, hi in ((0.0, 0.01), (0.01, 0.1), (0.1, 1.0)):
        partition.add(lo * end, hi * end, 1, origin, sign, lo > 0, True)
