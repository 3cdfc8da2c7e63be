"""Derivatives along a line: of functions of one number, along one variable, along a direction; gradients on a grid."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from operator import index
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlcore._validation import check_count
from mlcore.calculus._gradients import value_and_grad
from mlcore.calculus._modes import jvp
from mlcore.calculus._trace import plain_of, shape_of
from mlcore.calculus._tree import flatten_like, leaf_array

__all__ = ["GradientField", "derivative", "directional_derivative", "gradient_field", "partial"]


def derivative(f: Callable[[Any], Any], n: int = 1) -> Callable[[Any], Any]:
    r"""The n-th derivative :math:`f^{(n)}` of a function of one number.

    Parameters
    ----------
    f : callable
        Takes a number and returns a number or an array. Given an array, it is to act on each element by itself.
    n : int, default 1
        The order; 0 gives `f` itself.

    Returns
    -------
    callable
        Takes a number or an array; gives the derivative, in its shape, at each element.

    Raises
    ------
    TypeError, ValueError
        If `n` is no integer from 0 on; from the function returned, if an array is given and the answer's shape shows that `f`
        does not act on each element.
    mlcore.calculus.TracingError
        As for `grad`.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import derivative
    >>> derivative(np.sin)(0.0), derivative(np.exp, 5)(0.0)
    (np.float64(1.0), np.float64(1.0))
    >>> derivative(lambda x: x**3, 2)(np.array([1.0, 2.0]))
    array([ 6., 12.])
    """
    n = check_count(n, "n", 0)
    if n == 0:
        return f
    lower = derivative(f, n - 1)

    @functools.wraps(f, updated=())
    def higher(x: Any) -> Any:
        return _slope_of_each(lower, leaf_array(x, "x"))

    return higher


def _slope_of_each(f: Callable[[Any], Any], x: Any) -> Any:
    """The derivative with respect to a number, or to each number of an array by itself."""
    answer, slope = jvp(f, (x,), (np.ones(shape_of(x), np.result_type(plain_of(x)))[()],))
    if np.size(plain_of(x)) != 1 and not isinstance(answer, tuple | list | dict):
        own, shape = shape_of(x), shape_of(answer)
        broadcast = len(own) <= len(shape) and all(m in (1, n) for m, n in zip(own[::-1], shape[::-1], strict=False))
        if not broadcast and shape[: len(own)] != own:
            raise ValueError(
                f"the argument has shape {own} and the answer {shape}: the function does not act on each element by itself. "
                "Use grad or jacobian."
            )
    return slope


def partial(f: Callable[..., Any], i: int | Sequence[int]) -> Callable[..., Any]:
    r"""The partial derivative :math:`\partial f / \partial x_i`, or a mixed one of higher order.

    Parameters
    ----------
    f : callable
        A function of several numbers ``f(x, y, ...)``, or of arrays whose elements it takes one by one, or of one vector.
    i : int or sequence of int
        With respect to which argument; if the function is called with one vector, which of its elements. A sequence
        differentiates by one after another: ``(0, 1)`` is :math:`\partial^2 f / \partial x_1 \partial x_0`.

    Returns
    -------
    callable
        Takes the arguments of `f`.

    Raises
    ------
    IndexError
        From the function returned, if there is no argument, or element, `i`.
    ValueError
        From the function returned, if argument `i` is an array on whose elements `f` does not act one by one.
    mlcore.calculus.TracingError
        As for `grad`.

    Examples
    --------
    >>> from mlcore.calculus import partial
    >>> def f(x, y):
    ...     return x**2 * y**3
    >>> partial(f, 0)(1.0, 2.0), partial(f, 1)(1.0, 2.0), partial(f, (0, 1))(1.0, 2.0)
    (np.float64(16.0), np.float64(12.0), np.float64(24.0))
    """
    for k in (i,) if isinstance(i, int | np.integer) else tuple(i):
        f = _partial_once(f, index(k))
    return f


def _partial_once(f: Callable[..., Any], i: int) -> Callable[..., Any]:
    @functools.wraps(f, updated=())
    def one(*args: Any, **keywords: Any) -> Any:
        vector = len(args) == 1 and np.ndim(plain_of(args[0])) == 1
        count = np.size(plain_of(args[0])) if vector else len(args)
        if not -count <= i < count:
            raise IndexError(f"i is {i} for a function called with {count} variables; expected one of 0 ... {count - 1}.")
        if vector:
            x = leaf_array(args[0], "x")
            return jvp(lambda x: f(x, **keywords), (x,), (np.eye(count)[i],))[1]
        x = leaf_array(args[i], "x")

        def along(x: Any) -> Any:
            changed = list(args)
            changed[i] = x
            return f(*changed, **keywords)

        return _slope_of_each(along, x)

    return one


def directional_derivative(f: Callable[[Any], Any], v: Any) -> Callable[[Any], Any]:
    r"""The derivative along a direction, :math:`D_v f(x) = \frac{d}{dt} f(x + t v)|_{t=0} = J v`.

    Parameters
    ----------
    f : callable
        A function of one argument.
    v : array_like, or tuple, list or dict of such
        The direction. It is taken as it is: for the slope per unit of length, pass a vector of length 1.

    Returns
    -------
    callable
        Takes the point x.

    Raises
    ------
    ValueError
        From the function returned, if x and `v` have different shapes.
    mlcore.calculus.TracingError
        As for `grad`.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import directional_derivative
    >>> directional_derivative(lambda x: x[0] * x[1], np.array([0.6, 0.8]))(np.array([1.0, 2.0]))
    np.float64(2.0)
    """

    @functools.wraps(f, updated=())
    def along(x: Any) -> Any:
        flatten_like(v, x, "v", "x")
        return jvp(f, (x,), (v,))[1]

    return along


class GradientField(NamedTuple):
    """What `gradient_field` returns."""

    points: NDArray[np.float64]
    """ndarray of shape (n_1, ..., n_d, d)."""
    values: NDArray[np.float64]
    """ndarray of shape (n_1, ..., n_d)."""
    gradients: NDArray[np.float64]
    """ndarray of shape (n_1, ..., n_d, d)."""


def gradient_field(f: Callable[[Any], Any], *axes: ArrayLike) -> GradientField:
    r"""The gradient of a scalar function of d variables at all points of a grid: what a quiver plot shows.

    Parameters
    ----------
    f : callable
        Takes a vector of d elements and returns one number.
    *axes : array_like of shape (n_i,)
        The coordinates of the grid along each of the d axes.

    Returns
    -------
    GradientField
        ``(points, values, gradients)``, indexed as the axes are given.

    Raises
    ------
    ValueError
        If there are no axes or one is not a vector.
    mlcore.calculus.TracingError
        As for `grad`.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import gradient_field
    >>> field = gradient_field(lambda x: x[0] ** 2 + 3 * x[1], [0.0, 1.0, 2.0], [5.0, 6.0])
    >>> field.values.shape, field.gradients[2, 1]
    ((3, 2), array([4., 3.]))
    """
    lines = [np.asarray(axis, np.float64) for axis in axes]
    if not lines or any(line.ndim != 1 for line in lines):
        raise ValueError(f"axes have shapes {[line.shape for line in lines]}; expected one vector for each variable.")
    points = np.stack(np.meshgrid(*lines, indexing="ij"), -1)
    values, gradients = np.empty(points.shape[:-1]), np.empty(points.shape)
    both = value_and_grad(f)
    for at in np.ndindex(values.shape):
        values[at], gradients[at] = both(points[at])
    return GradientField(points, values, gradients)
