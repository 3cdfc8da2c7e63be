"""Principal axes of a data matrix: what the routes to them have in common.

For the centred rows ``B = sqrt(w) (X - m)``, n x d, of singular values s, left and right vectors u, v,

    d <= n    S = B^T B  (d x d)   has the eigenpairs  (s^2, v);
    d >  n    K = B B^T  (n x n)   has the eigenpairs  (s^2, u),  and  v = B^T u / s.

Either costs one product and an eigenproblem of the smaller side, several times less than a singular
value decomposition of B. The price: the matrix is formed with an error of eps times its *largest*
entry, so that directions with ``s^2 < eps s_1^2`` are lost. Squaring has halved the digits. The singular
value decomposition of B itself ends at ``s = eps s_1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlcore._validation import FloatArray
from mlcore.linalg import eigh, matmul

__all__ = ["Axes", "complete", "fix_signs", "full_axes", "is_poor", "resolution"]

@dataclass(frozen=True, slots=True)
class Axes:
    """Eigenvalues s^2, largest first and none negative, with the eigenvectors as columns.

    Parameters
    ----------
    values : ndarray, shape (k,)
        Squares of singular values of the centred data.
    vectors : ndarray, shape (m, k)
        Right singular vectors where ``m = n_features``, left ones where ``m = n_samples``.
    """

    values: FloatArray
    vectors: FloatArray


def full_axes(S: FloatArray) -> Axes:
    """Return all eigenpairs of a Gram matrix."""
    values, vectors = eigh(S)
    # S is positive semidefinite: what is below zero is rounding.
    return Axes(np.maximum(values[::-1], 0), vectors[:, ::-1])


def resolution(order: int, dtype: np.dtype[Any]) -> float:
    """Return the ratio s^2 / s_1^2 at which eigenvalues of a Gram matrix are lost in the rounding of the largest.

    Of a singular value decomposition it is the ratio s / s_1.
    """
    return float(max(order, 8) * np.finfo(dtype).eps)


def is_poor(values: FloatArray, count: int) -> bool:
    """Whether one of the first `count` eigenvalues of a Gram matrix has lost half of its digits."""
    return count > 0 and bool(values[count - 1] < np.sqrt(np.finfo(values.dtype).eps) * values[0])


def complete(V: FloatArray, count: int) -> FloatArray:
    """Add orthonormal columns for the directions in which the data does not vary at all.

    Any basis of the orthogonal complement would do; this one depends on the columns that are there and
    on nothing else, so that equal data in another guise gives equal axes: Gram-Schmidt, done twice, on
    the unit vectors in their order, passing over those that lie (almost) in the span.

    Parameters
    ----------
    V : ndarray, shape (d, r)
        Orthonormal columns.
    count : int
        The number of columns to return, at most d.

    Returns
    -------
    ndarray, shape (d, count)
        The first ``min(r, count)`` columns of `V`, and new ones.
    """
    d, r = V.shape
    Q = np.zeros((d, count), dtype=V.dtype)
    Q[:, :r] = V[:, :count]
    left = 1 - np.square(Q[:, :r]).sum(axis=1)  # squared residuals of the d unit vectors
    j = 0
    while r < count:
        # They sum to d - r >= 1, so some exceed 1 / (4 d).
        if left[j] > 0.25 / d:
            q = -matmul(Q[:, :r], Q[j, :r])
            q[j] += 1
            if q @ q > 0.25 / d:  # `left` has rounding errors of its own
                q -= matmul(Q[:, :r], matmul(q, Q[:, :r]))
                Q[:, r] = q / np.sqrt(q @ q)
                left -= np.square(Q[:, r])
                r += 1
        j += 1
    return Q


def fix_signs(components: FloatArray) -> FloatArray:
    """Make the entry of largest magnitude in each row positive, as scikit-learn does."""
    largest = np.argmax(np.abs(components), axis=1)
    signs: FloatArray = np.sign(components[np.arange(components.shape[0]), largest])
    return components * signs[:, None]
