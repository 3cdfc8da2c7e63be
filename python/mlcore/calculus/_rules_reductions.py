"""Sums, products, extremes, cumulative sums and sorting, along axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlcore.calculus._rules import composed, general, linear
from mlcore.calculus._rules_elementwise import ROOT_OF_SQUARES
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import shape_of, value_of


def reduced_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def spread(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """A reduction's answer, or its gradient, with the reduced axes put back as axes of length 1."""
    shape = shape_of(x)
    axes = reduced_axes(axis, len(shape))
    if keepdims or not axes:
        return g
    return np.reshape(g, tuple(1 if i in axes else n for i, n in enumerate(shape)))


def count(x: Any, axis: Any) -> int:
    """How many elements are reduced to one."""
    shape = shape_of(x)
    return math.prod(shape[a] for a in reduced_axes(axis, len(shape)))


AXES = ("axis", "keepdims")
linear(
    np.sum,
    lambda g, y, x, axis=None, keepdims=False: np.broadcast_to(spread(g, x, axis, keepdims), shape_of(x)),
    parameters=AXES,
)


def _prod_vjp(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The product of the others, also where elements are zero: products of what is before and of what is after."""
    shape = shape_of(x)
    axes = reduced_axes(axis, len(shape))
    rest = [i for i in range(len(shape)) if i not in axes]
    order = (*rest, *axes)
    flat = np.reshape(np.transpose(x, order), (*[shape[i] for i in rest], -1))
    ones = np.ones((*shape_of(flat)[:-1], 1))
    before = np.cumprod(np.concatenate([ones, flat[..., :-1]], -1), -1)
    after = np.flip(np.cumprod(np.concatenate([ones, np.flip(flat, -1)[..., :-1]], -1), -1), -1)
    others = np.transpose(np.reshape(before * after, [shape[i] for i in order]), np.argsort(order))
    return spread(g, x, axis, keepdims) * others


general(np.prod, _prod_vjp, parameters=AXES)


def _extreme_vjp(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    chosen = x == spread(y, x, axis, keepdims)
    return spread(g, x, axis, keepdims) * (chosen / np.sum(chosen, axis=axis, keepdims=True))


for _function, _alias in ((np.max, np.amax), (np.min, np.amin)):
    general(_function, _extreme_vjp, parameters=AXES)
    RULES[_alias] = RULES[_function]


def _per(total: Any, n: float) -> Any:
    return total / total.dtype.type(n)  # NumPy 1 makes float64 of one float32 over a Python number


@composed(np.mean)
def _mean(a: Any, axis: Any = None, dtype: None = None, out: None = None, keepdims: Any = False) -> Any:
    return _per(np.sum(a, axis=axis, keepdims=bool(keepdims)), count(a, axis))


@composed(np.var)
def _var(
    a: Any,
    axis: Any = None,
    dtype: None = None,
    out: None = None,
    ddof: float = 0,
    keepdims: Any = False,
    *,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    d = a - (np.mean(a, axis=axis, keepdims=True) if mean is None else mean)
    freedom = count(a, axis) - (ddof if correction is None else correction)
    return _per(np.sum(d * d, axis=axis, keepdims=bool(keepdims)), freedom)


@composed(np.std)
def _std(a: Any, axis: Any = None, dtype: None = None, out: None = None, *args: Any, **keywords: Any) -> Any:
    return ROOT_OF_SQUARES(np.var(a, axis, None, None, *args, **keywords))


@composed(np.ptp)
def _ptp(a: Any, axis: Any = None, out: None = None, keepdims: Any = False) -> Any:
    return np.max(a, axis=axis, keepdims=bool(keepdims)) - np.min(a, axis=axis, keepdims=bool(keepdims))


# ---- along one axis ----
linear(
    np.cumsum,
    lambda g, y, x, axis=None: (
        np.reshape(np.flip(np.cumsum(np.flip(g))), shape_of(x))
        if axis is None
        else np.flip(np.cumsum(np.flip(g, axis), axis), axis)
    ),
    parameters=("axis",),
)


def _cumprod_vjp(g: Any, y: Any, x: Any, axis: int | None = None) -> Any:
    """sum over j >= i of g_j times the product of all x_k, k <= j, but x_i: row by row, so that zeros do no harm."""
    flat, h = (np.ravel(x), g) if axis is None else (np.moveaxis(x, axis, -1), np.moveaxis(g, axis, -1))
    n = shape_of(flat)[-1]
    if n == 0:
        return g
    terms: list[Any] = [None] * n
    after: Any = None
    before = np.concatenate([np.ones((*shape_of(flat)[:-1], 1)), np.cumprod(flat, -1)[..., :-1]], -1)
    for i in range(n - 1, -1, -1):  # after_i = g_i + x_{i+1} after_{i+1}
        after = h[..., i] if after is None else h[..., i] + flat[..., i + 1] * after
        terms[i] = before[..., i] * after
    result = np.stack(terms, -1)
    return np.reshape(result, shape_of(x)) if axis is None else np.moveaxis(result, -1, axis)


general(np.cumprod, _cumprod_vjp, parameters=("axis",))


@composed(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, **keywords: Any) -> Any:
    axis %= len(shape_of(a))
    for name, place in (("prepend", 0), ("append", 1)):
        if name in keywords:
            shape = tuple(1 if i == axis else size for i, size in enumerate(shape_of(a)))
            end = keywords[name] if len(shape_of(keywords[name])) else np.broadcast_to(keywords[name], shape)
            a = np.concatenate([a, end] if place else [end, a], axis)
    before = (slice(None),) * axis
    for _ in range(n):
        a = a[(*before, slice(1, None))] - a[(*before, slice(None, -1))]
    return a


@composed(np.sort)
def _sort(a: Any, axis: int | None = -1, kind: Any = None, order: None = None, *, stable: Any = None) -> Any:
    return np.take_along_axis(a, np.argsort(value_of(a), axis, kind="stable"), axis)


def _log_of_sum(ufunc: np.ufunc, log: np.ufunc, exp: np.ufunc) -> None:
    @composed((ufunc, "reduce"))
    def _reduce(a: Any, axis: Any = 0, dtype: None = None, out: None = None, keepdims: bool = False) -> Any:
        largest = value_of(np.max(value_of(a), axis=axis, keepdims=True))
        largest = np.where(np.isfinite(largest), largest, 0)
        total = log(np.sum(exp(a - largest), axis=axis, keepdims=True)) + largest
        return total if keepdims else np.squeeze(total, axis=reduced_axes(axis, len(shape_of(a))))


_log_of_sum(np.logaddexp, np.log, np.exp)
_log_of_sum(np.logaddexp2, np.log2, np.exp2)


def _reduced_by(ufunc: np.ufunc, reduction: Any) -> None:
    @composed((ufunc, "reduce"))
    def _reduce(
        a: Any,
        axis: Any = 0,
        dtype: None = None,
        out: None = None,
        keepdims: Any = False,
        initial: None = None,
        where: None = None,
    ) -> Any:
        return reduction(a, axis=axis, keepdims=keepdims)


for _ufunc, _reduction in ((np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min)):
    _reduced_by(_ufunc, _reduction)


@composed((np.add, "accumulate"))
def _accumulated_sum(a: Any, axis: int = 0, dtype: None = None, out: None = None) -> Any:
    return np.cumsum(a, axis)


@composed((np.multiply, "accumulate"))
def _accumulated_product(a: Any, axis: int = 0, dtype: None = None, out: None = None) -> Any:
    return np.cumprod(a, axis)
