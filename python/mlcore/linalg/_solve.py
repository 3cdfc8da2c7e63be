"""Systems of linear equations, and the inverse."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg


def solve(a: ArrayLike, b: ArrayLike, /) -> Any:
    r"""Solve the equations :math:`A x = b` by elimination with partial pivoting.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        The matrix of coefficients, or a stack of them. float32 gives float32; everything else real is computed in float64.
    b : array_like of shape (n,) or (..., n, k)
        The right-hand sides. Leading axes are broadcast against those of `a`. As in NumPy 2, only an array of one axis is
        a vector; it belongs to every matrix of a stack.

    Returns
    -------
    ndarray of the shape of `b`, broadcast

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, or a pivot is exactly zero. NaN gives NaN; infinity is not looked for and follows the
        arithmetic, to a result that may be NaN, infinite or finite.
    ValueError
        If the shapes do not fit.
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    cholesky, solve_triangular : half the work where `a` is symmetric and positive definite.

    Notes
    -----
    :math:`\frac{2}{3} n^3 + 2 n^2 k` flops, nearly all of them in matrix products: `lu`, then two triangular solves. The result
    solves exactly a system whose matrix differs from `a` by a small multiple of :math:`n \epsilon \|A\|` [1]_, so it has
    about as many wrong digits as the condition number of `a` has digits: a nearly singular `a` gives no error, but a result
    that means little. Stacks of order up to 16 are solved side by side, one matrix in each SIMD lane; a larger `a` with a
    stack of right-hand sides is factored once. The kernels are ``cpp/linalg/lu.cpp`` and ``cpp/linalg/lu_small.cpp``.

    References
    ----------
    .. [1] N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., chapter 9, SIAM, 2002.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.solve([[3.0, 1.0], [1.0, 2.0]], [9.0, 8.0])
    array([2., 3.])
    """
    return _linalg.solve(a, b)


def inv(a: ArrayLike, /) -> Any:
    r"""Inverse of a square matrix, :math:`A A^{-1} = I`.

    To solve equations, `solve` is faster and more accurate.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A matrix or a stack of them.

    Returns
    -------
    ndarray of shape (..., n, n)

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, or a pivot is exactly zero. NaN and infinity as in `solve`.
    TypeError
        For complex, half-precision, object or text arrays.

    Notes
    -----
    The solution of :math:`A X = I` by `solve`, :math:`\frac{8}{3} n^3` flops. Each column of the result has the error bound
    given there.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.inv([[1.0, 2.0], [3.0, 4.0]]).round(12)
    array([[-2. ,  1. ],
           [ 1.5, -0.5]])
    """
    shape = np.shape(a)
    return _linalg.solve(a, np.eye(shape[-1] if shape else 0, dtype=np.float32))
