"""Products of vectors, and of stacks of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._typing import Real
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._override import overridden


def dot(a: ArrayLike, b: ArrayLike, /, *, out: Real | None = None) -> Any:
    r"""Sum of products over the last axis of `a` and the last but one of `b`, as `numpy.dot`.

    For vectors :math:`\sum_i a_i b_i`; for matrices their product; for a number and an array their product.

    Parameters
    ----------
    a : array_like of shape (..., k)
    b : array_like of shape (k,) or (..., k, n)
    out : ndarray of the result's shape and type, optional

    Returns
    -------
    scalar or ndarray of shape ``a.shape[:-1] + b.shape[:-2] + b.shape[-1:]``

    Raises
    ------
    ValueError
        If the axes to sum over are not equally long.

    See Also
    --------
    vecdot : For stacks of vectors, broadcast.
    matmul : For stacks of matrices, broadcast.

    Notes
    -----
    :math:`2n` flops and one read of both vectors: beyond cache the speed is that of memory. Eight chains of partial
    sums keep the rounding error far below :math:`n\epsilon`. The kernel is ``cpp/blas/dot.cpp``.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.dot([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    np.float64(32.0)
    """
    try:
        if out is None and (result := blas.dot(a, b)) is not None:
            return result
    except TypeError:
        return overridden(dot, a, b, out=out)
    a, b = as_float_array(a, "a"), as_float_array(b, "b")
    if a.ndim == 0 or b.ndim == 0:
        dtype = np.result_type(a, b)
        factor, array = (a, b) if a.ndim == 0 else (b, a)
        return blas.scale(float(factor), array.astype(dtype, copy=False), out)
    if b.ndim <= 2:
        return blas.matmul(a, b, out)
    columns = np.moveaxis(b, -2, 0)
    shape = a.shape[:-1] + columns.shape[1:]
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(
            f"dot of shapes {a.shape} and {b.shape}: the last axis of a and the last but one of b must be equally long."
        )
    result = blas.matmul(a.reshape(-1, a.shape[-1]), columns.reshape(b.shape[-2], -1)).reshape(shape)
    return result if out is None else blas.scale(1.0, result, out)


def vecdot(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1, out: Real | None = None) -> Any:
    r"""Inner products of vectors along an axis, :math:`\sum_k x_{\dots k} y_{\dots k}`.

    Parameters
    ----------
    x1, x2 : array_like
        Equally long along `axis`; the other axes are broadcast.
    axis : int, default -1
        The axis of each argument that holds its vectors.
    out : ndarray of the result's shape and type, optional
        It may overlap the inputs.

    Returns
    -------
    scalar or ndarray

    Raises
    ------
    ValueError
        If the vectors are not equally long, or the other axes cannot be broadcast.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.vecdot([[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0])
    array([21., 43.])
    """
    try:
        if axis != -1:
            x1 = np.moveaxis(np.asanyarray(x1), axis, -1)
            x2 = np.moveaxis(np.asanyarray(x2), axis, -1)
        return blas.vecdot(x1, x2, out)
    except TypeError:
        return overridden(vecdot, x1, x2, axis=axis, out=out)


def outer(x1: ArrayLike, x2: ArrayLike, /, *, out: Real | None = None) -> Any:
    r"""All products of the elements of two vectors, :math:`A_{ij} = x_i y_j`.

    Parameters
    ----------
    x1 : array_like of shape (m,)
    x2 : array_like of shape (n,)
    out : ndarray of shape (m, n), optional

    Returns
    -------
    ndarray of shape (m, n)

    Raises
    ------
    ValueError
        If an argument is not a vector; as `numpy.linalg.outer`, and unlike `numpy.outer`, nothing is flattened.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.outer([1.0, 2.0], [3.0, 4.0, 5.0])
    array([[ 3.,  4.,  5.],
           [ 6.,  8., 10.]])
    """
    try:
        return blas.outer(x1, x2, out)
    except TypeError:
        return overridden(outer, x1, x2, out=out)


def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1, out: Real | None = None) -> Any:
    r"""Vector products in three dimensions, :math:`(a_1 b_2 - a_2 b_1,\; a_2 b_0 - a_0 b_2,\; a_0 b_1 - a_1 b_0)`.

    Parameters
    ----------
    x1, x2 : array_like
        Three long along `axis`; the other axes are broadcast.
    axis : int, default -1
        The axis that holds the vectors, in the arguments and in the result.
    out : ndarray of the result's shape and type, optional

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If the vectors do not have three elements.

    Notes
    -----
    Each component is right to two units in the last place, also where the two products nearly cancel [1]_.

    References
    ----------
    .. [1] C.-P. Jeannerod, N. Louvet and J.-M. Muller, "Further Analysis of Kahan's Algorithm for the Accurate
       Computation of 2x2 Determinants", Mathematics of Computation 82, 2013.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    array([0., 0., 1.])
    """
    try:
        if axis == -1:
            return blas.cross(x1, x2, out)
        x1 = np.moveaxis(np.asanyarray(x1), axis, -1)
        x2 = np.moveaxis(np.asanyarray(x2), axis, -1)
    except TypeError:
        return overridden(cross, x1, x2, axis=axis, out=out)
    if out is None:
        return np.moveaxis(blas.cross(x1, x2, None), -1, axis)
    blas.cross(x1, x2, np.moveaxis(out, axis, -1))
    return out


def matvec(x1: ArrayLike, x2: ArrayLike, /, *, out: Real | None = None) -> Any:
    r"""Products of matrices and vectors, :math:`y_i = \sum_j A_{ij} x_j`, for stacks of both.

    Parameters
    ----------
    x1 : array_like of shape (..., m, n)
    x2 : array_like of shape (..., n)
        Leading axes are broadcast.
    out : ndarray of shape (..., m), optional

    Returns
    -------
    ndarray of shape (..., m)

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Notes
    -----
    Each element of the matrix is used once, so beyond cache the speed is that of memory, whether the matrix is stored
    by rows or by columns. The kernel is ``cpp/blas/gemv.cpp``.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.matvec([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    array([3., 7.])
    """
    try:
        return blas.matvec(x1, x2, out)
    except TypeError:
        return overridden(matvec, x1, x2, out=out)


def vecmat(x1: ArrayLike, x2: ArrayLike, /, *, out: Real | None = None) -> Any:
    r"""Products of vectors and matrices, :math:`y_j = \sum_i x_i A_{ij}`, for stacks of both.

    Parameters
    ----------
    x1 : array_like of shape (..., m)
    x2 : array_like of shape (..., m, n)
        Leading axes are broadcast.
    out : ndarray of shape (..., n), optional

    Returns
    -------
    ndarray of shape (..., n)

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.vecmat([1.0, 1.0], [[1.0, 2.0], [3.0, 4.0]])
    array([4., 6.])
    """
    try:
        return blas.vecmat(x1, x2, out)
    except TypeError:
        return overridden(vecmat, x1, x2, out=out)
