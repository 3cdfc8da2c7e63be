"""Parts and views of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._override import overridden


def diagonal(x: ArrayLike, /, *, offset: int = 0) -> Any:
    """Diagonals of a matrix, or of each matrix of a stack.

    Parameters
    ----------
    x : array_like of shape (..., m, n)
    offset : int, default 0
        Above (positive) or below (negative) the main diagonal.

    Returns
    -------
    ndarray of shape (..., min(m, n)) for ``offset=0``
        A read-only view if `x` is an array.

    Raises
    ------
    ValueError
        If `x` has fewer than two axes.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.diagonal([[1.0, 2.0], [3.0, 4.0]])
    array([1., 4.])
    """
    try:
        x = np.asanyarray(x)
    except TypeError:
        return overridden(diagonal, x, offset=offset)
    _require_matrix(x)
    return np.diagonal(x, offset, -2, -1)  # unlike x.diagonal, a vector also if x is a numpy.matrix


def trace(x: ArrayLike, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> Any:
    r"""Sum of a diagonal, :math:`\sum_i A_{ii}`, for each matrix of a stack.

    Parameters
    ----------
    x : array_like of shape (..., m, n)
        float32 gives float32; everything else real is computed in float64.
    offset : int, default 0
        Above (positive) or below (negative) the main diagonal.
    dtype : dtype, optional
        The type to sum in and to return.

    Returns
    -------
    scalar or ndarray of shape (...)

    Raises
    ------
    ValueError
        If `x` has fewer than two axes.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.trace([[1.0, 2.0], [3.0, 4.0]])
    np.float64(5.0)
    """
    try:
        x = as_float_array(x, "x")
    except TypeError:
        return overridden(trace, x, offset=offset, dtype=dtype)
    _require_matrix(x)
    return x.diagonal(offset, -2, -1).sum(-1, dtype=dtype)


def matrix_transpose(x: ArrayLike, /) -> Any:
    """Transpose of a matrix, or of each matrix of a stack.

    Parameters
    ----------
    x : array_like of shape (..., m, n)

    Returns
    -------
    ndarray of shape (..., n, m)
        A view if `x` is an array.

    Raises
    ------
    ValueError
        If `x` has fewer than two axes.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.matrix_transpose([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 3.],
           [2., 4.]])
    """
    try:
        x = np.asanyarray(x)
    except TypeError:
        return overridden(matrix_transpose, x)
    _require_matrix(x)
    return x.swapaxes(-1, -2)


def _require_matrix(x: np.ndarray[Any, Any]) -> None:
    if x.ndim < 2:
        raise ValueError(f"x has shape {x.shape}; expected a matrix (2 axes) or a stack of matrices.")
