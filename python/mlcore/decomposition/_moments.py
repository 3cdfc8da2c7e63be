"""The sufficient statistics of principal component analysis, and how to add two of them.

All that the principal axes depend on are the total weight, the mean and the scatter matrix

    W = sum w_i,      m = sum w_i x_i / W,      S = sum w_i (x_i - m)^T (x_i - m)            (d x d).

They are computed in one read of the data, and those of two sets of rows make those of their union
without another look at the rows, every term being positive so that nothing cancels:

    S = S_a + S_b + (W_a W_b / W) delta^T delta,      delta = m_b - m_a.

Source: T. Chan, G. Golub, R. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
Variances", Stanford STAN-CS-79-773, 1979, eq. 2.1, for vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp, ldexp
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore._core import blas
from mlcore._validation import FloatArray, raise_not_finite

# From this ratio of a mean to its standard deviation on, twelve digits of the scatter matrix are in danger.
_FAR: Final = 1e4

__all__ = ["Moments", "power_of_two", "safe_square", "settle_constant", "total_weight"]


@dataclass(frozen=True, slots=True)
class Moments:
    """Weight, mean and scatter matrix of a set of rows.

    Parameters
    ----------
    weight : float
        W, the sum of the weights; the number of rows if they have none.
    mean : ndarray of float64, shape (n_features,)
        The weighted mean m.
    scatter : ndarray of float32 or float64, shape (n_features, n_features)
        S divided by ``scale**2``.
    scale : float
        1 unless squares of the data would leave the range of their type; then a power of two.
    dtype : dtype
        The type of the data, and of the results made from it.
    """

    weight: float
    mean: NDArray[np.float64]
    scatter: FloatArray
    scale: float
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, X: FloatArray, weights: FloatArray | None) -> Moments:
        """Compute the moments of the rows of `X`.

        Parameters
        ----------
        X : ndarray of float32 or float64, shape (n_samples, n_features)
            Any strides. It need not have been searched for NaN: that shows in the result.
        weights : ndarray of the same type, shape (n_samples,), or None
            Not negative.

        Raises
        ------
        ValueError
            If `X` contains NaN or infinities.
        """
        total = total_weight(X, weights)
        mean, scatter = blas.centered_gram(X, weights)
        scale = 1.0
        if not safe_square(scatter.diagonal().max(), X.dtype):
            raise_not_finite(X)
            low, high = X.min(axis=0), X.max(axis=0)
            # Halved first: the difference of two finite numbers may overflow.
            half = float((high / 2 - low / 2).max())
            if half > 0:
                scale = power_of_two(half)
                mean, scatter = blas.centered_gram(X / X.dtype.type(scale), weights)
                mean *= scale
            else:
                mean, scatter = low.astype(np.float64), np.zeros_like(scatter)
        deviation = np.sqrt(scatter.diagonal() / total) * scale
        constant = settle_constant(X, weights, mean, deviation)
        if constant.size:
            scatter[constant] = scatter[:, constant] = deviation[constant] = 0
        if X.dtype == np.float64 and ((np.abs(mean) > _FAR * deviation) & (deviation > 0)).any():
            # The means of parts of the data, by which the kernel merges their scatter matrices, are rounded in
            # proportion to their size. Take most of it away; the differences are exact.
            rest, scatter = blas.centered_gram((X - mean) / scale, weights)
            mean += rest * scale
        return cls(total, mean, scatter, scale, X.dtype)

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both sets of rows together, in float64."""
        scale = max(self.scale, other.scale)
        total = self.weight + other.weight
        delta = (other.mean - self.mean) / scale
        scatter = self.scatter.astype(np.float64) * (self.scale / scale) ** 2
        scatter += other.scatter * (other.scale / scale) ** 2
        scatter += np.outer(delta, delta) * (self.weight * other.weight / total)
        mean = self.mean + delta * (scale * (other.weight / total))
        return Moments(total, mean, scatter, scale, np.result_type(self.dtype, other.dtype))

    @property
    def order(self) -> int:
        """The order of the scatter matrix."""
        return int(self.scatter.shape[0])

    @property
    def total(self) -> float:
        """Its trace."""
        return float(np.trace(self.scatter, dtype=np.float64))

    @property
    def n_constant(self) -> int:
        """The number of columns without variance."""
        return int(np.count_nonzero(self.scatter.diagonal() == 0))


def total_weight(X: FloatArray, weights: FloatArray | None) -> float:
    """Return the sum of the weights of the rows of `X`, or their number."""
    return float(X.shape[0]) if weights is None else float(weights.sum(dtype=np.float64))


def settle_constant(
    X: FloatArray, weights: FloatArray | None, mean: NDArray[np.float64], deviation: FloatArray
) -> NDArray[np.intp]:
    """Find the columns that are constant, and write their value into `mean`.

    The mean of equal numbers is not exactly that number, so their deviation comes out as rounding, and the rest
    of the algorithm would have to guess whether that is real. Looking at the few columns in question settles it.

    Parameters
    ----------
    X, weights
        The data; rows of weight 0 do not count.
    mean : ndarray of float64, shape (n_features,)
        The computed means; corrected in place.
    deviation : ndarray, shape (n_features,)
        The computed standard deviations, or anything that bounds them.

    Returns
    -------
    ndarray of int
        Those constant columns whose deviation is not 0 already.
    """
    # A chunk of rows sums up to 192 numbers before it divides: its mean may be off by 96 units in the last place.
    rounding = (256 * np.finfo(np.float64).eps) * mean
    suspects = np.flatnonzero((deviation > 0) & (deviation <= np.abs(rounding)))
    if not suspects.size:
        return suspects
    rows = X if weights is None else X[weights > 0]
    constant = np.array([j for j in suspects if (rows[:, j] == rows[0, j]).all()], dtype=np.intp)
    mean[constant] = rows[0, constant]
    return constant


def power_of_two(x: float) -> float:
    """Return the power of two just above a positive number, or the largest there is.

    Dividing by a power of two does not round.
    """
    return ldexp(1.0, min(frexp(x)[1], 1023))


def safe_square(square: Any, dtype: np.dtype[Any]) -> bool:
    """Whether a square, the largest of many, leaves room for larger sums and smaller summands.

    Parameters
    ----------
    square : float
        Such as the largest diagonal entry of X^T X. NaN is not safe.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    bool
        True if it lies between tiny / eps^2, so that what is eps times smaller in the data still has a
        square with all its digits, and the inverse of that.
    """
    info = np.finfo(dtype)
    low = float(info.tiny) / float(info.eps) ** 2
    return bool(low < square < 1 / low)
