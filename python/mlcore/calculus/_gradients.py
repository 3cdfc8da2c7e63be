"""Gradients, Jacobians and Hessians, as functions."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from operator import index
from typing import Any, Literal

import numpy as np

from mlcore.calculus._modes import jvp, taped
from mlcore.calculus._trace import Traced, plain_of, shape_of
from mlcore.calculus._tree import flatten, leaf_array, ranges

__all__ = ["grad", "hessian", "hvp", "jacobian", "value_and_grad"]

Argnums = int | Sequence[int]


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    r"""The gradient :math:`\nabla f` of a scalar function.

    Parameters
    ----------
    f : callable
        A function that returns one number, written with NumPy in the ordinary way: ``import numpy as np``.
    argnums : int or sequence of int, default 0
        Which positional arguments to differentiate with respect to. Each may be a number, an array, or a tuple, list or dict of
        such.

    Returns
    -------
    callable
        Takes the arguments of `f` and returns the gradient, of the structure and shapes of the argument; for several, a tuple.

    Raises
    ------
    mlcore.calculus.TracingError
        From the function returned, if `f` does something whose derivative would be lost: converts a value to a plain number or
        array, writes it into one, or calls a function that has no rule. The message names the line and the remedy.
    ValueError
        From the function returned, if the answer is not one number, or `argnums` names an argument twice.

    See Also
    --------
    value_and_grad : both at the price of one.
    jacobian : for functions that return arrays.
    check_grads : a proof by differences.

    Notes
    -----
    Reverse mode [1]_: the price is a small multiple of that of a call of `f`, for any number of variables. Derivatives of
    derivatives are taken by the same means: ``grad(grad(f))``. What is not changed by the argument has the gradient
    zero. At a kink (``abs`` at 0, ``maximum`` of equals) it is the mean of both sides, and second derivatives are those of the
    pieces, 0 for ``abs(x)**2`` at 0; through a length of zero (``norm``, ``hypot``) second derivatives are NaN. Arrays under
    differentiation are not written into: ``y += 1`` gives `y` a new array, and another name of the old one keeps the old
    values.

    References
    ----------
    .. [1] A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM, 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import grad
    >>> def f(x):
    ...     return np.sum(np.sin(x) ** 2)
    >>> grad(f)(np.array([0.0, np.pi / 4])).round(12)
    array([0., 1.])
    >>> grad(grad(np.tanh))(1.0).round(12)
    np.float64(-0.639700008449)

    Of several arguments, and of a dict:

    >>> def loss(parameters, x, y):
    ...     return np.mean((x @ parameters["w"] + parameters["b"] - y) ** 2)
    >>> x, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 2.0])
    >>> grad(loss)({"w": np.zeros(2), "b": 0.0}, x, y)
    {'w': array([ -7., -10.]), 'b': np.float64(-3.0)}
    """
    both = value_and_grad(f, argnums)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """The value of a scalar function and its gradient, at the price of the gradient.

    Parameters
    ----------
    f : callable
        As for `grad`.
    argnums : int or sequence of int, default 0
        As for `grad`.

    Returns
    -------
    callable
        Takes the arguments of `f` and returns ``(value, gradient)``.

    Raises
    ------
    mlcore.calculus.TracingError, ValueError
        As for `grad`.

    Examples
    --------
    >>> from mlcore.calculus import value_and_grad
    >>> value_and_grad(lambda x, y: x * y**2, argnums=(0, 1))(3.0, 2.0)
    (np.float64(12.0), (np.float64(4.0), np.float64(12.0)))
    """

    @functools.wraps(f, updated=())
    def both(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        of_chosen, chosen, one = _split(f, args, keywords, argnums)
        value, pullback = taped(of_chosen, *chosen)
        _require_one_number(value)
        gradients = pullback(np.ones((), np.result_type(plain_of(value)))[()])
        return value, gradients[0] if one else gradients

    return both


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
        of_chosen, chosen, one = _split(f, args, keywords, argnums)
        value, pullback = taped(of_chosen, *chosen)
        leaves, rebuild = flatten(chosen)
        leaves = [leaf_array(x, "an argument") for x in leaves]
        outputs, rebuild_answer = flatten(value)
        shapes = [shape_of(x) for x in leaves]
        answers = [shape_of(y) for y in outputs]
        inputs_count, outputs_count = (sum(map(math.prod, s)) for s in (shapes, answers))
        if mode == "reverse" or (mode == "auto" and outputs_count <= inputs_count):
            rows = [flatten(pullback(rebuild_answer(e)))[0] for e in _unit_arrays(answers)]
            blocks = [
                [_stacked([row[j] for row in rows[part]], (*s, *t), 0) for j, t in enumerate(shapes)]
                for s, part in zip(answers, ranges(map(math.prod, answers)), strict=True)
            ]
        else:
            columns = [flatten(jvp(of_chosen, chosen, rebuild(e))[1])[0] for e in _unit_arrays(shapes)]
            blocks = [
                [
                    _stacked([column[i] for column in columns[part]], (*s, *t), -1)
                    for t, part in zip(shapes, ranges(map(math.prod, shapes)), strict=True)
                ]
                for i, s in enumerate(answers)
            ]
        parts = [rebuild(row) for row in blocks]
        return rebuild_answer([part[0] if one else tuple(part) for part in parts])

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


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    r"""The product :math:`H v` of the Hessian of a scalar function with a vector, without the Hessian.

    Parameters
    ----------
    f : callable
        A function of one argument that returns one number.
    x : array_like, or tuple, list or dict of such
        The point.
    v : of the structure and shapes of `x`
        The vector.

    Returns
    -------
    of the structure and shapes of `x`

    Raises
    ------
    mlcore.calculus.TracingError, ValueError
        As for `grad`.

    Notes
    -----
    :math:`H v = \frac{d}{dt} \nabla f(x + t v)`: forward mode over reverse mode, the price of a few gradients [1]_.

    References
    ----------
    .. [1] B. Pearlmutter, "Fast Exact Multiplication by the Hessian", Neural Computation 6(1), 1994.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import hvp
    >>> hvp(lambda x: np.sum(x**4), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([12., 48.])
    """
    return jvp(grad(f), (x,), (v,))[1]


def _split(
    f: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any], argnums: Argnums
) -> tuple[Callable[..., Any], tuple[Any, ...], bool]:
    """f as a function of the chosen arguments alone, those, and whether it is one by itself."""
    one = isinstance(argnums, int | np.integer)
    places = [index(argnums)] if one else [index(i) for i in argnums]  # type: ignore[arg-type, union-attr]
    for i in places:
        if not -len(args) <= i < len(args):
            raise IndexError(
                f"argnums is {argnums} for a function called with {len(args)} positional arguments. Pass by position what is "
                "to be differentiated."
            )
    if len({i % len(args) for i in places}) < len(places):
        raise ValueError(f"argnums is {argnums}; expected each argument once.")

    def of_chosen(*chosen: Any) -> Any:
        changed = list(args)
        for i, x in zip(places, chosen, strict=True):
            changed[i] = x
        return f(*changed, **keywords)

    return of_chosen, tuple(args[i] for i in places), one


def _require_one_number(value: Any) -> None:
    """The answer of a function that has a gradient."""
    if isinstance(value, tuple | list | dict) or shape_of(value) != ():
        array = isinstance(value, np.ndarray | Traced)
        what = f"shape {shape_of(value)}" if array else f"type {type(value).__name__}"
        raise ValueError(f"the function returned an answer of {what}; expected one number. Use jacobian or vjp.")


def _unit_arrays(shapes: list[tuple[int, ...]]) -> Any:
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
