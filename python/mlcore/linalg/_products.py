"""Products of matrices."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._typing import Real
from mlcore.linalg._override import overridden


def matmul(x1: ArrayLike, x2: ArrayLike, /, *, out: Real | None = None) -> Any:
    r"""Matrix product, :math:`C_{ij} = \sum_p A_{ip} B_{pj}`.

    Parameters
    ----------
    x1 : array_like of shape (..., m, k) or (k,)
    x2 : array_like of shape (..., k, n) or (k,)
        Leading axes are broadcast. A vector counts as a row on the left, as a column on the right. float32 with float32
        gives float32; everything else real is computed in float64.
    out : ndarray of the result's shape and type, optional
        Where to store the result. It may overlap the inputs.

    Returns
    -------
    ndarray of shape (..., m, n)
        Without the axes that a vector lacks; a scalar for two vectors.

    Raises
    ------
    TypeError
        For complex, half-precision, object or text arrays.
    ValueError
        If the shapes do not fit.

    See Also
    --------
    gram : ``X.T @ X`` in half the work.

    Notes
    -----
    :math:`2mnk` flops. Each element is summed in an order that depends on the shapes alone: the result is the same to
    the last bit on any number of threads. The kernel is ``cpp/blas/gemm.cpp`` [1]_.

    References
    ----------
    .. [1] K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM Transactions on
       Mathematical Software 34(3), 2008.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.matmul([[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]])
    array([[2., 1.],
           [4., 3.]])
    """
    try:
        return blas.matmul(x1, x2, out)
    except TypeError:
        return overridden(matmul, x1, x2, out=out)


def gram(X: ArrayLike, *, center: bool = False, weights: ArrayLike | None = None) -> Any:
    r"""Inner products of the columns of `X`, :math:`C = X^T X`.

    With `weights` :math:`C = \sum_i w_i x_i^T x_i`; with `center` each row has the (weighted) mean of the rows
    subtracted, :math:`C = \sum_i w_i (x_i - \bar x)^T (x_i - \bar x)`: the covariance matrix up to its divisor.

    Parameters
    ----------
    X : array_like of shape (n, d)
        float32 gives float32; everything else real is computed in float64.
    center : bool, default False
    weights : array_like of shape (n,), optional
        Not negative, and finite. A weight of 2 means what the same row twice would mean; a row of weight 0 counts for
        nothing, unless it holds NaN or infinity, for 0 times those is NaN.

    Returns
    -------
    ndarray of shape (d, d)
        Symmetric.

    Raises
    ------
    TypeError
        For complex, half-precision, object or text arrays.
    ValueError
        If `X` is not a matrix, or a weight is negative, infinite or NaN.

    Notes
    -----
    :math:`n d (d + 1)` flops, half of a general product, and one read of `X`. Centring subtracts the mean of each
    block of rows before anything is squared and merges the blocks by the formula of [1]_, so that a large mean costs
    no digits.

    References
    ----------
    .. [1] T. Chan, G. Golub and R. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
       Variances", Stanford STAN-CS-79-773, 1979.

    Examples
    --------
    >>> from mlcore import linalg
    >>> X = [[1.0, 10.0], [2.0, 10.0], [3.0, 13.0]]
    >>> linalg.gram(X)
    array([[ 14.,  69.],
           [ 69., 369.]])
    >>> linalg.gram(X, center=True)
    array([[2., 3.],
           [3., 6.]])
    """
    try:
        if center:
            return blas.centered_gram(X, weights)[1]
        return blas.gram(X, weights)
    except TypeError:
        return overridden(gram, X, center=center, weights=weights)
