"""Larger arrays of smaller ones: all of NumPy's functions are composed of one, which takes any number of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._rules import composed
from mlcore.calculus._rules_index import PUT
from mlcore.calculus._trace import Traced, plain_of, settled, shape_of

__all__ = ["joined"]


# ---- one behind the other: the gradient of each is its part of the whole ----
def joined(*arrays: Any, axis: int = 0) -> Any:
    return np.concatenate(arrays, axis)


def _part_of(i: int) -> Any:
    def pullback(g: Any, y: Any, *arrays: Any, axis: int = 0) -> Any:
        axis %= len(shape_of(arrays[0]))
        first = sum(shape_of(x)[axis] for x in arrays[:i])
        return g[(slice(None),) * axis + (slice(first, first + shape_of(arrays[i])[axis]),)]

    return pullback


def _joined_tangents(tangents: list[Any], y: Any, *arrays: Any, axis: int = 0) -> Any:
    return np.concatenate([np.zeros(shape_of(x)) if t is None else t for t, x in zip(tangents, arrays, strict=True)], axis)


_JOIN = Rule(joined, _part_of, _joined_tangents, parameters=("axis",), kind="linear")


@composed(np.concatenate)
def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    parts = [np.ravel(x) for x in arrays] if axis is None else list(arrays)
    return _JOIN(*parts, axis=0 if axis is None else settled(axis))


@composed(np.hstack)
def _hstack(tup: Any) -> Any:
    parts = [np.atleast_1d(x) for x in tup]
    return np.concatenate(parts, 0 if len(shape_of(parts[0])) == 1 else 1)


def _column(x: Any) -> Any:
    return x if len(shape_of(x)) > 1 else np.reshape(x, (-1, 1))


composed(np.stack)(lambda arrays, axis=0: np.concatenate([np.expand_dims(x, axis) for x in arrays], axis))
composed(np.vstack)(lambda tup: np.concatenate([np.atleast_2d(x) for x in tup], 0))
composed(np.dstack)(lambda tup: np.concatenate([np.atleast_3d(x) for x in tup], 2))
composed(np.column_stack)(lambda tup: np.concatenate([_column(x) for x in tup], 1))
composed(np.append)(lambda arr, values, axis=None: np.concatenate((arr, values), axis))


# ---- nested lists: the innermost along the last axis ----
def _depth(x: Any) -> int:
    return 1 + _depth(x[0]) if isinstance(x, list) else 0


def _most_axes(x: Any) -> int:
    return max(map(_most_axes, x)) if isinstance(x, list) else len(shape_of(x))


@composed(np.block)
def _block(arrays: Any) -> Any:
    levels = _depth(arrays)
    ndim = max(levels, _most_axes(arrays))

    def whole(x: Any, level: int) -> Any:
        if not isinstance(x, list):
            return np.reshape(x, (1,) * (ndim - len(shape_of(x))) + shape_of(x))
        return np.concatenate([whole(part, level - 1) for part in x], -level)

    return whole(arrays, levels)


# ---- the same array several times, and margins ----
@composed(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    counts = tuple(np.atleast_1d(settled(reps)).tolist())
    for axis, count in enumerate(reversed(counts)):
        if axis >= len(shape_of(A)):
            A = np.expand_dims(A, 0)
        A = np.concatenate([A] * count, -1 - axis) if count else A[(Ellipsis, slice(0), *(slice(None),) * axis)]
    return A


@composed(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """Every mode that copies elements; of the others only zeros."""
    plain = plain_of(array)
    values = keywords.get("constant_values", 0)
    if mode == "constant" and not isinstance(values, Traced) and not np.any(values):
        widths = np.broadcast_to(pad_width, (plain.ndim, 2))
        key = tuple(slice(int(before), int(before) + n) for (before, _), n in zip(widths, plain.shape, strict=True))
        shape = tuple(n + int(sum(w)) for w, n in zip(widths, plain.shape, strict=True))
        return PUT(array, key=key, shape=shape)
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return np.ravel(array)[np.pad(np.arange(plain.size).reshape(plain.shape), pad_width, mode, **keywords)]
    raise TypeError(
        f"np.pad with mode={mode!r} has no derivative here; expected zeros, 'edge', 'reflect', 'symmetric' or 'wrap'."
    )
