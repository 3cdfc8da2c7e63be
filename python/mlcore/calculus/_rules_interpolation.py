"""Grids and what lives on them: interpolation, differences, sums by trapezoids, points between two ends.

All are written with functions that have rules, and follow NumPy's formulas, so that values are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._refusals import code_line
from mlcore.calculus._rules import composed, on_values
from mlcore.calculus._rules_pick import in_double, pick
from mlcore.calculus._series import Power
from mlcore.calculus._trace import Traced, plain_of, settled, shape_of, value_of


# ---- between two ends ----
@composed(np.linspace)
def _linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, retstep: bool = False, dtype: None = None, axis: int = 0
) -> Any:
    n = len(np.linspace(0.0, 1.0, num))  # NumPy's checks
    start, stop = np.multiply(start, 1.0), np.multiply(stop, 1.0)
    difference = stop - start
    gaps = n - 1 if endpoint else n
    step = difference / gaps if gaps > 0 else np.nan * difference
    shape = shape_of(difference)
    steps = np.reshape(np.arange(n, dtype=np.result_type(plain_of(difference))), (n, *[1] * len(shape)))
    y = steps * step + start if gaps > 0 else steps * difference + start
    if endpoint and n > 1:  # the last without rounding
        y = np.concatenate([y[:-1], np.broadcast_to(stop, (1, *shape))])
    y = np.moveaxis(y, 0, axis)
    return (y, step) if retstep else y


@composed(np.logspace)
def _logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, base: Any = 10.0, dtype: None = None, axis: int = 0
) -> Any:
    exponents = np.linspace(start, stop, num, endpoint, axis=axis)
    return np.power(np.expand_dims(base, axis) if shape_of(base) else base, exponents)


@composed(np.geomspace)
def _geomspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: None = None, axis: int = 0) -> Any:
    n = len(np.geomspace(1.0, 2.0, num))
    if np.any(plain_of(start) == 0) or np.any(plain_of(stop) == 0):
        raise ValueError("Geometric sequence cannot include zero")  # NumPy's words
    start, stop = in_double(start), in_double(stop)
    sign = np.sign(value_of(start))
    shape = np.broadcast_shapes(shape_of(start), shape_of(stop))
    y = sign * np.logspace(np.log10(start * sign), np.log10(stop * sign), n, endpoint)
    first = [np.broadcast_to(start, (1, *shape))] if n else []
    last = [np.broadcast_to(stop, (1, *shape))] if n > 1 and endpoint else []
    return np.moveaxis(np.concatenate([*first, y[len(first) : n - len(last)], *last]), 0, axis)


# ---- on a grid ----
@composed(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """The line through the knot at or below x. At a knot its slope is the mean of both sides', outside of the grid 0."""
    x, xp, fp = (a if isinstance(a, Traced) else np.asarray(a, float) for a in (x, xp, fp))
    np.interp(0.0, plain_of(xp), plain_of(fp), period=plain_of(period))  # NumPy's checks
    if period is not None:
        left = right = None
        period = np.abs(period)
        x, xp = np.remainder(x, period), np.remainder(xp, period)
        order = np.argsort(value_of(xp))
        xp, fp = xp[order], fp[order]
        xp, fp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period]), np.concatenate([fp[-1:], fp, fp[:1]])
    n = shape_of(xp)[0]
    at, knots = value_of(x), value_of(xp)
    first, beyond = np.searchsorted(knots, at, "left"), np.searchsorted(knots, at, "right")
    if (_in_series(x) or _in_series(xp)) and np.any(plain_of(first) != plain_of(beyond)):
        raise ValueError(
            f"{code_line()}np.interp has a kink exactly at the centre, a knot of its grid, and so no Taylor series there. Move "
            "the centre."
        )
    gaps = np.diff(xp)
    slopes = np.concatenate([np.zeros(1), np.diff(fp) / np.where(gaps == 0, 1.0, gaps), np.zeros(1)])
    knot = np.clip(beyond - 1, 0, n - 1)
    before, after = at < knots[0], at > knots[-1]
    distance = np.where(before | after if n > 1 else True, 0.0, x - pick(xp, knot))
    y = (0.5 * pick(slopes, first) + 0.5 * pick(slopes, beyond)) * distance + pick(fp, knot)
    y = y if left is None else np.where(before, left, y)
    return y if right is None else np.where(after, right, y)


def _in_series(x: Any) -> bool:
    while isinstance(x, Traced):
        if isinstance(x, Power):
            return True
        x = x.value
    return False


@composed(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = f if isinstance(f, Traced) else np.asarray(f, float)
    shape = shape_of(f)
    spacings: Any = [plain_of(h) for h in varargs]
    answer: Any = np.gradient(np.ones(shape), *spacings, axis=axis, edge_order=edge_order)  # type: ignore[call-overload]  # checks
    axes = range(len(shape)) if axis is None else [a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))]
    spacings = varargs if len(varargs) > 1 else (varargs or (1.0,)) * len(axes)
    found = [_slope(f, h, a, edge_order) for h, a in zip(spacings, axes, strict=True)]
    return type(answer)(found) if isinstance(answer, list | tuple) else found[0]


def _slope(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    """Of second order inside, from three neighbours; at the ends of the order that is asked for."""
    f = np.moveaxis(f, axis, -1)
    if len(shape_of(h)) and not isinstance(h, Traced):
        differences = np.diff(h)
        h = differences[0] if (differences == differences[0]).all() else h  # NumPy's formula for even grids
    if not len(shape_of(h)):
        inside = (f[..., 2:] - f[..., :-2]) / (2.0 * h)
        if edge_order == 1:
            first, last = (f[..., 1:2] - f[..., :1]) / h, (f[..., -1:] - f[..., -2:-1]) / h
        else:
            a, b, c = -1.5 / h, 2.0 / h, -0.5 / h
            first = a * f[..., :1] + b * f[..., 1:2] + c * f[..., 2:3]
            last = -c * f[..., -3:-2] - b * f[..., -2:-1] - a * f[..., -1:]
        return np.moveaxis(np.concatenate([first, inside, last], -1), -1, axis)
    d = np.diff(h)
    p, q = d[:-1], d[1:]
    inside = -q / (p * (p + q)) * f[..., :-2] + (q - p) / (p * q) * f[..., 1:-1] + p / (q * (p + q)) * f[..., 2:]
    if edge_order == 1:
        first, last = (f[..., 1:2] - f[..., :1]) / d[0], (f[..., -1:] - f[..., -2:-1]) / d[-1]
    else:
        first = _at_end(d[0], d[1], f[..., :1], f[..., 1:2], f[..., 2:3])
        last = -_at_end(d[-1], d[-2], f[..., -1:], f[..., -2:-1], f[..., -3:-2])
    return np.moveaxis(np.concatenate([first, inside, last], -1), -1, axis)


def _at_end(p: Any, q: Any, a: Any, b: Any, c: Any) -> Any:
    return -(2.0 * p + q) / (p * (p + q)) * a + (p + q) / (p * q) * b - p / (q * (p + q)) * c


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = y if isinstance(y, Traced) else np.asarray(y)
    ndim, axis = len(shape_of(y)), settled(axis)
    if x is None:
        widths = dx
    else:
        x = x if isinstance(x, Traced) else np.asarray(x)
        widths = np.diff(x, axis=axis if len(shape_of(x)) > 1 else -1)
        if len(shape_of(x)) == 1:
            widths = np.reshape(widths, [-1 if i == axis % ndim else 1 for i in range(ndim)])
    before = (slice(None),) * (axis % ndim)
    return np.sum(widths * (y[(*before, slice(1, None))] + y[(*before, slice(None, -1))]) / 2.0, axis=axis)


for _name in ("trapezoid", "trapz"):  # NumPy 2, NumPy 1
    if hasattr(np, _name):
        composed(getattr(np, _name))(_trapezoid)


@composed(np.unwrap)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    """Whole periods are added, which do not change with p."""
    return p + (on_values(np.unwrap, p, discont, axis, period=period) - value_of(p))
