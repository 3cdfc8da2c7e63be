r"""The Gaussian that a principal component analysis stands for: probabilistic PCA.

Its covariance keeps the variances along the components and spreads the rest evenly over all other directions,

    C = V^T (Lambda - s2)_+ V + s2 I,        V (k x d) orthonormal,  s2 the noise variance,

so that its inverse and its determinant need no d x d factorisation:

    C^-1 = V^T Lambda^-1 V + (I - V^T V) / s2,        log |C| = sum log lambda_i + (d - k) log s2.

Source: M. E. Tipping, C. M. Bishop, "Probabilistic Principal Component Analysis", J. R. Statist. Soc. B 61 (1999),
611-622; C. M. Bishop, "Pattern Recognition and Machine Learning", 12.2.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import FloatArray
from mlcore.decomposition._project import centered_blocks
from mlcore.linalg import matmul

__all__ = ["LowRankGaussian"]


@dataclass(frozen=True, slots=True)
class LowRankGaussian:
    """A Gaussian with a few directions of their own variance and the same variance in all others.

    Parameters
    ----------
    mean : ndarray of float64, shape (d,)
        Its mean.
    V : ndarray, shape (k, d)
        The directions, orthonormal rows.
    variances : ndarray of float64, shape (k,)
        The variances along them, none below `noise`.
    noise : float
        The variance in every other direction; without meaning if there is none, ``k = d``.
    """

    mean: NDArray[np.float64]
    V: FloatArray
    variances: NDArray[np.float64]
    noise: float

    def covariance(self) -> FloatArray:
        """Return C, shape (d, d)."""
        V = self.V
        C: FloatArray = matmul(V.T * (self.variances - self.noise).astype(V.dtype), V)
        C.flat[:: V.shape[1] + 1] += self.noise
        return C

    def log_density(self, X: FloatArray) -> FloatArray:
        """Return the logarithm of the density at each row of X (n x d), in the type of X, shape (n,).

        Where there is no variance there is no density; such directions count as if they had the least variance that
        rounding can tell from zero, d eps times the largest.
        """
        V = self.V.astype(X.dtype, copy=False)
        k, d = V.shape
        least = d * float(np.finfo(X.dtype).eps) * max(self.variances.max(initial=0), self.noise)
        if least == 0:
            raise _singular()
        variances, noise = np.maximum(self.variances, least), max(self.noise, least)
        log_det = float(np.log(variances).sum()) + (d - k) * log(noise)
        inverse_deviations = (1 / np.sqrt(variances)).astype(X.dtype)
        result = np.empty(X.shape[0], dtype=X.dtype)
        for rows, block in centered_blocks(X, self.mean):
            along = matmul(block, V.T)
            if k < d:
                # The distance from the subspace, from differences rather than as ||x||^2 - ||x V^T||^2.
                block -= matmul(along, V)
                block /= sqrt(noise)
            else:
                block[:] = 0
            along *= inverse_deviations
            distance = np.einsum("ij,ij->i", along, along) + np.einsum("ij,ij->i", block, block)
            result[rows] = -0.5 * (distance + (d * log(2 * pi) + log_det))
        return result

    def precision(self) -> FloatArray:
        """Return the inverse of C, shape (d, d)."""
        V = self.V
        k, d = V.shape
        if min(self.variances.min(initial=np.inf), self.noise if k < d else np.inf) <= 0:
            raise _singular()
        # With k = d the noise cancels; any number will do, and this one keeps the terms alike in size.
        inverse_noise = 1 / (self.noise if k < d else float(self.variances[-1]))
        P: FloatArray = matmul(V.T * (1 / self.variances - inverse_noise).astype(V.dtype), V)
        P.flat[:: d + 1] += inverse_noise
        return P


def _singular() -> np.linalg.LinAlgError:
    return np.linalg.LinAlgError(
        "The covariance matrix of this model is singular: there are directions in which it has no variance. "
        "Keep fewer components than the rank of the data."
    )
