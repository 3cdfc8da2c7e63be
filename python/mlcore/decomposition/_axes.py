"""Principal axes of a data matrix, by way of the eigenvectors of its small Gram matrix.

For the centred rows ``B = sqrt(w) (X - m)``, n x d, of singular values s, left and right vectors u, v,

    d <= n    S = B^T B  (d x d)   has the eigenpairs  (s^2, v);
    d >  n    K = B B^T  (n x n)   has the eigenpairs  (s^2, u),  and  v = B^T u / s.

Either costs one product and an eigenproblem of the smaller side, several times less than a singular
value decomposition of B. The price: the matrix is formed with an error of eps times its *largest*
entry, so that directions with ``s^2 < eps s_1^2`` are lost. Squaring has halved the digits.

Deflation wins them back. Let V hold the eigenvectors whose values are poor. ``Y = B V``, computed from
the data, has an error of eps s_1 *before* squaring, and ``Y^T Y`` no longer contains the large values
that drowned the small ones, so its eigenpairs are good down to eps times *its* largest value. A few
rounds reach ``s = eps s_1``, where a singular value decomposition ends too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mlcore._validation import FloatArray
from mlcore.linalg import eigh, gram, matmul

__all__ = ["Axes", "complete", "deflate", "fix_signs", "full_axes", "is_poor", "resolution"]

# A value below this share of the largest is recomputed. What the kept directions leak into the others
# is eps s_1 / sqrt(share), thirty times the error of a singular value decomposition.
_KEPT: Final = 1e-3


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

    Deflation carries the ratio s / s_1 down to this, over the root of `_KEPT`.
    """
    return float(max(order, 8) * np.finfo(dtype).eps)


def is_poor(values: FloatArray, count: int) -> bool:
    """Whether one of the first `count` eigenvalues of a Gram matrix has lost half of its digits."""
    return count > 0 and bool(values[count - 1] < np.sqrt(np.finfo(values.dtype).eps) * values[0])


def deflate(axes: Axes, apply: Callable[[FloatArray], FloatArray], count: int) -> tuple[Axes, float]:
    """Recompute small eigenpairs of a Gram matrix from the matrix that it is the square of.

    Parameters
    ----------
    axes : Axes
        All eigenpairs of B^T B.
    apply : callable
        Returns ``B V`` for a matrix of columns V, with an error of eps ||B||.
    count : int
        How many pairs are wanted.

    Returns
    -------
    Axes
        The same number of pairs.
    float
        The ratio s^2 / s_1^2 below which a value means zero, and its direction nothing, except that it
        is orthogonal to the others.
    """
    values, vectors = axes.values.copy(), axes.vectors.copy()
    ratio = resolution(vectors.shape[0], vectors.dtype) ** 2 / _KEPT
    floor = ratio * values[0]
    kept = 0
    while True:
        kept += int(np.count_nonzero(values[kept:] > _KEPT * values[kept]))
        if kept >= count or values[kept] <= floor:
            break
        Y = apply(vectors[:, kept:])
        inner = full_axes(gram(Y))
        values[kept:] = inner.values
        vectors[:, kept:] = matmul(vectors[:, kept:], inner.vectors)
        if values[kept] <= floor:
            break
    order = np.argsort(-values, kind="stable")
    return Axes(values[order], vectors[:, order]), ratio


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
