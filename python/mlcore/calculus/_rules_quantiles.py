"""Quantiles: linear between the two order statistics nearest to q, NumPy's default; q is plain.

The answer is NaN if there is one among the elements, or it is left out by the functions that say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._refusals import refuse
from mlcore.calculus._rules import composed
from mlcore.calculus._rules_reductions import reduced_axes
from mlcore.calculus._trace import plain_of, shape_of, value_of


def _between(function: Any, a: Any, q: Any, axis: Any, method: Any, keepdims: bool) -> Any:
    if method != "linear":
        refuse(function, "method", method)
    kind = np.result_type(plain_of(a)) if type(q) in (int, float) else np.dtype(float)  # NumPy's: of a, unless q is an array
    q = np.asarray(q, float)
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")  # NumPy's words
    shape = shape_of(a)
    axes = reduced_axes(axis, len(shape))
    rest = [i for i in range(len(shape)) if i not in axes]
    flat = np.sort(np.reshape(np.transpose(a, (*rest, *axes)), (*[shape[i] for i in rest], -1)), -1)  # NaN comes last
    n = shape_of(flat)[-1]
    if function is np.nanquantile:
        count = np.sum(~np.isnan(value_of(flat)), axis=-1, keepdims=True)
        place = np.ravel(q) * np.maximum(count - 1, 0)
        low = np.floor(place).astype(np.intp)
        lower, upper = (np.take_along_axis(flat, np.minimum(i, n - 1), -1) for i in (low, low + (place > low)))
        found = np.where(count == 0, np.nan, lower + (place - low).astype(kind) * (upper - lower))
        found = np.reshape(found, (*shape_of(found)[:-1], *q.shape))
    else:
        place = q * (n - 1)
        low = np.floor(place).astype(np.intp)
        lower, upper = flat[..., low], flat[..., np.minimum(low + 1, n - 1)]
        last = flat[(..., -1, *[None] * q.ndim)]
        found = np.where(np.isnan(last), last, lower + (place - low).astype(kind) * (upper - lower))
    if q.ndim:
        found = np.moveaxis(found, range(-q.ndim, 0), range(q.ndim))
    kept = q.shape + tuple(1 if i in axes else m for i, m in enumerate(shape) if keepdims or i not in axes)
    return found if shape_of(found) == kept else np.reshape(found, kept)


def _family(prefix: str) -> None:
    function: Any = getattr(np, prefix + "quantile")

    @composed(function)
    def _quantile(
        a: Any,
        q: Any,
        axis: Any = None,
        out: None = None,
        overwrite_input: bool = False,
        method: Any = "linear",
        keepdims: Any = False,
    ) -> Any:
        return _between(function, a, q, axis, method, keepdims is True)

    @composed(getattr(np, prefix + "percentile"))
    def _percentile(a: Any, q: Any, *args: Any, **keywords: Any) -> Any:
        return function(a, q / 100 if type(q) in (int, float) else np.asarray(q, float) / 100, *args, **keywords)

    @composed(getattr(np, prefix + "median"))
    def _median(a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
        return function(a, 0.5, axis=axis, keepdims=keepdims is True)


_family("")
_family("nan")
