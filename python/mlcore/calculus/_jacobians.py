"""Jacobians and Hessians, as functions. What differentiates is in `_modes.py`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from mlcore.calculus._argnums import Argnums, chosen_arguments
from mlcore.calculus._gradients import grad
from mlcore.calculus._modes import jvp, taped
from mlcore.calculus._trace import shape_of
from mlcore.calculus._tree import flatten, leaf_array, ranges

__all__ = ["hessian", "jacobian"]


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, *, mode: Literal["auto", "forward", "reverse"] = "auto"
) -> Callable[..., Any]:
    r"""The matrix of partial derivatives, :math:`J_{ij} = \partial f_i / \partial x_j`.

    Parameters
    ----------
    f : callable
        A function of arrays, written with NumPy.
    argnums : int or sequence of int, default 0
        As for `grad`.
    mode : {"auto", "forward", "reverse"}, default "auto"
        "forward" runs `f` once for each number in the arguments, "reverse" once, and reads its tape backwards once for each
        number in the answer. "auto" takes what is less.

    Returns
    -------
    callable
        Takes the arguments of `f` and returns an array of shape ``(*answer.shape, *argument.shape)``. For an answer or an
        argument of several arrays: the structure of the answer, with that of the argument in each place.

    Raises
    ------
    mlcore.calculus.TracingError
        As for `grad`.
    ValueError
        If `mode` is none of the three.

    Examples
    --------
    Polar coordinates:

    >>> import numpy as np
    >>> from mlcore.calculus import jacobian
    >>> def cartesian(p):
    ...     return np.stack([p[0] * np.cos(p[1]), p[0] * np.sin(p[1])])
    >>> jacobian(cartesian)(np.array([2.0, np.pi / 2])).round(12)
    array([[ 0., -2.],
           [ 1.,  0.]])
    """
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(f"mode is {mode!r}; expected 'auto', 'forward' or 'reverse'.")

    @functools.wraps(f, updated=())
    def jacobian_of_f(*args: Any, **keywords: Any) -> Any:
        chosen = chosen_arguments(f, args, keywords, argnums)
        value, pullback = taped(chosen.function, *chosen.arguments)
        inputs, rebuild = flatten(chosen.arguments)
        outputs, rebuild_answer = flatten(value)
        columns, rows = ([shape_of(leaf_array(x, "an argument")) for x in inputs], [shape_of(y) for y in outputs])
        few_rows = sum(map(math.prod, rows)) <= sum(map(math.prod, columns))
        if mode == "reverse" or (mode == "auto" and few_rows):
            blocks = _by_rows(lambda e: pullback(rebuild_answer(e)), rows, columns)
        else:
            blocks = _by_columns(lambda e: jvp(chosen.function, chosen.arguments, rebuild(e))[1], rows, columns)
        return rebuild_answer([chosen.form(rebuild(row)) for row in blocks])

    return jacobian_of_f


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    r"""The matrix of second derivatives, :math:`H_{ij} = \partial^2 f / \partial x_i \partial x_j`, of a scalar function.

    Parameters
    ----------
    f : callable
        As for `grad`.
    argnums : int or sequence of int, default 0
        As for `grad`.

    Returns
    -------
    callable
        Takes the arguments of `f` and returns an array of shape ``(*x.shape, *x.shape)``; for several arguments or arrays, a
        nested structure of blocks.

    Raises
    ------
    mlcore.calculus.TracingError, ValueError
        As for `grad`.

    See Also
    --------
    hvp : its product with a vector, without the matrix.

    Notes
    -----
    Forward mode over reverse mode: n gradients for n variables.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums), argnums, mode="forward")


Shapes = list[tuple[int, ...]]


def _by_rows(pullback: Callable[[list[Any]], Any], rows: Shapes, columns: Shapes) -> list[list[Any]]:
    """The blocks of the Jacobian, for each array of the answer one for each of the arguments: pulled back row by row."""
    found = [flatten(pullback(e))[0] for e in _unit_arrays(rows)]
    return [
        [_stacked([row[j] for row in found[part]], (*s, *t), 0) for j, t in enumerate(columns)]
        for s, part in zip(rows, ranges(map(math.prod, rows)), strict=True)
    ]


def _by_columns(pushforward: Callable[[list[Any]], Any], rows: Shapes, columns: Shapes) -> list[list[Any]]:
    """The same, as derivatives along one variable after another."""
    found = [flatten(pushforward(e))[0] for e in _unit_arrays(columns)]
    parts = ranges(map(math.prod, columns))
    return [
        [_stacked([column[i] for column in found[part]], (*s, *t), -1) for t, part in zip(columns, parts, strict=True)]
        for i, s in enumerate(rows)
    ]


def _unit_arrays(shapes: Shapes) -> Any:
    """All zeros but for a single one, which visits every element of every array."""
    for i, shape in enumerate(shapes):
        for k in range(math.prod(shape)):
            arrays = [np.zeros(s) for s in shapes]
            arrays[i].reshape(-1)[k] = 1
            yield [a[()] for a in arrays]


def _stacked(parts: list[Any], shape: tuple[int, ...], axis: int) -> Any:
    """Rows (axis 0) or columns (axis -1) of a block of the Jacobian."""
    if not parts:
        return np.zeros(shape)
    return np.reshape(np.stack(parts, axis), shape) if shape else parts[0]
