"""Means, variances and covariances with weights, and sums that leave NaN out."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._rules import composed, on_values
from mlcore.calculus._rules_elementwise import ROOT_OF_SQUARES
from mlcore.calculus._rules_pick import in_double, spread_out
from mlcore.calculus._rules_reductions import count, reduced_axes
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import plain_of, settled, shape_of, value_of


# ---- weighted means ----
@composed(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    keepdims = keepdims is True
    shape = shape_of(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        return (mean, np.full(shape_of(mean), float(count(a, axis)))) if returned else mean
    if shape_of(weights) != shape:
        axes = reduced_axes(axis, len(shape))
        if axis is None or shape_of(weights) != tuple(shape[i] for i in axes):
            raise TypeError("Shape of weights must be consistent with shape of a along specified axis.")  # NumPy's words
        weights = np.reshape(np.transpose(weights, np.argsort(axes)), [n if i in axes else 1 for i, n in enumerate(shape)])
    total = np.sum(weights * np.ones(shape), axis=axis, keepdims=keepdims)
    if np.any(value_of(total) == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")  # NumPy's words
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, np.broadcast_to(total, shape_of(mean))) if returned else mean


@composed(np.bincount)
def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    if weights is None:
        return on_values(np.bincount, x, None, minlength)
    x = np.asarray(settled(x))
    return spread_out(in_double(weights), x, n=len(np.bincount(x, minlength=minlength)))


# ---- covariances ----
@composed(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: None = None,
) -> Any:
    x = _rows(m, rowvar)
    if y is not None:
        x = np.concatenate([x, _rows(y, rowvar)])
    n = shape_of(x)[1]
    ddof = (0 if bias else 1) if ddof is None else ddof
    w = None if fweights is None else np.asarray(settled(fweights), float)
    w = aweights if w is None else w if aweights is None else np.multiply(w, aweights)
    total = n if w is None else np.sum(w)
    mean, factor = np.average(x, axis=1, weights=w), total - ddof
    if w is not None and ddof != 0 and aweights is not None:
        factor = total - ddof * np.sum(np.multiply(w, aweights)) / total
    x = x - np.expand_dims(mean, 1)
    right = x if w is None else np.multiply(x, w)
    return np.squeeze(np.matmul(x, np.transpose(right)) / factor)


def _rows(x: Any, rowvar: bool) -> Any:
    rows = np.atleast_2d(in_double(x))
    return np.transpose(rows) if not rowvar and len(shape_of(x)) != 1 else rows


@composed(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, bias: None = None, ddof: None = None, *, dtype: None = None) -> Any:
    c = np.cov(x, y, rowvar)
    if not shape_of(c):
        return c / c
    length = np.sqrt(np.diagonal(c))
    return np.clip(c / np.expand_dims(length, 1) / length, -1, 1)


# ---- without NaN ----
def _without(function: Any, instead: float) -> Any:
    def reduction(a: Any, axis: Any = None, **keywords: Any) -> Any:
        return function(np.where(np.isnan(a), instead, a), axis=axis, **keywords)

    return reduction


for _name, _instead in {"sum": 0.0, "prod": 1.0, "cumsum": 0.0, "cumprod": 1.0}.items():
    RULES[getattr(np, "nan" + _name)] = _without(getattr(np, _name), _instead)


def _extreme(name: str, worst: float) -> None:
    function = getattr(np, name)

    @composed(getattr(np, "nan" + name))
    def _nan_extreme(a: Any, axis: Any = None, out: None = None, keepdims: Any = False) -> Any:
        none = np.isnan(a)
        answer = function(np.where(none, worst, a), axis=axis, keepdims=keepdims is True)
        return np.where(np.all(none, axis=axis, keepdims=keepdims is True), np.nan, answer)


_extreme("max", -np.inf)
_extreme("min", np.inf)


def _counted(a: Any, axis: Any) -> Any:
    return np.sum(~np.isnan(value_of(a)), axis=axis, keepdims=True).astype(np.result_type(plain_of(a)))


def _shaped(x: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    return x if keepdims is True else np.squeeze(x, axis=reduced_axes(axis, len(shape_of(a))))


@composed(np.nanmean)
def _nanmean(a: Any, axis: Any = None, dtype: None = None, out: None = None, keepdims: Any = False) -> Any:
    return _shaped(np.nansum(a, axis=axis, keepdims=True) / _counted(a, axis), a, axis, keepdims)


@composed(np.nanvar)
def _nanvar(a: Any, axis: Any = None, dtype: None = None, out: None = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    n = _counted(a, axis)
    d = np.where(np.isnan(a), 0.0, a - np.nansum(a, axis=axis, keepdims=True) / n)
    freedom = n - ddof
    variance = np.sum(d * d, axis=axis, keepdims=True) / np.where(freedom > 0, freedom, np.nan)
    return _shaped(variance, a, axis, keepdims)


@composed(np.nanstd)
def _nanstd(a: Any, axis: Any = None, dtype: None = None, out: None = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    return ROOT_OF_SQUARES(np.nanvar(a, axis=axis, ddof=ddof, keepdims=keepdims is True))
