"""Products of many matrices: powers, and chains in the best order."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._typing import Real
from mlcore._validation import FloatArray
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._override import overridable, overridden
from mlcore.linalg._solve import inv


@overridable
def matrix_power(a: ArrayLike, n: SupportsIndex) -> Any:
    r"""Power of a square matrix, :math:`A^n`.

    Parameters
    ----------
    a : array_like of shape (..., m, m)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64, integers too, which
        are exact up to :math:`2^{53}`.
    n : int
        0 gives the identity; a negative power is that of the inverse.

    Returns
    -------
    ndarray of shape (..., m, m)

    Raises
    ------
    TypeError
        If `n` is not an integer.
    numpy.linalg.LinAlgError
        If `a` is not square, or `n` is negative and `a` singular.

    Notes
    -----
    By repeated squaring: at most :math:`2 \log_2 |n|` products.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.matrix_power([[1.0, 1.0], [1.0, 0.0]], 10)
    array([[89., 55.],
           [55., 34.]])
    """
    array = as_float_array(a, "a")
    try:
        exponent = operator.index(n)
    except TypeError:
        raise TypeError(f"n is {n!r}; expected an integer, the number of factors.") from None
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise np.linalg.LinAlgError(f"a has shape {array.shape}; expected a square matrix, or a stack of them, (..., m, m).")
    if exponent == 0:
        return np.broadcast_to(np.eye(array.shape[-1], dtype=array.dtype), array.shape).copy()
    square = inv(array) if exponent < 0 else array
    result = None
    bits = abs(exponent)
    while bits:
        if bits & 1:
            result = square if result is None else blas.matmul(result, square, None)
        bits >>= 1
        if bits:
            square = blas.matmul(square, square, None)
    return result.copy() if result is array and result is not None else result


def multi_dot(arrays: Sequence[ArrayLike], *, out: Real | None = None) -> Any:
    r"""Product of two or more matrices, in the order that takes the fewest multiplications.

    Parameters
    ----------
    arrays : sequence of array_like
        Matrices; the first may be a vector, taken for a row, and the last a vector, taken for a column. All float32 gives
        float32; everything else real is computed in float64, integers too.
    out : ndarray of the result's shape and type, optional
        Where to store the result.

    Returns
    -------
    ndarray
        Without the axes that a vector lacks; a scalar between two vectors.

    Raises
    ------
    ValueError
        If there are fewer than two arrays, or shapes do not fit.
    numpy.linalg.LinAlgError
        If an array has the wrong number of axes.

    Notes
    -----
    For matrices of :math:`p_i \times p_{i+1}` the least cost is found by dynamic programming [1]_,

    .. math:: c_{ij} = \min_{i \le k < j} \left(c_{ik} + c_{k+1,j} + p_i\, p_{k+1}\, p_{j+1}\right).

    References
    ----------
    .. [1] T. Cormen et al., "Introduction to Algorithms", 4th ed., section 14.2, MIT Press, 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> A, B, x = np.ones((100, 100)), np.ones((100, 100)), np.ones(100)
    >>> linalg.multi_dot([A, B, x])[0]
    np.float64(10000.0)
    """
    try:
        matrices = [as_float_array(a, f"arrays[{i}]") for i, a in enumerate(arrays)]
    except TypeError:
        return overridden(chain_product, *arrays, out=out)
    if len(matrices) < 2:
        raise ValueError(f"arrays has {len(matrices)} of them; expected at least two.")
    is_row, is_column = matrices[0].ndim == 1, matrices[-1].ndim == 1
    if is_row:
        matrices[0] = matrices[0][np.newaxis, :]
    if is_column:
        matrices[-1] = matrices[-1][:, np.newaxis]
    for i, matrix in enumerate(matrices):
        if matrix.ndim != 2:
            raise np.linalg.LinAlgError(f"arrays[{i}] has {matrix.ndim} axes; expected a matrix, or a vector first or last.")
        if i and matrices[i - 1].shape[1] != matrix.shape[0]:
            raise ValueError(
                f"arrays[{i - 1}] has {matrices[i - 1].shape[1]} columns and arrays[{i}] {matrix.shape[0]} rows; "
                "they must be equal."
            )
    dtype = np.result_type(*matrices)
    cut = _cheapest_cuts([matrix.shape[0] for matrix in matrices] + [matrices[-1].shape[1]])
    product = _product([matrix.astype(dtype, copy=False) for matrix in matrices], cut, 0, len(matrices) - 1)
    shape = product.shape[is_row : 2 - is_column]
    if out is None:
        return product.reshape(shape)[()]
    if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != dtype:
        raise ValueError(f"out must be an array of shape {shape} and type {dtype}, the result's.")
    out[...] = product.reshape(shape)
    return out


def chain_product(*arrays: ArrayLike, out: Real | None = None) -> Any:
    return multi_dot(arrays, out=out)


chain_product.__name__ = "multi_dot"


def _cheapest_cuts(p: list[int]) -> list[list[int]]:
    """Where to cut each chain i ... j first."""
    n = len(p) - 1
    cost = [[0] * n for _ in range(n)]
    cut = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], cut[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + p[i] * p[k + 1] * p[j + 1], k) for k in range(i, j)
            )
    return cut


def _product(matrices: list[FloatArray], cut: list[list[int]], i: int, j: int) -> FloatArray:
    if i == j:
        return matrices[i]
    left, right = _product(matrices, cut, i, cut[i][j]), _product(matrices, cut, cut[i][j] + 1, j)
    product: FloatArray = blas.matmul(left, right, None)
    return product
