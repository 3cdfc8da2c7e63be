"""Norms of vectors and matrices: all are composed of the Euclidean one, of sums and extremes, and of singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._rules import composed, names_of
from mlcore.calculus._rules_elementwise import ROOT_OF_POWERS, length_or_one
from mlcore.calculus._rules_reductions import spread
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import shape_of, value_of

__all__ = ["euclidean_norm", "matrix_norm", "vector_norm"]


# ---- the length of a vector: x / y is its direction ----
def euclidean_norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The root of the sum of squares, of numbers scaled so that none overflows."""
    largest = np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    scale = np.where((largest == 0) | ~np.isfinite(largest), 1, largest)
    length = np.sqrt(np.sum((x / scale) ** 2, axis=axis, keepdims=keepdims))
    return length * (scale if keepdims else np.squeeze(scale, axis=axis))


def _euclidean_vjp(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return spread(g, x, axis, keepdims) * (x / length_or_one(spread(y, x, axis, keepdims)))


_EUCLIDEAN = Rule(euclidean_norm, (_euclidean_vjp,), names=names_of(euclidean_norm), parameters=("axis", "keepdims"))


# ---- the others ----
def vector_norm(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    if ord is None or ord == 2:
        return _EUCLIDEAN(x, axis=axis, keepdims=keepdims)
    size = np.abs(x)
    if ord == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(value_of(size) != 0, axis=axis, keepdims=keepdims).astype(float)
    return ROOT_OF_POWERS(np.sum(size**ord, axis=axis, keepdims=keepdims), ord)


def matrix_norm(x: Any, ord: Any, axis: tuple[int, int], keepdims: bool) -> Any:
    if ord in (None, "fro"):
        return _EUCLIDEAN(x, axis=axis, keepdims=keepdims)
    x = np.moveaxis(x, axis, (-2, -1))
    if ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1)
        result = np.max(sums, axis=-1) if ord > 0 else np.min(sums, axis=-1)
    elif ord in (2, -2, "nuc"):
        s = np.linalg.svd(x, compute_uv=False)
        result = np.sum(s, axis=-1) if ord == "nuc" else s[..., 0 if ord == 2 else -1]
    else:
        raise ValueError(f"ord is {ord!r}; expected 'fro', 'nuc', 1, -1, 2, -2, inf or -inf for a matrix.")
    return np.expand_dims(result, tuple(sorted(a % (len(shape_of(x))) for a in axis))) if keepdims else result


@composed(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    ndim = len(shape_of(x))
    if axis is None and (ord is None or ndim == 1):
        return vector_norm(x, ord, tuple(range(ndim)), keepdims)
    axes = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return vector_norm(x, ord, axes, keepdims)
    if len(axes) != 2:
        raise ValueError(f"axis is {axis!r} for an array of shape {shape_of(x)}; a norm has one axis or two.")
    return matrix_norm(x, ord, axes, keepdims)


if hasattr(np.linalg, "vector_norm"):  # NumPy 2
    RULES[np.linalg.vector_norm] = lambda x, axis=None, keepdims=False, ord=2: vector_norm(
        x, ord, tuple(range(len(shape_of(x)))) if axis is None else axis, keepdims
    )
    RULES[np.linalg.matrix_norm] = lambda x, keepdims=False, ord="fro": matrix_norm(x, ord, (-2, -1), keepdims)
