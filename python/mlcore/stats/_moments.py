"""Means and variances."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from mlcore._core import stats
from mlcore._validation import FloatArray


class MeanVariance(NamedTuple):
    """Mean and variance of each column; see `mean_variance`."""

    mean: FloatArray
    variance: FloatArray


def mean_variance(X: ArrayLike, /, *, ddof: float = 0, weights: ArrayLike | None = None) -> MeanVariance:
    r"""Mean and variance of each column, in one read of `X`.

    .. math::

        \bar x_j = \frac{1}{W} \sum_i w_i x_{ij}, \qquad
        s_j^2 = \frac{1}{W - \mathrm{ddof}} \sum_i w_i (x_{ij} - \bar x_j)^2, \qquad W = \sum_i w_i.

    Parameters
    ----------
    X : array_like of shape (n, d)
        float32 gives float32, with all sums in double precision; everything else real is computed in float64.
    ddof : float, default 0
        Subtracted from the divisor of the variance; 1 makes it unbiased.
    weights : array_like of shape (n,), optional
        Not negative, and finite. A weight of 2 means what the same row twice would mean; a row of weight 0 counts for
        nothing, unless it holds NaN or infinity, for 0 times those is NaN.

    Returns
    -------
    MeanVariance
        A NamedTuple of ``mean`` and ``variance``, both of shape (d,). A column with a NaN or an infinity has the
        variance NaN and a mean that is not finite.

    Raises
    ------
    ValueError
        If `X` is not a matrix, a weight is negative, infinite or NaN, or the weights do not sum to more than `ddof`.

    Notes
    -----
    Chunks of rows are summed about the mean of the rows before them and merged by the formula of [1]_, so that a
    large mean costs no digits: numbers about 1e6 with a deviation of 1 keep all but the last few of 16 digits, where
    the textbook's :math:`\overline{x^2} - \bar x^2` keeps 4. The result is the same to the last bit on any number of
    threads.

    References
    ----------
    .. [1] T. Chan, G. Golub and R. LeVeque, "Algorithms for Computing the Sample Variance: Analysis and
       Recommendations", The American Statistician 37(3), 1983.

    Examples
    --------
    >>> from mlcore import stats
    >>> stats.mean_variance([[1.0, 10.0], [2.0, 10.0], [3.0, 13.0]])
    MeanVariance(mean=array([ 2., 11.]), variance=array([0.66666667, 2.        ]))
    """
    return MeanVariance(*stats.mean_variance(X, float(ddof), weights))
