"""Sums, differences and multiples of arrays."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._typing import Real
from mlcore.linalg._override import overridden


def add(x1: ArrayLike, x2: ArrayLike, /, *, out: Real | None = None) -> Any:
    """Sum, element by element.

    Parameters
    ----------
    x1, x2 : array_like
        Broadcast against each other. float32 with float32, or with a Python number, gives float32; everything else
        real is computed in float64.
    out : ndarray of the result's shape and type, optional
        It may be one of the inputs, or overlap them.

    Returns
    -------
    scalar or ndarray

    Raises
    ------
    TypeError
        For complex, half-precision, object or text arrays.
    ValueError
        If the shapes cannot be broadcast.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.add([[1.0, 2.0], [3.0, 4.0]], [10.0, 20.0])
    array([[11., 22.],
           [13., 24.]])
    """
    try:
        return blas.add(x1, x2, out)
    except TypeError:
        return overridden(add, x1, x2, out=out)


def subtract(x1: ArrayLike, x2: ArrayLike, /, *, out: Real | None = None) -> Any:
    """Difference, element by element.

    Parameters
    ----------
    x1, x2 : array_like
        Broadcast against each other; types as for `add`.
    out : ndarray of the result's shape and type, optional
        It may be one of the inputs, or overlap them.

    Returns
    -------
    scalar or ndarray

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.subtract([5.0, 7.0], 1)
    array([4., 6.])
    """
    try:
        return blas.subtract(x1, x2, out)
    except TypeError:
        return overridden(subtract, x1, x2, out=out)


def scale(alpha: float, x: ArrayLike, /, *, out: Real | None = None) -> Any:
    r"""Multiple of an array, :math:`\alpha x`.

    Parameters
    ----------
    alpha : float
        Rounded to the type of `x`.
    x : array_like
        Any shape. float32 gives float32; everything else real is computed in float64.
    out : ndarray of the result's shape and type, optional
        It may be `x`.

    Returns
    -------
    scalar or ndarray

    Raises
    ------
    TypeError
        If `alpha` is not a real number.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.scale(2.0, [1.0, 2.0])
    array([2., 4.])
    """
    try:
        return blas.scale(alpha, x, out)
    except TypeError:
        return overridden(scale, alpha, x, out=out)


def axpy(alpha: float, x: ArrayLike, y: ArrayLike, /, *, out: Real | None = None) -> Any:
    r"""Scaled addition, :math:`\alpha x + y`.

    Parameters
    ----------
    alpha : float
        Rounded to the type of the result.
    x, y : array_like
        Broadcast against each other; types as for `add`.
    out : ndarray of the result's shape and type, optional
        It may be `x` or `y`: ``axpy(alpha, x, y, out=y)`` is the BLAS routine.

    Returns
    -------
    scalar or ndarray

    Raises
    ------
    TypeError
        If `alpha` is not a real number.
    ValueError
        If the shapes cannot be broadcast.

    Notes
    -----
    One pass over the data, where ``alpha * x + y`` in NumPy takes two and a temporary array. With a fused multiply-add
    (every build but x86-64-v2) each element is rounded once.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.axpy(2.0, [1.0, 2.0], [10.0, 20.0])
    array([12., 24.])
    """
    try:
        return blas.axpy(alpha, x, y, out)
    except TypeError:
        return overridden(axpy, alpha, x, y, out=out)
