"""Integrals in many dimensions: randomized quasi-Monte Carlo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import atan, cos, inf, isfinite, nan, pi, sin, sqrt
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import check_count, check_number, check_rng, check_tolerances
from mlcore.calculus._integrand import Integrand
from mlcore.calculus._refusals import TracingError
from mlcore.calculus._region import Limits, Range
from mlcore.calculus._sobol import MOST_DIMENSIONS, Sobol
from mlcore.calculus._under_integral import under_integral

__all__ = ["MonteCarloResult", "monte_carlo"]

_BLOCK: Final = 1 << 16  # numbers in one block of points
_FIRST: Final = 7  # the number of points of each replication begins with 2^7
_SAME: Final = 11  # and reaches 2^11 where they all see the same: a peak may lie between the first ones
_LAST: Final = 40
_ROUNDING: Final = 100 * float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class MonteCarloResult:
    """What `monte_carlo` returns."""

    value: Any
    """float, or ndarray of the shape of the function's values: the mean over the replications."""
    error: float
    """Half the length of the confidence interval around `value`; of several values, the largest."""
    n_evaluations: int
    """At how many points the function was evaluated."""
    status: Literal["converged", "max_evaluations", "fixed", "not_finite"]
    """``"converged"``: `error` is within the tolerance. ``"max_evaluations"``: there were not enough. ``"fixed"``: as many
    points as `n_samples` said, whatever the error. ``"not_finite"``: the function is NaN, or infinite, in places; then the
    value is NaN and the error infinite."""
    confidence: float
    """The probability with which the integral lies within `error` of `value`, if the replications are normally distributed."""


def monte_carlo(
    f: Callable[[Any], Any],
    lower: Limits,
    upper: Limits,
    *,
    n_samples: int | None = None,
    rtol: float = 1e-3,
    atol: float | None = None,
    max_evaluations: int = 10_000_000,
    replications: int = 16,
    confidence: float = 0.99,
    rng: Any = None,
) -> MonteCarloResult:
    r"""The integral of a function of many variables, from points of scrambled Sobol sequences.

    Each of `replications` independent scramblings gives an unbiased mean; the value is the mean of these, and their spread s
    gives the error :math:`t_{r - 1} \, s / \sqrt{r}`, with the quantile t of Student's distribution. For smooth functions the
    error falls nearly as 1 / n or faster, for others no slower than :math:`1 / \sqrt{n}`.

    Parameters
    ----------
    f : callable
        Takes points, an array of shape (n, d), and returns their values, an array of shape (n,), or of shape (n, ...) for a
        function with several values.
    lower, upper : array_like of shape (d,), or sequence of numbers and callables
        The limits, as for `integrate_nd`, in up to 1024 dimensions.
    n_samples : int, optional
        The number of points in all, rounded up to `replications` times a power of 2. None: as many as the tolerance takes.
    rtol, atol : float, default 1e-3 and None
        Without `n_samples`, the number of points is doubled until the error is at most ``max(atol, rtol * abs(value))``. For
        integrals that are 0: None is the rounding error, 100 eps of the integral of \|f\|.
    max_evaluations : int, default 10_000_000
        At how many points `f` may be evaluated, without `n_samples`; 128 for each replication are always taken.
    replications : int, default 16
        How many independent scramblings, at least 2.
    confidence : float, default 0.99
        Of the interval, between 0 and 1. It holds for a fixed number of points; stopping at the first error that is small
        enough lowers it a little.
    rng : None, int, numpy.random.Generator or RandomState, default None
        Draws the scramblings. The same seed gives the same digits.

    Returns
    -------
    MonteCarloResult
        With `value`, `error`, `n_evaluations`, `status` and `confidence`.

    Raises
    ------
    ValueError
        If the limits do not fit, there are more than 1024 dimensions, or `f` returns another shape than described. What `f`
        raises is passed on.

    Notes
    -----
    No spread can tell of what no point has met: a peak in 1 / n of the range is seen with a probability of about 63 % by n
    points. As long as one of the values is the same at all points, there are at least 2048 in each replication. Nor are means
    normally distributed if :math:`\int f^2` is infinite, as for :math:`x^{-1/2}` on [0, 1]: there the error comes out too
    small, by a factor of 2 or so. Substitute, or use `integrate_nd`.

    What `f` knows from outside is differentiated as by `integrate`, at the same points; limits are not.

    References
    ----------
    A. B. Owen, "Monte Carlo variance of scrambled net quadrature", SIAM J. Numer. Anal. 34 (1997) 1884-1910; S. Joe, F. Y. Kuo,
    SIAM J. Sci. Comput. 30 (2008) 2635-2654; J. Matousek, J. Complexity 14 (1998) 527-556.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import monte_carlo
    >>> result = monte_carlo(lambda x: np.prod(np.pi / 2 * np.sin(np.pi * x), axis=-1), [0] * 10, [1] * 10, rng=0)
    >>> abs(result.value - 1) <= result.error <= 1e-3, result.status
    (True, 'converged')
    """
    region = Range(lower, upper)
    rtol, atol = check_tolerances(rtol, atol)
    if region.d > MOST_DIMENSIONS:
        raise ValueError(f"lower has {region.d} limits; expected at most {MOST_DIMENSIONS}.")
    replications = check_count(replications, "replications", 2)
    max_evaluations = check_count(max_evaluations, "max_evaluations", 1)
    confidence = check_number(confidence, "confidence")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}; expected a number between 0 and 1, such as 0.99.")
    generator = check_rng(rng)
    start = generator.bit_generator.state

    def solve(h: Callable[[Any], Any]) -> MonteCarloResult:
        generator.bit_generator.state = start  # a derivative is taken at the same points
        return monte_carlo(
            h, lower, upper, n_samples=n_samples, rtol=rtol, atol=atol, max_evaluations=max_evaluations,
            replications=replications, confidence=confidence, rng=generator,
        )  # fmt: skip

    try:
        return _mean(f, region, n_samples, rtol, atol, max_evaluations, replications, confidence, generator)
    except TracingError:
        found: MonteCarloResult | None = under_integral(solve, f)
        if found is None:
            raise
        return found


def _mean(
    f: Any, region: Range, n_samples: int | None, rtol: float, atol: float | None, max_evaluations: int, replications: int,
    confidence: float, generator: Any,
) -> MonteCarloResult:  # fmt: skip
    integrand = Integrand(f, region)
    if region.empty:
        return MonteCarloResult(integrand.zero(), 0.0, integrand.calls, "converged", confidence)
    m = _FIRST
    if n_samples is not None:
        n_samples = check_count(n_samples, "n_samples", 1)
        m = max(0, (-(-n_samples // replications) - 1).bit_length())
    with np.errstate(over="ignore", under="ignore"):
        length = region.high - region.low
        scale = region.sign * float(np.prod(length))
    if not np.isfinite(length).all():
        raise ValueError("upper - lower overflows; expected limits whose difference is a number. Use infinite limits.")
    if not isfinite(scale):
        raise ValueError("the volume, the product of upper - lower, overflows; expected a number. Scale the variables.")
    quantile = _student_quantile(confidence, replications - 1) / sqrt(replications)
    sequences = [Sobol(region.d, generator) for _ in range(replications)]
    first = [_sum(integrand, sequence, region, 0, m) for sequence in sequences]
    sums = np.array([total for total, _ in first])
    if atol is None:
        with np.errstate(over="ignore", under="ignore"):
            atol = _ROUNDING * abs(scale) * 0.5**m * float(np.mean([size for _, size in first], axis=0).max())
    status: Literal["converged", "max_evaluations", "fixed", "not_finite"]
    while True:
        with np.errstate(all="ignore"):
            means = sums * (scale * 0.5**m)
            value = means.mean(0)
            size = np.abs(means).max(0)  # whose square may be beyond float64
            error = quantile * float((size * (means / np.where(size > 0, size, 1)).std(0, ddof=1)).max())
        if not isfinite(error) or not np.isfinite(value).all():
            return MonteCarloResult(
                integrand.result(np.full(len(value), nan)), inf, integrand.calls, "not_finite", confidence
            )
        if n_samples is not None:
            status = "fixed"
            break
        same = m < _SAME and bool((sums == sums[0]).all(0).any())
        if error <= max(atol, rtol * float(abs(value).max())) and not same:
            status = "converged"
            break
        if 2 * integrand.calls > max_evaluations or m == _LAST:
            status = "max_evaluations"
            break
        sums += np.array([_sum(integrand, sequence, region, 1 << m, m)[0] for sequence in sequences])
        m += 1
    return MonteCarloResult(integrand.result(value), error, integrand.calls, status, confidence)


def _sum(
    integrand: Integrand, sequence: Sobol, region: Range, first: int, m: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The sums of the values, and of their moduli, over the points `first` to `first` + 2^m - 1, each of shape (values,)."""
    block = min(m, max(7, (_BLOCK // region.d).bit_length() - 1))
    low, length = region.low[:, None], (region.high - region.low)[:, None]
    total: Any = 0.0
    size: Any = 0.0
    for start in range(first, first + (1 << m), 1 << block):
        t = sequence.block(start, block)
        t *= length
        t += low
        with np.errstate(all="ignore"):
            y = integrand(t)
            total = total + y.sum(1)
            size = size + np.abs(y).sum(1)
    return np.asarray(total), np.asarray(size)


def _student_quantile(confidence: float, n: int) -> float:
    """The t with P(|T| < t) = `confidence` for Student's distribution with `n` degrees of freedom.

    M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4: with theta = atan(t / sqrt(n)), the
    probability is a finite sum. It grows with theta, which is found by halving.
    """

    def probability(theta: float) -> float:
        c2, odd = cos(theta) ** 2, n % 2
        term, total = 1.0, 0.0
        for k in range((n - odd) // 2):
            total += term
            term *= c2 * (2 * k + 1 + odd) / (2 * k + 2 + odd)
        return 2 / pi * (theta + sin(theta) * cos(theta) * total) if odd else sin(theta) * total

    low, high = 0.0, atan(inf)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) < confidence else (low, middle)
    return sqrt(n) * sin(low) / cos(low)
