"""Some of the elements, chosen by an index, a mask or a condition: linear, and transposes put them back where they were."""

from __future__ import annotations

import itertools
import operator
from typing import Any

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._rules import composed, constant, unbroadcast
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import Traced, plain_of, settled, shape_of, value_of

__all__ = ["PUT", "put_item", "take_item"]


# ---- x[key], and its transpose ----
def take_item(x: Any, *, key: Any) -> Any:
    return x[key]


def put_item(g: Any, *, key: Any, shape: tuple[int, ...]) -> Any:
    """An array of zeros with g added at `key`, as often as an element is named there."""
    result = np.zeros(shape, np.result_type(g))
    if _is_plain(key):
        result[key] = g
    else:
        np.add.at(result, key, g)
    return result


def _is_plain(key: Any) -> bool:
    """Whether no element is named twice: no arrays of integers."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(
        part is None or part is Ellipsis or isinstance(part, int | slice | np.integer) or _is_mask(part) for part in parts
    )


def _is_mask(part: Any) -> bool:
    return isinstance(part, bool | np.bool_ | np.ndarray) and np.result_type(part) == np.bool_


TAKE: Rule = Rule(
    take_item,
    (lambda g, y, x, key: PUT(g, key=key, shape=shape_of(x)),),
    lambda tangents, y, x, key: tangents[0][key],
    parameters=("key",),
    kind="linear",
)
PUT: Rule = Rule(
    put_item,
    (lambda g, y, x, key, shape: g[key],),
    lambda tangents, y, x, **keywords: PUT(tangents[0], **keywords),
    parameters=("key", "shape"),
    kind="linear",
)


@composed(Traced.__getitem__)
def _getitem(x: Any, key: Any) -> Any:
    return TAKE(x, key=_plain_key(key))


def _plain_key(key: Any) -> Any:
    """Indices are integers, booleans and slices: a traced index has no derivative to lose."""
    if isinstance(key, tuple):
        return tuple(_plain_key(part) for part in key)
    if type(key) is np.ndarray:
        return key.copy()  # the function may write into it later
    if isinstance(key, list):
        return np.asarray(key) if key else np.zeros(0, np.intp)
    return operator.index(value_of(key)) if _is_index(key) else settled(key)


def _is_index(key: Any) -> bool:
    return isinstance(key, Traced) and not key.shape and np.issubdtype(key.dtype, np.integer)


# ---- what NumPy has names for ----
def _along(axis: int, ndim: int, key: Any) -> tuple[Any, ...]:
    """The index of `key` along one axis and of all along those before."""
    return (slice(None),) * (axis % ndim) + (key,)


@composed(np.take)
def _take(a: Any, indices: Any, axis: int | None = None, out: None = None, mode: str = "raise") -> Any:
    indices, n = np.asarray(indices), plain_of(a).size if axis is None else shape_of(a)[axis]
    if mode != "raise":
        indices = indices % n if mode == "wrap" else np.clip(indices, 0, n - 1)
    return np.ravel(a)[indices] if axis is None else a[_along(axis, len(shape_of(a)), indices)]


@composed(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take(a, np.repeat(np.arange(shape_of(a)[axis]), repeats), axis)


@composed(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        return np.ravel(arr)[indices]
    shape = shape_of(arr)
    axis %= len(shape)
    grids = [np.arange(n).reshape([-1 if i == j else 1 for j in range(len(shape))]) for i, n in enumerate(shape)]
    grids[axis] = indices
    return arr[tuple(grids)]


@composed(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    pieces = np.array_split(np.arange(shape_of(ary)[axis]), settled(indices_or_sections))
    ends = np.cumsum([0, *[len(piece) for piece in pieces]]).tolist()
    return [ary[_along(axis, len(shape_of(ary)), slice(a, b))] for a, b in itertools.pairwise(ends)]


@composed(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    indices_or_sections = settled(indices_or_sections)
    np.split(np.empty(shape_of(ary)[axis]), indices_or_sections)  # NumPy's check
    return _array_split(ary, indices_or_sections, axis)


RULES[np.vsplit] = lambda ary, n: _split(ary, n, 0)
RULES[np.hsplit] = lambda ary, n: _split(ary, n, 0 if len(shape_of(ary)) == 1 else 1)


# ---- diagonals ----
@composed(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int | None = None, axis2: int | None = None) -> Any:
    offset = settled(offset)
    first, second = (axis1 or 0), (1 if axis2 is None else axis2)
    a = np.moveaxis(a, (first, second), (-2, -1))
    rows, cols = shape_of(a)[-2:]
    count = max(min(rows, cols - offset) if offset >= 0 else min(rows + offset, cols), 0)
    i = np.arange(count)
    return a[(Ellipsis, i - min(offset, 0), i + max(offset, 0))]


if hasattr(np.linalg, "diagonal"):  # NumPy 2
    RULES[np.linalg.diagonal] = lambda x, offset=0: _diagonal(x, offset, -2, -1)


@composed(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    if len(shape_of(v)) == 2:
        return np.diagonal(v, k)
    n, k = shape_of(v)[0], settled(k)
    i = np.arange(n)
    return PUT(v, key=(i - min(k, 0), i + max(k, 0)), shape=(n + abs(k), n + abs(k)))


# ---- one array or the other: chosen, not multiplied by 0 and 1, so that NaN and infinity stay where they are ----
def _where_jvp(tangents: list[Any], y: Any, c: Any, *choices: Any) -> Any:
    first, second = (0.0 if t is None else t for t in tangents[1:])
    result = np.where(c, first, second)
    return result if shape_of(result) == shape_of(y) else np.broadcast_to(result, shape_of(y))


_WHERE = Rule(
    np.where,
    (
        lambda g, y, c, a, b: np.zeros(shape_of(c)),
        lambda g, y, c, a, b: unbroadcast(np.where(c, g, 0.0), a),
        lambda g, y, c, a, b: unbroadcast(np.where(c, 0.0, g), b),
    ),
    _where_jvp,
    kind="linear",
)


@composed(np.where)
def _where(condition: Any, *choices: Any) -> Any:
    condition = value_of(condition)
    return _WHERE(condition, *choices) if choices else np.nonzero(condition)


@composed(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = np.where(condition, choice, result)
    return result


# ---- where elements are: indices have no derivative ----
constant(np.argsort, np.argmax, np.argmin, np.argpartition, np.lexsort, np.searchsorted, np.digitize, np.nonzero)
constant(np.flatnonzero, np.argwhere, np.count_nonzero, np.unravel_index, np.ravel_multi_index)
