"""The Cholesky factor of a symmetric positive definite matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore.linalg._override import overridden


def cholesky(a: ArrayLike, /, *, upper: bool = False) -> Any:
    r"""Cholesky factorisation :math:`A = L L^T` of a symmetric positive definite matrix.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A matrix or a stack of them. Only the lower triangle is read, or the upper one if `upper`. float32 gives float32;
        everything else real is computed in float64.
    upper : bool, default False
        Whether to return :math:`U = L^T`, with :math:`A = U^T U`.

    Returns
    -------
    ndarray of shape (..., n, n)
        :math:`L`, lower triangular with a positive diagonal, or :math:`U`.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, or not positive definite, or has NaN, or infinity off the diagonal, in the triangle that is
        read; the message says which leading minor showed it. Infinity on the diagonal gives infinity.
    TypeError
        For complex, half-precision, object or text arrays.

    Notes
    -----
    :math:`\frac{1}{3} n^3` flops, nearly all of them in matrix products. No pivoting is needed:
    :math:`\|A - L L^T\|` is a small multiple of :math:`n \epsilon \|A\|` [1]_. The kernel is ``cpp/linalg/cholesky.cpp``.

    References
    ----------
    .. [1] N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., theorem 10.3, SIAM, 2002.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.cholesky([[4.0, 2.0], [2.0, 5.0]])
    array([[2., 0.],
           [1., 2.]])
    """
    try:
        L = _linalg.cholesky(a, upper)
    except TypeError:
        return overridden(cholesky, a, upper=upper)
    return np.ascontiguousarray(np.swapaxes(L, -1, -2)) if upper else L
