"""Gradients of scalar functions, as functions. What differentiates is in `_modes.py`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore.calculus._argnums import Argnums, chosen_arguments, require_one_number
from mlcore.calculus._modes import jvp, taped
from mlcore.calculus._trace import plain_of
from mlcore.calculus._tree import flatten_like

__all__ = ["grad", "hvp", "value_and_grad"]


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
        chosen = chosen_arguments(f, args, keywords, argnums)
        value, pullback = taped(chosen.function, *chosen.arguments)
        require_one_number(value)
        return value, chosen.form(pullback(np.ones((), np.result_type(plain_of(value)))[()]))

    return both


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
    flatten_like(v, x, "v", "x")
    return jvp(grad(f), (x,), (v,))[1]
