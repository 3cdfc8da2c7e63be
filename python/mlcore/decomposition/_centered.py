"""A centred copy of the data, for the routes that do not form the scatter matrix of the features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import FloatArray, raise_not_finite
from mlcore.decomposition._moments import power_of_two, safe_square, settle_constant
from mlcore.decomposition._project import centered_blocks
from mlcore.linalg import vecdot

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
            If `X` contains NaN or infinities, or its sums overflow.
        """
        weight = float(X.shape[0]) if weights is None else float(weights.sum(dtype=np.float64))
        with np.errstate(invalid="ignore", over="ignore"):
            if weights is None:
                mean = X.mean(axis=0, dtype=np.float64)
            else:
                mean = np.average(X, axis=0, weights=weights.astype(np.float64))
        if not np.isfinite(mean).all():
            raise_not_finite(X)
            raise ValueError(f"X is too large: its sums overflow {X.dtype}. Divide it by a power of ten first.")
        B = np.empty(X.shape, dtype=X.dtype, order="F" if X.shape[0] < X.shape[1] else "C")
        for rows, block in centered_blocks(X, mean):
            B[rows] = block
        largest = np.maximum(B.max(axis=0), -B.min(axis=0))
        constant = settle_constant(X, weights, mean, largest)
        B[:, constant] = largest[constant] = 0
        scale = float(largest.max())
        if scale == 0 or safe_square(scale * scale, B.dtype):
            scale = 1.0
        else:
            scale = power_of_two(scale)
            B /= B.dtype.type(scale)
        if weights is not None:
            B *= np.sqrt(weights)[:, None]
        return cls(weight, mean, B, scale)

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
