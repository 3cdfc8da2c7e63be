"""Centred products with a data matrix, without a centred copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import FloatArray
from mlcore.linalg import matmul

__all__ = ["centered_blocks", "project"]

# Elements of the block of rows that is centred at a time: it stays in L2 until it has been multiplied.
_BLOCK: Final = 1 << 15


def project(X: FloatArray, mean: NDArray[np.float64], V: FloatArray, *, spread: float) -> FloatArray:
    """Compute ``(X - mean) V``.

    ``X V - mean V`` is one product and one small correction, but both terms carry rounding errors of
    eps ||mean||, so it serves only while the mean is not large beside the deviations from it. Otherwise
    rows are centred first, block by block.

    Parameters
    ----------
    X : ndarray of float32 or float64, shape (n_samples, n_features)
        Any strides.
    mean : ndarray of float64, shape (n_features,)
        What to subtract from every row.
    V : ndarray of the type of `X`, shape (n_features, k)
        Directions.
    spread : float
        The root of the total variance of the data, the size of a typical ``x - mean``.

    Returns
    -------
    ndarray of the type of `X`, shape (n_samples, k)
    """
    if np.sqrt(mean @ mean) <= 8 * spread:
        result: FloatArray = matmul(X, V)
        result -= (mean @ V).astype(X.dtype)
        return result
    result = np.empty((X.shape[0], V.shape[1]), dtype=X.dtype)
    for rows, block in centered_blocks(X, mean):
        matmul(block, V, out=result[rows])
    return result


def centered_blocks(X: FloatArray, mean: NDArray[np.float64]) -> Iterator[tuple[slice, FloatArray]]:
    """Yield the rows of ``X - mean``, some at a time, in a buffer that is used again.

    Parameters
    ----------
    X : ndarray of float32 or float64, shape (n_samples, n_features)
        Any strides.
    mean : ndarray of float64, shape (n_features,)
        What to subtract from every row.

    Yields
    ------
    slice, ndarray
        Which rows, and their values in the type of `X`.
    """
    n, d = X.shape
    step = max(1, _BLOCK // max(1, d))
    buffer = np.empty((min(step, n), d), dtype=X.dtype)
    # In float32 the mean is the sum of two numbers: x - high is exact where x is near the mean, and
    # low holds the digits that a float32 mean would lack.
    high = mean.astype(X.dtype)
    low = (mean - high).astype(X.dtype)
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        block = np.subtract(X[rows], high, out=buffer[: rows.stop - start])
        if X.dtype == np.float32:
            block -= low
        yield rows, block
