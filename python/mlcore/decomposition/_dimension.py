"""How many principal components to keep."""

from __future__ import annotations

from collections.abc import Callable
from math import lgamma, log, pi
from numbers import Integral
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Count", "count_of", "least_samples", "minka_dimension", "smallest_count"]

Count: TypeAlias = int | Callable[[NDArray[np.float64]], int]
"""A number of components, or the function that tells it from all eigenvalues, largest first."""


NComponents: TypeAlias = int | float | Literal["mle"] | None


def count_of(n_components: NComponents, n_samples: float, n_features: int) -> Count:
    """Turn the parameter `n_components` into a number, or into a function of the spectrum.

    Parameters
    ----------
    n_components : int, float, "mle" or None
        See `PCA`.
    n_samples : float
        The number of samples, or the sum of their weights.
    n_features : int
        The number of features.

    Raises
    ------
    ValueError
        If it is more than there can be, or ``"mle"`` with fewer samples than features.
    """
    limit = min(int(n_samples), n_features)
    if n_components is None:
        return limit
    if n_components == "mle":
        if n_samples < n_features:
            raise ValueError(
                f"n_components='mle' is only supported if n_samples >= n_features, got {n_samples:g} samples of "
                f"{n_features} features. Pass a number or a fraction."
            )
        return lambda values: minka_dimension(values, n_samples)
    if not isinstance(n_components, Integral):
        return lambda values: smallest_count(values, float(n_components))
    if n_components > limit:
        raise ValueError(
            f"n_components={n_components} must be between 0 and min(n_samples, n_features)={limit}. Ask for fewer, or "
            "pass a fraction of the variance."
        )
    return int(n_components)


def least_samples(n_components: NComponents, n_features: int) -> int:
    """Return how many samples `count_of` needs before it can answer."""
    wanted = n_features if n_components == "mle" else n_components
    return max(2, min(int(wanted), n_features)) if isinstance(wanted, Integral) else 2


def smallest_count(values: NDArray[np.float64], fraction: float) -> int:
    """Return the least number of components that explain more than a fraction of the variance.

    Parameters
    ----------
    values : ndarray, shape (m,)
        All variances, or numbers in proportion to them, largest first.
    fraction : float
        Between 0 and 1.

    Returns
    -------
    int
        From 1 to m.
    """
    total = values.sum()
    if total == 0:
        return 1
    # side="right": more than the fraction, never just it.
    count = int(np.searchsorted(np.cumsum(values / total), fraction, side="right")) + 1
    return min(count, values.size)


def minka_dimension(variances: NDArray[np.float64], n_samples: float) -> int:
    r"""Return the dimension of greatest evidence under probabilistic PCA.

    For each rank r from 1 to d - 1 the logarithm of Laplace's approximation to the evidence is

    .. math:: \log p_U(r) - \frac N2 \sum_{i \le r} \log \lambda_i - \frac{N (d - r)}2 \log v_r
              + \frac{m_r + r}2 \log 2\pi - \frac12 \log |A_r| - \frac r2 \log N,

    with :math:`v_r` the mean of the remaining variances, :math:`m_r = d r - r (r + 1) / 2`,
    :math:`\log p_U(r) = -r \log 2 + \sum_{i \le r} \log \Gamma(\tfrac{d - i + 1}2) - \tfrac{d - i + 1}2 \log \pi`
    and :math:`|A_r| = \prod_{i \le r} \prod_{j > i} N (\lambda_i - \lambda_j) (1/\hat\lambda_j - 1/\hat\lambda_i)`,
    where :math:`\hat\lambda_j` is :math:`\lambda_j` up to r and :math:`v_r` beyond. The double product
    grows with r by one row and one column, so that all ranks together cost :math:`O(d^2)`.

    Parameters
    ----------
    variances : ndarray, shape (d,)
        All variances, largest first.
    n_samples : float
        N.

    Returns
    -------
    int
        From 1 to d - 1; 0 if d < 2.

    References
    ----------
    T. P. Minka, "Automatic Choice of Dimensionality for PCA", NIPS 2000, eq. 78-80.
    """
    d = variances.size
    if d < 2 or variances[0] <= 0:
        return 0 if d < 2 else 1
    # Relative to the largest, so that the answer does not depend on the unit of the data.
    lam = variances / variances[0]
    tiny = np.finfo(np.float64).eps * d
    useful = int(np.count_nonzero(lam > tiny))
    lam = np.maximum(lam, tiny)
    log_lam, inv = np.log(lam), 1 / lam

    def logs(differences: NDArray[np.float64]) -> NDArray[np.float64]:
        upper = np.triu(np.ones_like(differences, dtype=bool), 1)
        # Equal variances: their difference is rounding, not zero.
        return np.where(upper, np.log(np.maximum(np.where(upper, differences, 1.0), 1e-300)), 0.0)

    gaps = logs(np.maximum(lam[:, None] - lam[None, :], tiny * lam[:, None]))
    inverse_gaps = logs(np.maximum(inv[None, :] - inv[:, None], tiny * inv[None, :]))
    rows = np.cumsum(gaps.sum(axis=1))  # sum over i < r, j > i of log(l_i - l_j)
    block = np.cumsum(inverse_gaps.sum(axis=0))  # sum over i < j < r of log(1/l_j - 1/l_i)

    best, best_rank = -np.inf, 1
    prior = 0.0
    for r in range(1, min(d, useful + 1)):
        prior += -log(2.0) + lgamma((d - r + 1) / 2) - log(pi) * (d - r + 1) / 2
        v = max(float(lam[r:].mean()), tiny)
        m = d * r - r * (r + 1) / 2
        beyond = np.log(np.maximum(1 / v - inv[:r], tiny / v)).sum() * (d - r)
        log_det = rows[r - 1] + block[r - 1] + beyond + m * log(n_samples)
        evidence = (
            prior
            - n_samples / 2 * float(log_lam[:r].sum())
            - n_samples * (d - r) / 2 * log(v)
            + (m + r) / 2 * log(2 * pi)
            - log_det / 2
            - r / 2 * log(n_samples)
        )
        if evidence > best:
            best, best_rank = evidence, r
    return best_rank
