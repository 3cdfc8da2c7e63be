"""A centred copy of the data, for the routes that do not form the scatter matrix of the features."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import FloatArray, raise_not_finite
from mlcore.decomposition._moments import power_of_two, safe_square, settle_constant, total_weight
from mlcore.decomposition._project import centered_blocks
from mlcore.linalg import vecdot, vecmat

__all__ = ["Centered"]


@dataclass(frozen=True, slots=True)
class Centered:
    """The rows ``B = sqrt(w) (X - m) / scale`` of a data matrix, and what they were centred by.

    Parameters
    ----------
    weight : float
        The sum of the weights; the number of rows if they have none.
    mean : ndarray of float64, shape (n_features,)
        The weighted mean m.
    rows : ndarray of float32 or float64, shape (n_samples, n_features)
        B, with the shorter axis contiguous in memory.
    scale : float
        1 unless squares of the data would leave the range of their type; then a power of two.
    """

    weight: float
    mean: NDArray[np.float64]
    rows: FloatArray
    scale: float

    @classmethod
    def of(cls, X: FloatArray, weights: FloatArray | None) -> Centered:
        """Centre and weigh the rows of `X`.

        Parameters
        ----------
        X : ndarray of float32 or float64, shape (n_samples, n_features)
            Any strides; not yet searched for NaN.
        weights : ndarray of the same type, shape (n_samples,), or None
            Not negative.

        Raises
        ------
        ValueError
            If `X` contains NaN or infinities.
        """
        with np.errstate(invalid="ignore", over="ignore"):
            mean, B, largest = _center(X, weights)
        if not np.isfinite(largest).all():
            raise_not_finite(X)
            # Sums or differences of finite numbers overflow: those of a fraction of them do not.
            part = power_of_two(float(X.shape[0])) * 4
            inner = cls.of(X / X.dtype.type(part), weights)
            return replace(inner, mean=inner.mean * part, scale=inner.scale * part)
        constant = settle_constant(X, weights, mean, largest)
        B[:, constant] = largest[constant] = 0
        size, heaviest = float(largest.max()), 1.0 if weights is None else float(weights.max()) ** 0.5
        square = size * heaviest * size * heaviest
        scale = root = 1.0
        if size > 0 and not safe_square(square, B.dtype):
            scale = power_of_two(size)
            B /= B.dtype.type(scale)
            root = 1.0 if weights is None else power_of_two(heaviest)
        if weights is not None:
            B *= (np.sqrt(weights.astype(np.float64)) / root).astype(B.dtype)[:, None]
        return cls(total_weight(X, weights), mean, B, scale * root)

    @property
    def order(self) -> int:
        """The order of the smaller of ``B^T B`` and ``B B^T``."""
        return int(min(self.rows.shape))

    @property
    def total(self) -> float:
        """The trace of either."""
        B = self.rows if self.rows.flags.c_contiguous else self.rows.T
        return float(vecdot(B, B).sum(dtype=np.float64))

    @property
    def n_constant(self) -> int:
        """The number of columns without variance."""
        return int(np.count_nonzero(~self.rows.any(axis=0)))


def _center(X: FloatArray, weights: FloatArray | None) -> tuple[NDArray[np.float64], FloatArray, FloatArray]:
    """Return the mean of the rows of `X`, what is left of them, and the largest magnitude in each column of that.

    Rows of weight 0 become zero.

    A sum of n equal numbers, row after row, is off by some n eps of itself. Subtracting such a mean is exact all the same
    where the numbers are near it, and the mean of what is left is what it was off by.
    """
    if weights is None:
        mean = X.mean(axis=0, dtype=np.float64)
    else:
        mean = np.average(X, axis=0, weights=weights.astype(np.float64))
    B = np.empty(X.shape, dtype=X.dtype, order="F" if X.shape[0] < X.shape[1] else "C")
    for rows, block in centered_blocks(X, mean):
        B[rows] = block
    w = np.ones(X.shape[0], B.dtype) if weights is None else weights / weights.dtype.type(weights.max())
    B[w == 0] = 0
    rest = vecmat(w, B).astype(np.float64) / float(w.sum(dtype=np.float64))
    largest = _largest(B)
    if (np.abs(rest) > np.finfo(B.dtype).eps * largest).any():
        mean = mean + rest
        B -= rest.astype(B.dtype)
        B[w == 0] = 0
        largest = _largest(B)
    return mean, B, largest


def _largest(B: FloatArray) -> FloatArray:
    """Return the largest magnitude in each column."""
    return np.asarray(np.maximum(B.max(axis=0), -B.min(axis=0)))
