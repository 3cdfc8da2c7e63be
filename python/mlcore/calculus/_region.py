r"""Ranges of integration in several dimensions, and the maps that make boxes of them.

A range that is infinite or depends on other variables is that of a variable :math:`t` on a finite interval:

- :math:`(-\infty, \infty)`: :math:`x = t / (1 - t^2)`, :math:`-1 < t < 1`
- :math:`[a, \infty)`: :math:`x = a + t / (1 - t)`, :math:`0 \le t < 1`, and :math:`(-\infty, b]` likewise
- :math:`[a(x_0, \ldots), b(x_0, \ldots)]`: :math:`x = a + (b - a) t`, :math:`0 \le t \le 1`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isinf
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlcore._core import calculus as _core
from mlcore._validation import as_float_array, check_number
from mlcore.calculus._refusals import TracingError, code_line
from mlcore.calculus._under_integral import traces_of

__all__ = ["Limit", "Limits", "Range"]

Limit: TypeAlias = "float | Callable[[NDArray[Any]], ArrayLike]"
Limits: TypeAlias = "ArrayLike | Sequence[Limit]"


class Range:
    """What lies between `lower` and `upper`.

    Attributes
    ----------
    d : int
        The number of dimensions.
    low, high : ndarray of shape (d,)
        The box in the variables t, `low` < `high` unless the range is empty.
    sign : int
        -1 if an odd number of limits that are numbers stand the wrong way round.
    empty : bool
        Whether a lower limit equals the upper one: the integral is 0.
    direct : bool
        Whether t is x.
    """

    def __init__(self, lower: Limits, upper: Limits) -> None:
        below, above = _limits(lower, "lower"), _limits(upper, "upper")
        if len(below) != len(above):
            raise ValueError(
                f"lower has {len(below)} limits and upper {len(above)}; expected one of each for every dimension."
            )
        self.d = len(below)
        low, high = [0.0] * self.d, [1.0] * self.d
        self.sign, self.empty = 1, False
        self._maps: list[tuple[int, Callable[[NDArray[Any], NDArray[Any]], tuple[Any, Any]]]] = []
        for i, (a, b) in enumerate(zip(below, above, strict=True)):
            if callable(a) or callable(b):
                self._check_dependent(i, a, b)
                self._maps.append((i, _dependent(i, a, b)))
                continue
            if a == b:
                self.empty = True
            elif a > b:
                self.sign, a, b = -self.sign, b, a
            if isinf(a) or isinf(b):
                low[i] = -1.0 if isinf(a) and isinf(b) else 0.0
                self._maps.append((i, _infinite(a, b)))
            else:
                low[i], high[i] = a, b
        self.low, self.high = np.array(low), np.array(high)
        self.direct = not self._maps

    def _check_dependent(self, i: int, a: Any, b: Any) -> None:
        if i == 0:
            raise ValueError(
                "lower[0] or upper[0] is a function; expected a number: limit i is a function of x[0] to x[i - 1]. "
                "Put the variable that others depend on first."
            )
        for name, limit in (("lower", a), ("upper", b)):
            if not callable(limit) and isinf(limit):
                raise ValueError(
                    f"{name}[{i}] is {limit} where the other limit is a function; expected a finite number. "
                    "Shift the variable by the function, and the limits become numbers."
                )

    def points(self, t: NDArray[Any]) -> tuple[NDArray[Any], Any]:
        """The points x, shape (d, n), of points t of that shape, which is written; and the determinants dx/dt, shape (n,)."""
        scale: Any = 1.0
        for i, change in self._maps:
            t[i], factor = change(t, t[i])
            scale = scale * factor
        return t, scale

    def inverse(self, points: NDArray[Any]) -> NDArray[Any]:
        """The values t of points x, shape (n, d); NaN stays NaN."""
        t = np.array(points)
        dependent = [i for i, change in self._maps if not hasattr(change, "inverse")]
        if not np.isnan(t[:, dependent]).all():
            raise ValueError(
                f"points names values of x[{dependent[0]}], whose limits are functions; expected NaN there. "
                "Points can only be given along axes with limits that are numbers."
            )
        for i, change in self._maps:
            if i not in dependent:
                t[:, i] = change.inverse(t[:, i])  # type: ignore[attr-defined]
        return t


def _limits(limits: Limits, name: str) -> list[Any]:
    entries: Any = limits
    if traces_of(entries):
        _refuse(name)
    for i, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        if traces_of(entry):
            _refuse(f"{name}[{i}]")
    if not isinstance(entries, list | tuple) or not entries:
        array = np.asarray(entries)
        if array.dtype.kind in "fiub":
            array = as_float_array(entries, name)
        if array.ndim != 1 or not len(array):
            raise ValueError(f"{name} has the shape {array.shape}; expected (d,), d at least 1: a limit for each dimension.")
        entries = [*array]
    found = [entry if callable(entry) else check_number(entry, f"{name}[{i}]") for i, entry in enumerate(entries)]
    for i, entry in enumerate(found):
        if entry != entry:
            raise ValueError(f"{name}[{i}] is {entry}; expected a number, infinite ones included, or a function.")
    return found


def _refuse(name: str) -> None:
    raise TracingError(
        f"{code_line()}{name} is under differentiation; expected plain limits. Let the limits be numbers by x = a + (b - a) t: "
        "integrate f(a + (b - a) * t) * (b - a) over t from 0 to 1."
    )


def _dependent(i: int, a: Any, b: Any) -> Callable[[NDArray[Any], NDArray[Any]], tuple[Any, Any]]:
    asked: set[str] = set()

    def at(limit: Any, name: str, outer: NDArray[Any]) -> Any:
        if not callable(limit):
            return limit
        found = limit(outer.T)
        if traces_of(found):
            _refuse(f"what {name}[{i}] returned")
        value = np.asarray(as_float_array(found, f"{name}[{i}](x)"), dtype=float)
        if value.shape not in ((), outer.shape[1:]):
            raise ValueError(
                f"{name}[{i}] returned the shape {value.shape} for points of shape {outer.T.shape}; "
                f"expected {outer.shape[1:]}: one limit for each point."
            )
        if not np.isfinite(value).all():
            raise ValueError(f"{name}[{i}] returned NaN or an infinity; expected finite limits inside of the range.")
        if value.shape == () and name not in asked:
            asked.add(name)
            _require_constant(limit, value, f"{name}[{i}]", outer)
        return value

    def change(points: NDArray[Any], t: NDArray[Any]) -> tuple[Any, Any]:
        start = at(a, "lower", points[:i])
        length = at(b, "upper", points[:i]) - start
        return start + length * t, length

    return change


def _require_constant(limit: Any, value: Any, name: str, outer: NDArray[Any]) -> None:
    """One limit for all points must be that of the outermost ones, too."""
    for j in {*np.argmin(outer, axis=1).tolist(), *np.argmax(outer, axis=1).tolist()}:
        alone = limit(outer[:, [j]].T)
        if not np.all(np.asarray(alone) == value):
            raise ValueError(
                f"{name} returned {value} for {outer.shape[1]} points, but {alone} for one of them by itself; expected one "
                "limit for each point. Take coordinates as x[..., 0], not as x[0]."
            )


class _infinite:
    """The map of an axis from t to x where at least one limit is infinite. It writes x over t."""

    def __init__(self, a: float, b: float) -> None:
        self._both = isinf(a) and isinf(b)
        self._end, self._sign = (b, -1) if isinf(a) else (a, 1)

    def __call__(self, points: NDArray[Any], t: NDArray[Any]) -> tuple[Any, Any]:
        slope = _core.map_infinite(t, 0.0 if self._both else self._end, 0 if self._both else self._sign)
        return t, slope

    def inverse(self, x: NDArray[Any]) -> NDArray[Any]:
        with np.errstate(invalid="ignore"):
            if self._both:
                return np.asarray(2 * x / (1 + np.sqrt(1 + 4 * x * x)))
            s = self._sign * (x - self._end)
            return np.asarray(s / (1 + s))
