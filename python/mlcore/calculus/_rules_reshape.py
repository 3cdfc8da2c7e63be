"""The same elements in another order, shape or type: linear, and their transposes move them back."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._operators import cast
from mlcore.calculus._refusals import TracingError, code_line, spelled
from mlcore.calculus._rules import constant, linear, unbroadcast
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import plain_of, shape_of

__all__: list[str] = []


def _shaped_back(g: Any, y: Any, x: Any, order: Any = "C", **_: Any) -> Any:
    return np.reshape(g, shape_of(x), order=order)


def _transposed_back(g: Any, y: Any, x: Any, axes: Any = None) -> Any:
    return np.transpose(g, axes if axes is None else tuple(np.argsort([axis % len(shape_of(x)) for axis in axes])))


def _moved_back(g: Any, y: Any, x: Any, source: Any, destination: Any) -> Any:
    return np.moveaxis(g, destination, source)


def _rolled_back(g: Any, y: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(g, np.negative(shift), axis)


# ---- another shape ----
linear(np.reshape, _shaped_back, parameters=("shape", "newshape", "order"))
linear(np.ravel, _shaped_back, parameters=("order",))
linear(np.expand_dims, _shaped_back, parameters=("axis",))
linear(np.squeeze, _shaped_back, parameters=("axis",))


def _in_stated_order(rule: Any) -> Any:
    """The same, without the orders that depend on how an array lies in memory, for its gradient may lie otherwise."""

    def call(a: Any, *args: Any, **keywords: Any) -> Any:
        for order in (*args, *keywords.values()):
            if isinstance(order, str) and order not in ("C", "F"):
                raise TracingError(
                    f"{code_line()}order={order!r} of {spelled(rule.function)} has no rule of differentiation, as it depends "
                    "on how an array lies in memory; expected 'C' or 'F'."
                )
        return rule(a, *args, **keywords)

    return call


RULES[np.reshape] = _in_stated_order(RULES[np.reshape])
RULES[np.ravel] = _in_stated_order(RULES[np.ravel])


def _at_least(ndim: int, x: Any) -> Any:
    """Axes of length 1 are added where NumPy adds them: in front, but for three axes around a vector and behind a matrix."""
    shape = shape_of(x)
    if len(shape) >= ndim:
        return x
    if ndim < 3:
        return np.reshape(x, (1,) * (ndim - len(shape)) + shape)
    return np.reshape(x, (1, 1, 1) if not shape else (1, *shape, 1) if len(shape) == 1 else (*shape, 1))


def _each_at_least(ndim: int) -> Any:
    return lambda *arrays: _at_least(ndim, arrays[0]) if len(arrays) == 1 else tuple(_at_least(ndim, x) for x in arrays)


RULES[np.atleast_1d] = _each_at_least(1)
RULES[np.atleast_2d] = _each_at_least(2)
RULES[np.atleast_3d] = _each_at_least(3)

# ---- another order ----
linear(np.transpose, _transposed_back, parameters=("axes",))
linear(np.swapaxes, lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2), parameters=("axis1", "axis2"))
linear(np.moveaxis, _moved_back, parameters=("source", "destination"))
linear(np.flip, lambda g, y, x, axis=None: np.flip(g, axis), parameters=("axis",))
linear(np.roll, _rolled_back, parameters=("shift", "axis"))
linear(np.rot90, lambda g, y, x, k=1, axes=(0, 1): np.rot90(g, -k, axes), parameters=("k", "axes"))
RULES[np.fliplr] = lambda m: np.flip(m, 1)
RULES[np.flipud] = lambda m: np.flip(m, 0)
for _place in (np, np.linalg):
    if hasattr(_place, "matrix_transpose"):  # NumPy 2
        RULES[_place.matrix_transpose] = lambda x: np.swapaxes(x, -1, -2)

# ---- another type ----
_CAST: Rule = Rule(
    cast,
    (lambda g, y, x, dtype: _CAST(g, dtype=np.result_type(plain_of(x))),),
    lambda tangents, y, x, dtype: _CAST(tangents[0], dtype=dtype),
    parameters=("dtype",),
    kind="linear",
)
RULES[cast] = _CAST

# ---- each several times, or some replaced by zero ----
linear(np.broadcast_to, lambda g, y, x, shape: unbroadcast(g, x), parameters=("shape",))
linear(np.tril, lambda g, y, x, k=0: np.tril(g, k), parameters=("k",))
linear(np.triu, lambda g, y, x, k=0: np.triu(g, k), parameters=("k",))

# ---- the array itself ----
RULES[np.copy] = lambda a, order="K", subok=False: np.positive(a)
RULES[np.real] = RULES[np.conjugate] = lambda x: x

# ---- what depends on shapes and types alone ----
constant(np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.broadcast_shapes, np.min_scalar_type, np.iscomplexobj)
constant(np.zeros_like, np.ones_like, np.empty_like, np.imag, np.may_share_memory, np.shares_memory)
constant(np.array_repr, np.array_str, np.array2string)
