"""Functions that move elements about without changing them: linear, and their transposes move them back.

Functions that build larger arrays of smaller ones take any number of operands; the rest of NumPy's are composed of these.
"""

from __future__ import annotations

import itertools
import operator
from typing import Any

import numpy as np

from mlcore.calculus._rules import composed, constant, linear, unbroadcast
from mlcore.calculus._trace import (
    CAST,
    RULES,
    Rule,
    Traced,
    TracingError,
    _line,
    plain_of,
    settled,
    shape_of,
    spelled,
    value_of,
)


def _inverse(axes: Any, ndim: int) -> Any:
    return None if axes is None else tuple(np.argsort([axis % ndim for axis in axes]))


# ---- the same elements in another order or shape ----
linear(
    np.reshape,
    lambda g, y, x, order="C", **_: np.reshape(g, shape_of(x), order=order),
    parameters=("shape", "newshape", "order"),
)
linear(np.transpose, lambda g, y, x, axes=None: np.transpose(g, _inverse(axes, len(shape_of(x)))), parameters=("axes",))
linear(np.swapaxes, lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2), parameters=("axis1", "axis2"))
linear(
    np.moveaxis, lambda g, y, x, source, destination: np.moveaxis(g, destination, source), parameters=("source", "destination")
)
linear(np.expand_dims, lambda g, y, x, **_: np.reshape(g, shape_of(x)), parameters=("axis",))
linear(np.squeeze, lambda g, y, x, **_: np.reshape(g, shape_of(x)), parameters=("axis",))
linear(np.ravel, lambda g, y, x, order="C": np.reshape(g, shape_of(x), order=order), parameters=("order",))
linear(np.flip, lambda g, y, x, axis=None: np.flip(g, axis), parameters=("axis",))
linear(
    np.roll,
    lambda g, y, x, shift, axis=None: np.roll(g, np.negative(shift), axis),
    parameters=("shift", "axis"),
)
linear(np.rot90, lambda g, y, x, k=1, axes=(0, 1): np.rot90(g, -k, axes), parameters=("k", "axes"))

_CAST: Rule = Rule(
    CAST,
    (lambda g, y, x, dtype: _CAST(g, dtype=np.result_type(plain_of(x))),),
    lambda tangents, y, x, dtype: _CAST(tangents[0], dtype=dtype),
    parameters=("dtype",),
    kind="linear",
)
RULES[CAST] = _CAST


def _in_stated_order(rule: Rule) -> Any:
    """The same, without the orders that depend on how an array lies in memory, for its gradient may lie otherwise."""

    def call(a: Any, *args: Any, **keywords: Any) -> Any:
        for order in (*args, *keywords.values()):
            if isinstance(order, str) and order not in ("C", "F"):
                raise TracingError(
                    f"{_line()}order={order!r} of {spelled(rule.function)} has no rule of differentiation, as it depends on "
                    "how an array lies in memory; expected 'C' or 'F'."
                )
        return rule(a, *args, **keywords)

    return call


for _function in (np.reshape, np.ravel):
    RULES[_function] = _in_stated_order(RULES[_function])  # type: ignore[arg-type]

# ---- some of the elements, or each several times ----
linear(np.broadcast_to, lambda g, y, x, shape: unbroadcast(g, x), parameters=("shape",))
linear(np.tril, lambda g, y, x, k=0: np.tril(g, k), parameters=("k",))
linear(np.triu, lambda g, y, x, k=0: np.triu(g, k), parameters=("k",))


def _take_item(x: Any, *, key: Any) -> Any:
    return x[key]


def _put_item(g: Any, *, key: Any, shape: tuple[int, ...]) -> Any:
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


_TAKE: Rule = Rule(
    _take_item,
    (lambda g, y, x, key: _PUT(g, key=key, shape=shape_of(x)),),
    lambda tangents, y, x, key: tangents[0][key],
    parameters=("key",),
    kind="linear",
)
_PUT: Rule = Rule(
    _put_item,
    (lambda g, y, x, key, shape: g[key],),
    lambda tangents, y, x, **keywords: _PUT(tangents[0], **keywords),
    parameters=("key", "shape"),
    kind="linear",
)


@composed(Traced.__getitem__)
def _getitem(x: Any, key: Any) -> Any:
    return _TAKE(x, key=_plain_key(key))


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


@composed(np.take)
def _take(a: Any, indices: Any, axis: int | None = None, out: None = None, mode: str = "raise") -> Any:
    indices, n = np.asarray(indices), plain_of(a).size if axis is None else shape_of(a)[axis]
    if mode != "raise":
        indices = indices % n if mode == "wrap" else np.clip(indices, 0, n - 1)
    if axis is None:
        return np.ravel(a)[indices]
    before = (slice(None),) * (axis % len(shape_of(a)))
    return a[(*before, indices)]


@composed(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        return np.ravel(arr)[indices]
    shape = shape_of(arr)
    axis %= len(shape)
    grids = [np.arange(n).reshape([-1 if i == j else 1 for j in range(len(shape))]) for i, n in enumerate(shape)]
    grids[axis] = indices
    return arr[tuple(grids)]


@composed(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int | None = None, axis2: int | None = None) -> Any:
    first, second = (axis1 or 0), (1 if axis2 is None else axis2)
    a = np.moveaxis(a, (first, second), (-2, -1))
    rows, cols = shape_of(a)[-2:]
    count = max(min(rows, cols - offset) if offset >= 0 else min(rows + offset, cols), 0)
    i = np.arange(count)
    return a[(Ellipsis, i - min(offset, 0), i + max(offset, 0))]


@composed(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    if len(shape_of(v)) == 2:
        return np.diagonal(v, k)
    n = shape_of(v)[0]
    i = np.arange(n)
    return _PUT(v, key=(i - min(k, 0), i + max(k, 0)), shape=(n + abs(k), n + abs(k)))


# ---- larger arrays of smaller ones ----


def _slab(g: Any, i: int, operands: tuple[Any, ...], axis: int) -> Any:
    """The part of g that came from operand i of a concatenation."""
    axis %= len(shape_of(operands[0]))
    first = sum(shape_of(x)[axis] for x in operands[:i])
    return g[(slice(None),) * axis + (slice(first, first + shape_of(operands[i])[axis]),)]


def _joined(*arrays: Any, axis: int = 0) -> Any:
    return np.concatenate(arrays, axis)


def _join_tangents(tangents: list[Any], y: Any, *arrays: Any, axis: int = 0) -> Any:
    return np.concatenate([np.zeros(shape_of(x)) if t is None else t for t, x in zip(tangents, arrays, strict=True)], axis)


_JOIN = Rule(
    _joined,
    lambda i: lambda g, y, *arrays, axis=0: _slab(g, i, arrays, axis),
    _join_tangents,
    parameters=("axis",),
    kind="linear",
)


@composed(np.concatenate)
def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    parts = [np.ravel(x) for x in arrays] if axis is None else list(arrays)
    return _JOIN(*parts, axis=0 if axis is None else axis)


@composed(np.stack)
def _stack(arrays: Any, axis: int = 0) -> Any:
    return np.concatenate([np.expand_dims(x, axis) for x in arrays], axis)


@composed(np.vstack)
def _vstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_2d(x) for x in tup], 0)


@composed(np.hstack)
def _hstack(tup: Any) -> Any:
    parts = [np.atleast_1d(x) for x in tup]
    return np.concatenate(parts, 0 if len(shape_of(parts[0])) == 1 else 1)


@composed(np.dstack)
def _dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(x) for x in tup], 2)


@composed(np.column_stack)
def _column_stack(tup: Any) -> Any:
    return np.concatenate([x if len(shape_of(x)) > 1 else np.reshape(x, (-1, 1)) for x in tup], 1)


@composed(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return np.concatenate((arr, values), axis)


@composed(np.block)
def _block(arrays: Any) -> Any:
    def depth(x: Any) -> int:
        return 1 + depth(x[0]) if isinstance(x, list) else 0

    def joined(x: Any, level: int, ndim: int) -> Any:
        if not isinstance(x, list):
            shape = shape_of(x)
            return np.reshape(x, (1,) * (ndim - len(shape)) + shape)
        return np.concatenate([joined(part, level - 1, ndim) for part in x], -level)

    def largest(x: Any) -> int:
        return max(largest(part) for part in x) if isinstance(x, list) else len(shape_of(x))

    levels = depth(arrays)
    return joined(arrays, levels, max(levels, largest(arrays)))


@composed(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    counts = tuple(np.atleast_1d(reps).tolist())
    for axis, count in enumerate(reversed(counts)):
        if axis >= len(shape_of(A)):
            A = np.expand_dims(A, 0)
        A = np.concatenate([A] * count, -1 - axis) if count else A[(Ellipsis, slice(0), *(slice(None),) * axis)]
    return A


@composed(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take(a, np.repeat(np.arange(shape_of(a)[axis]), repeats), axis)


@composed(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """Every mode that copies elements; of the others only zeros."""
    plain = plain_of(array)
    values = keywords.get("constant_values", 0)
    if mode == "constant" and not isinstance(values, Traced) and not np.any(values):
        widths = np.broadcast_to(pad_width, (plain.ndim, 2))
        key = tuple(slice(int(before), int(before) + n) for (before, _), n in zip(widths, plain.shape, strict=True))
        shape = tuple(n + int(sum(w)) for w, n in zip(widths, plain.shape, strict=True))
        return _PUT(array, key=key, shape=shape)
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return np.ravel(array)[np.pad(np.arange(plain.size).reshape(plain.shape), pad_width, mode, **keywords)]
    raise TypeError(
        f"np.pad with mode={mode!r} has no derivative here; expected zeros, 'edge', 'reflect', 'symmetric' or 'wrap'."
    )


# ---- choices ----
def _where_jvp(tangents: list[Any], y: Any, c: Any, *choices: Any) -> Any:
    first, second = (0.0 if t is None else t for t in tangents[1:])
    result = np.where(c, first, second)
    return result if shape_of(result) == shape_of(y) else np.broadcast_to(result, shape_of(y))


_WHERE = Rule(  # chosen, not multiplied by 0 and 1: NaN and infinity stay where they are
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


def _at_least(ndim: int, x: Any) -> Any:
    shape = shape_of(x)
    if len(shape) >= ndim:
        return x
    wanted = {1: (1,), 2: (1, *shape, *[1] * (1 - len(shape)))}.get(ndim) or {0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}[
        len(shape)
    ]
    return np.reshape(x, wanted)


def _each(ndim: int) -> Any:
    return lambda *arrays: _at_least(ndim, arrays[0]) if len(arrays) == 1 else tuple(_at_least(ndim, x) for x in arrays)


RULES[np.atleast_1d] = _each(1)
RULES[np.atleast_2d] = _each(2)
RULES[np.atleast_3d] = _each(3)


@composed(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    n = shape_of(ary)[axis]
    pieces = np.array_split(np.arange(n), indices_or_sections)
    before = (slice(None),) * (axis % len(shape_of(ary)))
    ends = np.cumsum([0, *[len(piece) for piece in pieces]]).tolist()
    return [ary[(*before, slice(a, b))] for a, b in itertools.pairwise(ends)]


@composed(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    np.split(np.empty(shape_of(ary)[axis]), indices_or_sections)  # NumPy's check
    return _array_split(ary, indices_or_sections, axis)


if hasattr(np.linalg, "diagonal"):
    RULES[np.linalg.diagonal] = lambda x, offset=0: _diagonal(x, offset, -2, -1)
RULES[np.fliplr] = lambda m: np.flip(m, 1)
RULES[np.flipud] = lambda m: np.flip(m, 0)
for _place in (np, np.linalg):
    if hasattr(_place, "matrix_transpose"):  # NumPy 2
        RULES[_place.matrix_transpose] = lambda x: np.swapaxes(x, -1, -2)
RULES[np.vsplit] = lambda ary, n: _split(ary, n, 0)
RULES[np.hsplit] = lambda ary, n: _split(ary, n, 0 if len(shape_of(ary)) == 1 else 1)
RULES[np.copy] = lambda a, order="K", subok=False: np.positive(a)
RULES[np.real] = RULES[np.conjugate] = lambda x: x

constant(np.shape, np.ndim, np.size, np.argsort, np.argmax, np.argmin, np.nonzero, np.flatnonzero, np.argwhere, np.searchsorted)
constant(np.zeros_like, np.ones_like, np.empty_like, np.result_type, np.can_cast, np.broadcast_shapes, np.imag)
constant(np.count_nonzero, np.digitize, np.argpartition, np.lexsort, np.unravel_index, np.ravel_multi_index, np.iscomplexobj)
constant(np.may_share_memory, np.shares_memory, np.array_repr, np.array_str, np.array2string, np.min_scalar_type)
