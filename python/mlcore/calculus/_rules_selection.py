"""Elements chosen, left out, put between others, arranged as grids, or given to a function piece by piece.

What NumPy's function does with elements it is asked for by applying it to their numbers, 0, 1, 2, ...: the answer says which
element stands where.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore.calculus._refusals import TracingError, code_line, refuse
from mlcore.calculus._rules import composed, constant, on_values
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import Traced, plain_of, settled, shape_of, value_of


def _numbers(x: Any, first: int = 0) -> Any:
    shape = shape_of(x)
    return np.arange(first, first + math.prod(shape)).reshape(shape)


def _at(x: Any, places: Any) -> Any:
    if isinstance(places, list | tuple):
        return type(places)(_at(x, part) for part in places)
    return np.ravel(x)[places]


def _by_numbers(function: Any) -> Callable[..., Any]:
    """The rule of a function that moves elements of its first argument to places that its other arguments determine."""

    def rule(a: Any, *args: Any, **keywords: Any) -> Any:
        refuse(function, "out", keywords.pop("out", None))
        return _at(a, function(_numbers(a), *map(settled, args), **{name: settled(x) for name, x in keywords.items()}))

    return rule


_MOVING: list[Any] = [np.delete, np.resize, np.rollaxis, np.dsplit, np.fft.fftshift, np.fft.ifftshift]
_MOVING += [np.lib.stride_tricks.sliding_window_view]
_MOVING += [np.unstack] if hasattr(np, "unstack") else []  # NumPy 2.1
for _function in _MOVING:
    RULES[_function] = _by_numbers(_function)


# ---- some of the elements ----
def _other_than_zero(x: Any) -> Any:
    return np.flatnonzero(settled(np.not_equal(value_of(x), 0)))


@composed(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None, out: None = None) -> Any:
    return np.take(a, _other_than_zero(condition), axis)


@composed(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return np.ravel(arr)[_other_than_zero(condition)]


@composed(np.trim_zeros)
def _trim_zeros(filt: Any, trim: str = "fb") -> Any:
    used = _other_than_zero(filt)
    if not len(used):
        return filt[:0]
    first, last = ("f" in trim.lower()), ("b" in trim.lower())
    return filt[used[0] if first else 0 : used[-1] + 1 if last else shape_of(filt)[0]]


@composed(np.partition)
def _partition(a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect", order: None = None) -> Any:
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argpartition(value_of(a), kth, axis), axis)


@composed(np.choose)
def _choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Any:
    a, choices = value_of(a), list(choices)
    a = a if isinstance(a, Traced) else np.asarray(a)
    n = len(choices)
    if mode == "raise" and np.any((a < 0) | (a >= n)):
        raise ValueError("invalid entry in choice array")  # NumPy's words
    a = np.remainder(a, n) if mode == "wrap" else np.clip(a, 0, n - 1)
    result = np.broadcast_to(choices[0], np.broadcast_shapes(shape_of(a), *map(shape_of, choices)))
    for k in range(1, n):
        result = np.where(a == k, choices[k], result)
    return result


# ---- larger arrays of smaller ones ----
@composed(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    if np.result_type(plain_of(arr)).kind != "f":
        raise TracingError(
            f"{code_line()}np.insert into an array of type {np.result_type(plain_of(arr))} would round a value under "
            "differentiation. Make the array one of floats."
        )
    n = math.prod(shape_of(arr))
    values = values if isinstance(values, Traced) else np.asarray(values, np.result_type(plain_of(arr)))
    places = np.insert(_numbers(arr), settled(obj), _numbers(values, n), axis)
    return np.concatenate([np.ravel(arr), np.ravel(values)])[places]


@composed(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = np.ravel(ary)
    kind = np.result_type(plain_of(ary))
    begin, end = (
        [] if x is None else [np.ravel(x if isinstance(x, Traced) else np.asarray(x, kind))] for x in (to_begin, to_end)
    )
    return np.concatenate([*begin, flat[1:] - flat[:-1], *end])


@composed(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    return np.diag(np.ravel(v), k)


@composed(np.full_like)
def _full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None, **keywords: Any
) -> Any:
    if not isinstance(value_of(fill_value), Traced) and not isinstance(fill_value, Traced):
        return on_values(np.full_like, a, fill_value, dtype, order, subok, shape, **keywords)
    kind = np.dtype(dtype) if dtype is not None else np.result_type(plain_of(a))
    filled = np.broadcast_to(fill_value, shape_of(a) if shape is None else shape)
    return filled if np.result_type(plain_of(filled)) == kind else filled.astype(kind)


# ---- grids ----
@composed(np.broadcast_arrays)
def _broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    shape = np.broadcast_shapes(*map(shape_of, args))
    kind: Any = type(np.broadcast_arrays(0.0))  # a tuple; of NumPy 1 a list
    return kind(np.broadcast_to(x, shape) for x in args)


@composed(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")  # NumPy's words
    ndim = len(xi)
    places = [1, 0, *range(2, ndim)] if indexing == "xy" and ndim > 1 else list(range(ndim))
    grids = [np.reshape(x, [-1 if i == place else 1 for i in range(ndim)]) for x, place in zip(xi, places, strict=True)]
    kind: Any = type(np.meshgrid(0.0))
    return kind(grids if sparse else np.broadcast_arrays(*grids) if grids else ())


# ---- piece by piece ----
@composed(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **keywords: Any) -> Any:
    """Each function is given the elements of its own condition; where several hold, the last counts."""
    condlist = [settled(c) for c in condlist] if isinstance(condlist, list | tuple) else settled(condlist)
    if not shape_of(condlist) or (not isinstance(condlist[0], list | np.ndarray) and shape_of(x)):
        condlist = [condlist]
    conditions: list[Any] = [np.broadcast_to(np.asarray(c, bool), shape_of(x)) for c in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    elif len(funclist) != len(conditions):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")  # NumPy's words
    owner = np.full(shape_of(x), -1)
    for k, condition in enumerate(conditions):
        owner[condition] = k
    places: list[Any] = [np.flatnonzero(owner < 0)]
    kind = np.result_type(plain_of(x))
    parts: list[Any] = [np.zeros(len(places[0]), kind)]
    for k, (condition, function) in enumerate(zip(conditions, funclist, strict=True)):
        if not np.any(owner == k):
            continue
        part = function(x[condition], *args, **keywords) if callable(function) else kind.type(function)
        part = np.broadcast_to(part, (int(np.sum(condition)),))
        places.append(np.flatnonzero(owner == k))
        parts.append(part[(owner == k)[condition]])
    return np.reshape(np.concatenate(parts)[np.argsort(np.concatenate(places), kind="stable")], shape_of(x))


@composed(np.apply_along_axis)
def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **keywords: Any) -> Any:
    axis %= len(shape_of(arr))
    rows = np.moveaxis(arr, axis, -1)
    outer = shape_of(rows)[:-1]
    found = np.stack([func1d(rows[i], *args, **keywords) for i in np.ndindex(outer)])
    shape = shape_of(found)[1:]
    found = np.reshape(found, outer + shape)
    return np.moveaxis(found, range(len(outer), len(outer) + len(shape)), range(axis, axis + len(shape)))


@composed(np.apply_over_axes)
def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    ndim = len(shape_of(a))
    for axis in np.atleast_1d(axes).tolist():
        answer = func(a, axis % ndim)
        a = answer if len(shape_of(answer)) == ndim else np.expand_dims(answer, axis % ndim)
    return a


# ---- answers that have no derivative, or are the argument ----
def _of_shape(function: Any) -> Callable[..., Any]:
    return lambda a, *args: function(np.empty(shape_of(a)), *args)


RULES.update({f: _of_shape(f) for f in (np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)})
constant(np.isin, np.array_equiv, np.nanargmax, np.nanargmin, np.isposinf, np.isneginf, np.angle)
RULES[np.real_if_close] = lambda a, tol=100: a
if hasattr(np, "astype"):  # NumPy 2.1
    RULES[np.astype] = lambda x, dtype, copy=True, device=None: x.astype(dtype)
